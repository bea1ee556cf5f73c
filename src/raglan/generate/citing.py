"""From what a model wrote to what it can prove: sentences, each with the quotes that carry it.

A model's source numbers are claims, and are checked: one that does not exist, or whose passage does not carry the
sentence, is dropped; a sentence that names no source is given the passage that carries it well; a sentence that is left
without any is dropped. Works piece by piece, so that a stream shows only what has been checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.generate.numbers import stated
from raglan.generate.support import Support, carried, rarity, support
from raglan.text.sentences import sentences
from raglan.types import Citation, Draft, Passage, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Citer", "Statement", "cite", "draft"]

_SEVERAL = r"\d{1,3}(?:\s*[,，、;；\-–—]\s*\d{1,3})*"
_MARK = rf"[\[【［]\s?(?:sources?|来源|來源)?\s?[:：#]?\s?{_SEVERAL}\s?(?:†[^\]】］]{{0,99}})?[\]】］]"
# White space is bounded: a reply of nothing but spaces must not take its square in time.
_MARKS = re.compile(rf"\s{{0,9}}({_MARK})", re.IGNORECASE)
_PART = re.compile(r"(\d+)(?:\s*[\-–—]\s*(\d+))?")
# Marks behind the final punctuation belong to the sentence that it ends.
_BEHIND = re.compile(rf"([.!?。！？…]{{1,9}}[\"'”’»）)」』》]{{0,9}})((?:\s{{0,9}}{_MARK})+)", re.IGNORECASE)
_OPEN = re.compile(r"[\[【［][^\[\]【】［］]*$")
_ENDED = re.compile(r"[.!?。！？…][\"'”’»）)」』》\]】*]*$")

_NOTHING = re.compile(
    r"\W*(?:NOT[ _-]?FOUND\b.*"
    r"|(?i:not[ _-]?found|no answer found|(?:the )?answer (?:is |was )?not found)\W*"
    r"|(?:在?(?:资料|来源|資料|來源)中)?(?:(?:未能?|没有?|沒有?|无法|無法)找到|找不到)(?:相关|相關)?(?:答案|信息|内容|內容|資訊)?\W*)",
    re.DOTALL,
)
_THOUGHT, _SPEECH = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence without its marks, what stood between it and the one before, and what carries it."""

    gap: str
    text: str
    cited: tuple[tuple[Passage, Support], ...]


class Citer:
    """Takes a reply piece by piece and gives each sentence back once it is complete, if a source carries it.

    ``passages`` are the sources in the order of their numbers, from 1. A cited passage must carry its sentence to
    ``threshold``, one that the model did not name to ``adopt``. ``heard`` counts the sentences that were complete.
    """

    def __init__(self, passages: Sequence[Passage], *, threshold: float = 0.3, adopt: float = 0.5) -> None:
        self.passages = passages
        self.threshold = threshold
        self.adopt = adopt
        self.heard = 0
        self._weight = rarity(passages)
        self._held = ""
        self._shown = False
        self._over = False

    def feed(self, piece: str) -> list[Statement]:
        """The statements that ``piece`` completes."""
        self._held = _BEHIND.sub(r"\2\1", _aloud(self._held + piece))
        spans = self._spans()
        # The last may go on, or its marks may follow; nor is its beginning sure before it shows a letter.
        begun = spans and any(map(str.isalnum, _OPEN.sub("", _MARKS.sub("", spans[-1].of(self._held)))))
        return self._take(spans[:-1]) if begun else []

    def end(self, *, cut: bool = False) -> list[Statement]:
        """The last statements; ``cut`` says that the reply was broken off, so that half a sentence is left out."""
        spans = self._spans()
        if cut and spans and not _ENDED.search(spans[-1].of(self._held)):
            spans.pop()
        return self._take(spans)

    def _spans(self) -> list[Span]:
        return [] if self._held.lstrip().startswith(_THOUGHT) else sentences(self._held)

    def _take(self, spans: Sequence[Span]) -> list[Statement]:
        ends = [0, *(span.end for span in spans)]
        held, self._held = self._held, self._held[ends[-1] :]
        found = [self._statement(held[end : span.start], span.of(held)) for end, span in zip(ends, spans, strict=False)]
        return [statement for statement in found if statement]

    def _statement(self, gap: str, sentence: str) -> Statement | None:
        text = _MARKS.sub("", sentence).strip()
        # A reply that begins by saying that it found nothing is not heard to the end.
        self._over = self._over or (not self.heard and bool(_NOTHING.fullmatch(text)))
        self.heard += 1
        if self._over or not any(map(str.isalnum, text)):
            return None
        cited = self._named(text, _numbers(sentence)) or self._found(text)
        if not cited:
            return None
        gap, self._shown = gap if self._shown else "", True
        return Statement(gap, text, cited)

    def _named(self, text: str, numbers: Iterable[int]) -> tuple[tuple[Passage, Support], ...]:
        passages = [self.passages[n - 1] for n in numbers if 0 < n <= len(self.passages)]
        found = [(passage, support(text, passage, self._weight)) for passage in passages]
        # Two sources may each hold one of a sentence's numbers: a number is missed only if no quote has it.
        known = frozenset[str]().union(*(stated(s.quote.of(passage.text)) for passage, s in found))
        scored = [
            (passage, Support(carried(text, [(passage, s.quote)], self._weight, known=known), s.quote))
            for passage, s in found
        ]
        return tuple((passage, s) for passage, s in scored if s.score >= self.threshold)

    def _found(self, text: str) -> tuple[tuple[Passage, Support], ...]:
        found = [(passage, support(text, passage, self._weight)) for passage in self.passages]
        best = max(found, key=lambda pair: pair[1].score, default=None)
        return (best,) if best and best[1].score >= self.adopt else ()


def cite(reply: str, passages: Sequence[Passage], *, threshold: float = 0.3, cut: bool = False) -> Draft:
    """The draft that ``reply`` amounts to, once its source numbers are checked against ``passages``.

    >>> passage = Passage("a:0", "The warranty lasts 24 months.", "a", Span(0, 29))
    >>> cite("The warranty lasts 24 months [1]. It is the best on earth [1].", [passage]).text
    'The warranty lasts 24 months.'
    """
    citer = Citer(passages, threshold=threshold)
    return draft([*citer.feed(reply), *citer.end(cut=cut)])


def draft(statements: Iterable[Statement]) -> Draft:
    """The statements as one text, each citation at the characters of its sentence."""
    text = ""
    citations: list[Citation] = []
    for statement in statements:
        span = Span(0, len(statement.text)).shift(len(text) + len(statement.gap))
        text += statement.gap + statement.text
        citations += (Citation(span, passage, s.quote, s.score) for passage, s in statement.cited)
    return Draft(text, tuple(citations))


def _aloud(text: str) -> str:
    """``text`` without the thoughts that some models write before they speak."""
    thought, end, said = text.partition(_SPEECH)
    return said.lstrip() if end and thought.lstrip().startswith(_THOUGHT) else text


def _numbers(sentence: str) -> Iterator[int]:
    seen: set[int] = set()
    for mark in _MARKS.findall(sentence):
        for first, last in _PART.findall(mark):
            for number in range(int(first), int(last or first) + 1):
                if number not in seen:
                    seen.add(number)
                    yield number
