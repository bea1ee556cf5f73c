"""Answers without a language model: the sentences of the evidence that answer the question, and how sure that is.

Each sentence is scored by a logistic model over a few features that can be read (see :mod:`raglan.generate.features`);
a second one, over the scores of all of them, gives the probability that the best one is right. Both were fitted by
models/sentence/recipe.py; the numbers stand in the shipped file, and in docs/benchmarks.md what they are worth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Generator as Stream
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.generate.features import Candidate, candidates, confidence_features, score_features
from raglan.generate.kept import kept
from raglan.generate.showing import in_parts
from raglan.models.shipped import shipped
from raglan.protocols import Encoder
from raglan.types import Citation, Draft, Evidence, Query, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Scored", "SentenceGenerator"]

_MOST = 3  # sentences in one answer
_JOIN = 0.8  # of the best sentence's odds, to be told beside it


@dataclass(frozen=True, slots=True)
class Scored:
    """The sentences of some evidence, the chance of each to answer, and how ``sure`` it is that the best one does.

    ``odds`` are the same chances as log-odds, each with its sentence.
    """

    found: tuple[Candidate, ...]
    scores: tuple[float, ...]
    sure: float
    odds: tuple[tuple[Candidate, float], ...]

    def draft(self, evidence: Sequence[Evidence]) -> Draft:
        """The sentences that answer best, of the ``evidence`` that they are from; empty where there is none."""
        if not self.found:
            return Draft("", logprob=-math.inf)
        best = sorted(range(len(self.found)), key=lambda place: (-self.scores[place], place))
        text, citations = _told([self.found[place] for place in _chosen(self.found, self.scores, best)], evidence)
        return Draft(text, citations, logprob=math.log(max(self.sure, 1e-9)))


class SentenceGenerator:
    """Quotes one to three sentences of the evidence, each with its citation.

    ``encoder`` compares sentence and question by meaning, where it can read them. ``logprob`` of a draft is the log of
    the fitted probability that its first sentence answers the question.
    """

    repeats, hurries = True, False

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
        return self.scored(query, evidence).draft(evidence)

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]:
        """The text of :meth:`write`, sentence by sentence; returns the draft."""
        return in_parts(self.write(query, evidence))

    def scored(self, query: Query, evidence: Sequence[Evidence]) -> Scored:
        """Every sentence of the evidence with its log-odds to answer, and how sure the best one is."""
        found = candidates(query, evidence)
        if not found:
            return Scored((), (), 0.0, ())
        features = score_features(query, found, evidence, self._encoder)
        scores = _logistic(features, self._fitted["sentence"])
        sure = _logistic(confidence_features(features, scores)[None], self._fitted["confidence"])
        chances = tuple(scores.tolist())
        odds = tuple((one, math.log((p + 1e-6) / (1 - p + 1e-6))) for one, p in zip(found, chances, strict=True))
        return Scored(tuple(found), chances, float(sure[0]), odds)


def _logistic(features: NDArray[np.float64], weights: Sequence[float]) -> NDArray[np.float64]:
    """Features [n, f] and f + 1 weights, the last one the constant -> probabilities [n]."""
    import numpy as np

    return np.asarray(1 / (1 + np.exp(-(features @ np.array(weights[:-1]) + weights[-1]))))


def _chosen(found: Sequence[Candidate], scores: Sequence[float], best: Sequence[int]) -> list[int]:
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
