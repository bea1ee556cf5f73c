"""Answers without a language model: the sentences of the evidence that answer the question, and how sure that is.

Each sentence is scored by a logistic model over a few features that can be read (see :mod:`raglan.generate.features`);
a second one, over the scores of all of them, gives the probability that the best one is right. Both were fitted by
models/sentence/recipe.py; the numbers stand in the shipped file, and in docs/benchmarks.md what they are worth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from raglan.generate.calibrated import kept
from raglan.generate.features import Candidate, candidates, confidence_features, score_features
from raglan.models.shipped import shipped
from raglan.protocols import Encoder
from raglan.types import Citation, Draft, Evidence, Query, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SentenceGenerator"]

_MOST = 3  # sentences in one answer
_JOIN = 0.8  # of the best sentence's odds, to be told beside it


class SentenceGenerator:
    """Quotes one to three sentences of the evidence, each with its citation.

    ``encoder`` compares sentence and question by meaning, where it can read them. ``logprob`` of a draft is the log of
    the fitted probability that its first sentence answers the question.
    """

    def __init__(self, encoder: Encoder | None = None, *, weights: str = "sentence.json") -> None:
        self._encoder = encoder
        self._fitted = json.loads(shipped(weights))

    def threshold(self, risk: float) -> float:
        """The least confidence from which in at most ``risk`` of the answers no sentence answers.

        Raises :class:`raglan.errors.ConfigError` for a risk that is none, or that cannot be kept.
        """
        return kept(self._fitted.get("risks", ()), risk)

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The sentences that answer best; an empty draft where the evidence has no sentence at all."""
        found, features, scores = self._scored(query, evidence)
        if not found:
            return Draft("", logprob=-math.inf)
        sure = _logistic(confidence_features(features, scores)[None], self._fitted["confidence"])
        best = sorted(range(len(found)), key=lambda place: (-scores[place], place))
        text, citations = _told([found[place] for place in _chosen(found, scores, best)], evidence)
        return Draft(text, citations, logprob=math.log(max(float(sure[0]), 1e-9)))

    def odds(self, query: Query, evidence: Sequence[Evidence]) -> list[tuple[Candidate, float]]:
        """Every sentence of the evidence with its log-odds to answer."""
        found, _, scores = self._scored(query, evidence)
        return [(one, math.log((p + 1e-6) / (1 - p + 1e-6))) for one, p in zip(found, scores.tolist(), strict=True)]

    def _scored(
        self, query: Query, evidence: Sequence[Evidence]
    ) -> tuple[list[Candidate], NDArray[np.float64], NDArray[np.float64]]:
        """The sentences, their features and their chances to answer."""
        import numpy as np

        found = candidates(query, evidence)
        if not found:
            return [], np.zeros((0, 0)), np.zeros(0)
        features = score_features(query, found, evidence, self._encoder)
        return found, features, _logistic(features, self._fitted["sentence"])


def _logistic(features: NDArray[np.float64], weights: Sequence[float]) -> NDArray[np.float64]:
    """Features [n, f] and f + 1 weights, the last one the constant -> probabilities [n]."""
    import numpy as np

    return np.asarray(1 / (1 + np.exp(-(features @ np.array(weights[:-1]) + weights[-1]))))


def _chosen(found: Sequence[Candidate], scores: NDArray[np.float64], best: Sequence[int]) -> list[int]:
    """The best sentence, and those nearly as good that say something else; in the order of the text."""
    first = best[0]
    chosen = [first]
    for place in best[1:]:
        odds = scores[place] / (1 - scores[place] + 1e-9)
        if len(chosen) == _MOST or odds < _JOIN * scores[first] / (1 - scores[first] + 1e-9):
            break
        if all(_differs(found[place], found[other]) for other in chosen):
            chosen.append(place)
    return [first, *sorted(chosen[1:])]


def _differs(a: Candidate, b: Candidate) -> bool:
    both = a.terms & b.terms
    return len(both) < 0.5 * min(len(a.terms), len(b.terms) or 1)


def _told(chosen: Sequence[Candidate], evidence: Sequence[Evidence]) -> tuple[str, tuple[Citation, ...]]:
    text, citations = "", []
    for candidate in chosen:
        gap = "" if not text or candidate.says[:1] > "⺀" else " "
        start = len(text) + len(gap)
        text += gap + candidate.says
        citations.append(Citation(Span(start, len(text)), evidence[candidate.passage].passage, candidate.span))
    return text, tuple(citations)
