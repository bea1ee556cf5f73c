"""Whether a passage carries a claim: its words are looked for in one sentence, and the question is asked once more.

Words alone do not see another answer in the place of the right one: that stands in the passage, too. So a reader is asked
the question of the cited passage and of nothing else; the claim is carried as far as what it points at stands in the claim
(the idea of QAGS, Wang et al. 2020; here without writing questions). A claim that answers no question is judged by its
words, of which names and numbers must stand in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from raglan.generate.looking import look, source_of
from raglan.generate.opened import opened
from raglan.generate.support import Rarity, carried, rarity
from raglan.models.shipped import READERS
from raglan.text.sentences import sentences
from raglan.text.words import terms
from raglan.types import Answer, Passage, Query, Span, Verdict

__all__ = ["ReaderCritic"]

_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+")
_NAMELESS = 0.5  # what is left of a claim whose name the sentence does not have
_PAIRED = 0.7  # and of one for which it takes two: another name may be the neighbour's


class ReaderCritic:
    """Judges by words and by the reader at ``model``, or the shipped one: of that name, or the first.

    A sentence is as far supported as the best of the passages that it cites carries it; an answer as far as its weakest
    sentence. It is supported from ``threshold`` on: where the reader points rather into the claim than elsewhere. Texts that
    the reader does not read are not judged: they count as supported. Raises :class:`raglan.errors.ModelError` for a path at
    which no reader lies.
    """

    def __init__(self, model: str | Path = "", *, threshold: float = 0.5, threads: int = 0) -> None:
        self.threshold = threshold
        self._opened = opened(model or READERS[0], threads)

    def judge(self, query: Query, answer: Answer) -> Verdict:
        """Whether every sentence of ``answer`` is carried by what it cites; ``supports`` has each citation's own score."""
        if answer.abstained:
            return Verdict(supported=True, score=1.0, reason="says nothing")
        if not self._opened.covers(answer.text):
            return Verdict(supported=True, score=1.0, reason="in a script that the reader does not read")
        spans = sentences(answer.text) or [Span(0, len(answer.text))]
        best, own = [0.0] * len(spans), [0.0] * len(answer.citations)
        for number, one in enumerate(answer.citations):
            votes, stands = self._votes(query.text, one.passage), _Stands.of(query.text, one.passage)
            for at, span in enumerate(spans):
                if one.span.overlaps(span):
                    said = span.of(answer.text)
                    score = stands.carries(said) * _pointed_at(said, votes)
                    best[at], own[number] = max(best[at], score), max(own[number], score)
        score, weakest = min(zip(best, spans, strict=True), key=lambda pair: pair[0])
        reason = "every sentence is carried by what it cites"
        if score < self.threshold:
            reason = f'"{weakest.of(answer.text)}": what it cites carries {score:.2f} of it'
        return Verdict(score >= self.threshold, score, reason, tuple(own))

    def _votes(self, question: str, passage: Passage) -> list[tuple[list[str], float]]:
        """The words of the answers that the reader sees in a passage, each with its chance; none without a question."""
        if not terms(question):
            return []
        looked = look(self._opened, question, [source_of(passage)], writes=False)
        return [(terms(looked.says(vote)), vote.chance) for vote in looked.votes]


@dataclass(frozen=True, slots=True)
class _Stands:
    """What stands in a passage: its sentences, and each two in a row, with the words of each and those of the question."""

    passage: Passage
    weight: Rarity
    single: Sequence[tuple[Span, frozenset[str]]]
    paired: Sequence[tuple[Span, frozenset[str]]]

    @classmethod
    def of(cls, question: str, passage: Passage) -> _Stands:
        asked, spans = terms(question), sentences(passage.text)
        pairs = [Span(first.start, second.end) for first, second in pairwise(spans)]
        single, paired = (
            [(span, frozenset([*asked, *terms(span.of(passage.text))])) for span in some] for some in (spans, pairs)
        )
        return cls(passage, rarity([passage]), single, paired)

    def carries(self, said: str) -> float:
        """How far the words of a claim stand in one sentence, or, for less, in two in a row."""
        names = [frozenset(terms(match.group())) for match in _NAME.finditer(said)]
        one, two = (
            max((self._told(said, names, *stretch) for stretch in some), default=0.0)
            for some in (self.single, self.paired)
        )
        return max(one, _PAIRED * two)

    def _told(self, said: str, names: Sequence[frozenset[str]], quote: Span, known: frozenset[str]) -> float:
        named = all(name <= known for name in names)
        return carried(said, [(self.passage, quote)], self.weight) * (1.0 if named else _NAMELESS)


def _pointed_at(said: str, votes: Sequence[tuple[list[str], float]]) -> float:
    """The chance that the reader means what a claim says, against the likeliest of what it does not say; 1 if none asked."""
    if not votes:
        return 1.0
    words = terms(said)
    yes = no = 0.0
    for answer, chance in votes:
        if _holds(words, answer) or _holds(answer, words):
            yes += chance
        else:
            no = max(no, chance)
    return yes / max(yes + no, 1e-9)


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    """Whether ``part`` stands in ``words``, in a row."""
    return bool(part) and any(
        list(words[at : at + len(part)]) == list(part) for at in range(len(words) - len(part) + 1)
    )
