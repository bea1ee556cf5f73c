"""A critic without a model: each sentence of an answer must share its words and numbers with what it cites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raglan.generate.support import carried, rarity
from raglan.text.sentences import sentences
from raglan.types import Span, Verdict

if TYPE_CHECKING:
    from raglan.generate.support import Rarity
    from raglan.types import Answer, Query

__all__ = ["OverlapCritic"]


class OverlapCritic:
    """Judges an answer by its weakest sentence: one invented sentence spoils an answer, however good the rest.

    A sentence's score is how far the quotes that it cites carry it together (:mod:`raglan.generate.support`); one that
    cites nothing has 0. An answer is supported from ``threshold`` on.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = threshold

    def judge(self, query: Query, answer: Answer) -> Verdict:  # noqa: ARG002  the question proves nothing
        """Whether every sentence of ``answer`` rests on its citations; the reason names the weakest."""
        if answer.abstained:
            return Verdict(supported=True, score=1.0, reason="says nothing")
        cited = [citation.passage for citation in answer.citations]
        passages = {passage.id: passage for passage in [*(e.passage for e in answer.evidence), *cited]}
        weight = rarity(passages.values())
        spans = sentences(answer.text) or [Span(0, len(answer.text))]
        score, weakest = min((_score(answer, span, weight), span) for span in spans)
        if score >= self.threshold:
            return Verdict(supported=True, score=score, reason="every sentence is carried by what it cites")
        return Verdict(supported=False, score=score, reason=_reason(answer, weakest, score))


def _score(answer: Answer, span: Span, weight: Rarity) -> float:
    quotes = [(c.passage, c.quote) for c in answer.citations if c.span.overlaps(span)]
    return carried(span.of(answer.text), quotes, weight) if quotes else 0.0


def _reason(answer: Answer, span: Span, score: float) -> str:
    cites = any(citation.span.overlaps(span) for citation in answer.citations)
    how = f"what it cites carries {score:.2f} of it" if cites else "it cites nothing"
    return f'"{span.of(answer.text)}": {how}'
