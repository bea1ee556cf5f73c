"""What can be seen of a sentence as an answer to a question, without a language model."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.generate.wanted import has_wanted, subject, wanted
from raglan.protocols import Encoder, covered
from raglan.text.sentences import sentences
from raglan.text.words import content_terms, is_chinese, terms
from raglan.types import Evidence, Passage, Query, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Candidate", "candidates", "confidence_features", "score_features", "units"]

_EMPHASIS = re.compile(
    r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]*[^*\s])\1(?![\w*])|(?<!\w)(_{1,3})(?=\S)([^_\n]*[^_\s])\3(?!\w)|`([^`\n]+)`"
)
_LINE_MARK = re.compile(r"^[ \t]*(?:[-*+]\s+|#{1,6}\s+|>[ \t]?)+", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*[•·▪◦‣]\s+", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LONG = 400  # characters above which a sentence is a poor answer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence at ``span`` of the evidence's ``passage`` (its place there), and how it is told."""

    passage: int
    span: Span
    says: str
    terms: frozenset[str]


def candidates(query: Query, evidence: Sequence[Evidence]) -> list[Candidate]:
    """Every sentence of the evidence that says more than the question does, once."""
    asked = set(content_terms(query.text))
    found: dict[str, Candidate] = {}
    for place, piece in enumerate(evidence):
        for span, says in units(piece.passage):
            words = frozenset(terms(says))
            if words - asked and not says.endswith(("?", "？")):
                found.setdefault(says, Candidate(place, span, says, words))
    return list(found.values())


def units(passage: Passage) -> list[tuple[Span, str]]:
    """What can be told of a passage: its sentences, each with its place and how it reads, or a table row as a whole."""
    reading = passage.meta.get("reading")
    if reading and passage.meta.get("row"):
        return [(Span(0, len(passage.text)), str(reading))]
    markdown = passage.meta.get("kind") == "md"
    return [(span, _plain(span.of(passage.text), markdown=markdown)) for span in sentences(passage.text)]


def _plain(text: str, *, markdown: bool) -> str:
    """A sentence as one line; of Markdown, without marks of emphasis, links and lists."""
    if markdown:
        text = _LINE_MARK.sub("", _LINK.sub(r"\1", text))
        text = _EMPHASIS.sub(lambda match: match[2] or match[4] or match[5], text)
    flat = " ".join(_BULLET.sub("", text).split())
    # A line break within Chinese is no word break.
    return re.sub(r"(?<=[⺀-鿿，。；：、]) (?=[⺀-鿿])", "", flat)


def score_features(
    query: Query, found: Sequence[Candidate], evidence: Sequence[Evidence], encoder: Encoder | None
) -> NDArray[np.float64]:
    """Features float64 [candidates, 10]; each lies roughly in [0, 1]."""
    import numpy as np

    asked = list(dict.fromkeys(content_terms(subject(query.text))))
    rarity = _rarity(asked, found)
    total = sum(rarity.values()) or 1.0
    kind = wanted(query.text)
    near = _likeness(query, [candidate.says for candidate in found], encoder)
    context = [frozenset(terms(_surroundings(piece.passage))) for piece in evidence]
    top = max(piece.weight for piece in evidence)
    rows = []
    for place, candidate in enumerate(found):
        held = sum(rarity[term] for term in asked if term in candidate.terms) / total
        around = (
            sum(rarity[term] for term in asked if term in candidate.terms or term in context[candidate.passage]) / total
        )
        rows.append(
            [
                near[place][0],
                near[place][1],
                held,
                around,
                float(has_wanted(kind, candidate.says, query.text)),
                float(bool(kind)),
                math.sqrt(evidence[candidate.passage].weight / top),
                1 / (1 + candidate.passage),
                min(len(candidate.says), _LONG) / _LONG,
                float(candidate.span.start == 0),
            ]
        )
    return np.array(rows, np.float64)


def _rarity(asked: Sequence[str], found: Sequence[Candidate]) -> dict[str, float]:
    """Inverse document frequency over the sentences at hand: what all of them say tells none apart."""
    counts = Counter(term for candidate in found for term in candidate.terms)
    return {term: math.log(1 + len(found) / (0.5 + counts[term])) for term in asked}


def _surroundings(passage: Passage) -> str:
    return " ".join([str(passage.meta.get("title", "")), *map(str, passage.meta.get("headings", ())), passage.text])


def _likeness(query: Query, says: Sequence[str], encoder: Encoder | None) -> list[tuple[float, float]]:
    """For each sentence its cosine with the question, and 1 if the encoder could read both; else zeros.

    Chinese ones have none: the weights were fitted where no encoder read it, and cosines of another kind would mislead them.
    """
    if encoder is None:
        return [(0.0, 0.0)] * len(says)
    texts = [query.text, *says]
    shares = covered(encoder, texts)
    readable = [at for at, share in enumerate(shares) if share >= 0.5 and not is_chinese(texts[at])]
    found = [(0.0, 0.0)] * len(says)
    if readable[:1] != [0] or len(readable) < 2:
        return found
    vectors = encoder.encode([texts[place] for place in readable], role="passage")
    for place, likeness in zip(readable[1:], vectors[1:] @ vectors[0], strict=True):
        found[place - 1] = (float(likeness), 1.0)
    return found


def confidence_features(features: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the scores of all sentences say of the best: float64 [10]."""
    import numpy as np

    order = np.argsort(-scores)
    best = features[order[0]]
    second = scores[order[1]] if len(order) > 1 else 0.0
    return np.array(
        [
            scores[order[0]],
            scores[order[0]] - second,
            best[0],
            float(features[:, 0].max()),
            best[2],
            best[3],
            float(features[:, 3].max()),
            best[1],
            (1 - best[1]) * best[3],
            (best[4] - 0.5) * best[5],
        ]
    )
