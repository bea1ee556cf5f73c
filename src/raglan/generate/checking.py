"""Whether a passage carries a claim, as a reader sees it that has learned to check: the local judge of citations.

A claim is read in the place of a question, beside the passage that it cites; the log-odds of the block, which say how far it
answers a question, say then how far it carries the claim (:mod:`raglan.train.claims` makes what that is learned from). It
sees what words do not: another year in the same sentence, another name in the same place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from raglan.generate.looking import source_of
from raglan.generate.opened import opened
from raglan.text.sentences import sentences
from raglan.types import Answer, Citation, Query, Span, Verdict

__all__ = ["ReaderCritic", "claim"]

_FAR = 50.0  # log-odds; e^50 to 1 is nothing


def claim(question: str, statement: str) -> str:
    """A statement as the answer to a question, as one text; without a question, the statement itself."""
    return f"{question.strip()} {statement.strip()}".strip()


class ReaderCritic:
    """Judges by the reader at ``model``, or the shipped one of that name.

    A sentence is as far supported as the best of the passages that it cites carries it; an answer as far as its weakest
    sentence. It is supported from ``threshold`` on. Texts that the reader does not read are not judged: they count as
    supported. Raises :class:`raglan.errors.ModelError` for a path at which no reader lies.
    """

    def __init__(self, model: str | Path, *, threshold: float = 0.5, threads: int = 0) -> None:
        self.threshold = threshold
        self._opened = opened(model, threads)

    def judge(self, query: Query, answer: Answer) -> Verdict:
        """Whether every sentence of ``answer`` is carried by what it cites; ``supports`` has each citation's own score."""
        if answer.abstained:
            return Verdict(supported=True, score=1.0, reason="says nothing")
        if not self._opened.covers(answer.text):
            return Verdict(supported=True, score=1.0, reason="in a script that the reader does not read")
        spans = sentences(answer.text) or [Span(0, len(answer.text))]
        pairs = [
            (at, number)
            for at, span in enumerate(spans)
            for number, one in enumerate(answer.citations)
            if one.span.overlaps(span)
        ]
        found = self._carried(
            [(claim(query.text, spans[at].of(answer.text)), answer.citations[number]) for at, number in pairs]
        )
        best, own = [0.0] * len(spans), [0.0] * len(answer.citations)
        for (at, number), score in zip(pairs, found, strict=True):
            best[at], own[number] = max(best[at], score), max(own[number], score)
        score, weakest = min(zip(best, spans, strict=True), key=lambda pair: pair[0])
        said = "every sentence is carried by what it cites"
        if score < self.threshold:
            said = f'"{weakest.of(answer.text)}": what it cites carries {score:.2f} of it'
        return Verdict(score >= self.threshold, score, said, tuple(own))

    def _carried(self, claims: Sequence[tuple[str, Citation]]) -> list[float]:
        """How far each claim is carried by its citation's passage: a probability; the best of its blocks counts."""
        cutter, made = self._opened.cutter, []
        for said, one in claims:
            made.append(cutter(said, [source_of(one.passage)]))
        flat = [block for blocks in made for block in blocks]
        odds = iter(self._opened.graph.read(flat).support.tolist() if flat else [])
        return [max((_sigmoid(next(odds)) for _ in blocks), default=0.0) for blocks in made]


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds > -_FAR else 0.0
