"""Finding questions to ask back in a bank of them: vectors, what the nearest have in common, and what they were asked for.

A request is short, and the questions written for it name things that it does not. So the nearest questions move the
request towards them (pseudo-relevance feedback: Rocchio 1971; Li et al. 2023 for vectors), a question shares in the score
of those like it (regularised scores: Diaz 2005), and words that no near question has speak against one. Weights were
fitted to ClariQ's training topics by models/asking/recipe.py.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from raglan.models.shipped import shipped
from raglan.protocols import Encoder
from raglan.talk.mention import telling
from raglan.types import Hit, Passage, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

__all__ = ["FEATURES", "Bank"]

FEATURES = (
    "cosine",
    "cosine, moved by ten",
    "score of those like it",
    "share of the request held",
    "rarity of what the request does not have",
    "held of what the nearest have in common",
    "rarest word that no near one has",
    "how near those like it are",
    "words",
    "asked for several requests",
    "asked for another request",
    "nearest request that it was asked for",
)
_NEAR, _LIKE = 10, 10  # questions that move a request, and that share their scores
_PART = 256  # rows of questions compared at a time

Table = Mapping[str, Sequence[float]]


class Bank:
    """``questions`` as they can be ranked for a request; ``asked`` names, by id, requests that some were asked for before.

    ``weights`` are read from the box unless given. English, as what they were fitted to; Chinese by the same features.
    """

    def __init__(
        self,
        questions: Sequence[Passage],
        encoder: Encoder,
        *,
        asked: Mapping[str, Sequence[str]] | None = None,
        weights: Table | None = None,
    ) -> None:
        self.questions = tuple(questions)
        self.vectors = encoder.encode([one.text for one in questions], role="passage")
        self._encoder, self._weights = encoder, weights
        self._words = [frozenset(telling(one.text)) for one in questions]
        counts = Counter(word for words in self._words for word in words)
        self._rarity = {word: math.log(1 + len(questions) / (0.5 + count)) for word, count in counts.items()}
        self._like, self._density = _alike(self.vectors)
        requests = list(dict.fromkeys(text for texts in (asked or {}).values() for text in texts))
        self._requests = dict(zip(requests, encoder.encode(requests, role="query"), strict=True)) if requests else {}
        self._asked = [tuple((asked or {}).get(one.id, ())) for one in questions]

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each request at most ``k`` questions, best first."""
        import numpy as np

        table = self._weights or _fitted()
        mean, scale, weights = (np.array(table[name]) for name in ("mean", "scale", "weights"))
        found = []
        for features in self.features([query.text for query in queries]):
            scores = (features - mean) / scale @ weights
            order = np.argsort(-scores, kind="stable")[:k]
            found.append([Hit(self.questions[at], float(scores[at]), "bank") for at in order])
        return found

    def features(self, requests: Sequence[str], *, apart: bool = False) -> list[Matrix]:
        """For each request [questions, features], as ``FEATURES`` names them.

        ``apart`` leaves out what is known of the same request, as it would be of a new one: to fit with.
        """
        vectors = self._encoder.encode(requests, role="query")
        return [self._one(text, vector, apart=apart) for text, vector in zip(requests, vectors, strict=True)]

    def _one(self, text: str, vector: NDArray[np.float32], *, apart: bool) -> Matrix:
        import numpy as np

        near = self.vectors @ vector
        nearest = np.argsort(-near, kind="stable")[:_NEAR]
        moved = self.vectors @ _unit(vector + 2 * self.vectors[nearest].mean(axis=0))
        closer = self.vectors @ _unit(vector + self.vectors[nearest[: _NEAR // 2]].mean(axis=0))
        return np.column_stack(
            [
                near,
                moved,
                closer[self._like].mean(axis=1),
                self._said(text, nearest),
                self._history(text, vector, apart),
            ]
        )

    def _said(self, text: str, nearest: NDArray[np.int64]) -> Matrix:
        """What words tell: [questions, 6]."""
        import numpy as np

        asked, rarity = set(telling(text)), self._rarity
        total = sum(rarity.get(word, 0.0) for word in asked) or 1.0
        common = Counter(word for at in nearest for word in self._words[at])
        rows = []
        for words, density in zip(self._words, self._density, strict=True):
            other = [rarity[word] for word in words - asked]
            weight = sum(rarity[word] for word in words)
            rows.append(
                [
                    sum(rarity[word] for word in words & asked) / total,
                    sum(other) / max(1, len(other)),
                    sum(rarity[word] * common[word] / len(nearest) for word in words) / (weight + 1),
                    max((rarity[word] for word in words - asked if word not in common), default=0.0),
                    density,
                    float(len(words)),
                ]
            )
        return np.array(rows)

    def _history(self, text: str, vector: NDArray[np.float32], apart: bool) -> Matrix:
        """What is known of earlier requests: [questions, 3]."""
        import numpy as np

        near = {request: float(other @ vector) for request, other in self._requests.items()}
        rows = np.zeros((len(self.questions), 3))
        for at, requests in enumerate(self._asked):
            known = [one for one in requests if not (apart and one == text)]
            if known:
                rows[at] = math.log(len(known)), 1.0, max(near[one] for one in known)
        return rows


def _alike(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int64], list[float]]:
    """The rows [n, 10] most like each row, and how near these are on the mean."""
    import numpy as np

    like, density = [], []
    for start in range(0, len(vectors), _PART):
        near = vectors[start : start + _PART] @ vectors.T
        near[np.arange(len(near)), np.arange(start, start + len(near))] = -np.inf
        places = np.argsort(-near, axis=1, kind="stable")[:, : min(_LIKE, max(1, len(vectors) - 1))]
        like.append(places)
        density += np.maximum(np.take_along_axis(near, places, axis=1), -1.0).mean(axis=1).tolist()
    return np.concatenate(like), density


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    found: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return found


@lru_cache(maxsize=1)
def _fitted() -> Table:
    found: Mapping[str, Table] = json.loads(shipped("asking.json"))
    return found["bank"]
