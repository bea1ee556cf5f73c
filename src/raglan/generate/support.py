"""How far quoted words carry what a sentence says: the one measure that citing and judging share.

The measure is the share of the sentence's content terms that the quote has too, rare terms weighing more, halved where
the sentence names a number that the quote does not. It sees words: it does not see a "not", and a sentence in another
language than its source shares only numbers and names with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import fsum, log
from typing import TYPE_CHECKING

from raglan.generate.numbers import claimed, stated
from raglan.text.sentences import sentences
from raglan.text.words import content_terms, is_chinese
from raglan.types import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from raglan.types import Passage

__all__ = ["Rarity", "Support", "carried", "rarity", "support"]

Rarity = Callable[[str], float]

# Pairs of characters that span one of these say how a sentence is built, not what it is about.
_GLUE = frozenset("的了是为為在和与與及或")
# Enough to keep a citation, too little to give one: across scripts only numbers and names can be compared, and a claim
# that only repeats a title or a heading ("Which tower?") can be right without a word of the text.
_HINTED = 0.4
# What a second sentence must add before it is quoted too.
_WORTH = 0.1


@dataclass(frozen=True, slots=True)
class Support:
    """How far (0 to 1) a claim is carried, and by which characters of the passage."""

    score: float
    quote: Span


@dataclass(frozen=True, slots=True)
class _Said:
    words: frozenset[str]
    numbers: frozenset[str]
    chinese: bool


def rarity(passages: Iterable[Passage]) -> Rarity:
    """How much a term weighs, by how few of the passages' sentences have it.

    A term that none has weighs as much as one that a single sentence has: a paraphrase is no proof of invention.
    """
    counts: Counter[str] = Counter()
    total = 0
    for passage in passages:
        for span in sentences(passage.text):
            counts.update(_said(span.of(passage.text)).words)
            total += 1
    return lambda term: log(1 + max(1, total) / max(1, counts[term]))


def support(claim: str, passage: Passage, weight: Rarity) -> Support:
    """The sentence of ``passage`` that carries ``claim`` best, or two in a row where the second adds to it."""
    spans = sentences(passage.text)
    pairs = [Span(first.start, second.end) for first, second in pairwise(spans)]
    said, around = _claim(claim), _around([passage])
    one = _best([Support(_weigh(said, _said(span.of(passage.text)), around, weight), span) for span in spans])
    two = _best([Support(_weigh(said, _said(span.of(passage.text)), around, weight), span) for span in pairs])
    return two if two.score > one.score + _WORTH else one


def carried(
    claim: str, quotes: Sequence[tuple[Passage, Span]], weight: Rarity, *, known: frozenset[str] = frozenset()
) -> float:
    """How far the quotes together carry ``claim``; the numbers in ``known`` need no quote."""
    said = _said("\n".join(quote.of(passage.text) for passage, quote in quotes))
    around = _around([passage for passage, _ in quotes])
    return _weigh(_claim(claim), said, _Said(around.words, around.numbers | known, around.chinese), weight)


def _best(found: Sequence[Support]) -> Support:
    return max(found, key=lambda support: support.score, default=Support(0.0, Span(0, 0)))


def _weigh(claim: _Said, said: _Said, around: _Said, weight: Rarity) -> float:
    if not claim.words:
        return 0.0
    asked = claim.words - (around.words - said.words)
    score = _share(asked, said.words, weight) if asked else _HINTED
    if claim.chinese != said.chinese:
        names = frozenset(term for term in asked if term.isascii())
        score = max(score, min(_HINTED, _share(names, said.words, weight)))
    return score if claim.numbers <= said.numbers | around.numbers else score / 2


def _share(asked: frozenset[str], had: frozenset[str], weight: Rarity) -> float:
    # fsum: the order of a set differs from run to run, the score must not.
    whole = fsum(map(weight, asked))
    return fsum(map(weight, asked & had)) / whole if whole else 0.0


def _around(passages: Sequence[Passage]) -> _Said:
    """What the passages' titles, headings and column names add: known from the context, so neither proof nor doubt."""
    found = [_named(passage) for passage in passages]
    words = frozenset[str]().union(*(one.words for one in found))
    return _Said(words, frozenset[str]().union(*(one.numbers for one in found)), chinese=False)


def _named(passage: Passage) -> _Said:
    names = "\n".join([str(passage.meta.get("title", "")), *map(str, passage.meta.get("headings", ()))])
    reading = str(passage.meta.get("reading", ""))
    # A row reads with its columns' names and its cells: the cells are what is to be proved.
    columns = _words(reading) - _words(passage.text) if reading else frozenset()
    return _Said(_words(names) | columns, stated(names) | (stated(reading) - stated(passage.text)), chinese=False)


def _claim(text: str) -> _Said:
    return _Said(_words(text), claimed(text), is_chinese(text))


# The sentences of one question's passages are compared with each sentence of its answer, and once more by the critic.
@lru_cache(maxsize=1024)
def _said(text: str) -> _Said:
    return _Said(_words(text), stated(text), is_chinese(text))


def _words(text: str) -> frozenset[str]:
    found = frozenset(content_terms(text))
    kept = frozenset(term for term in found if len(term) != 2 or _GLUE.isdisjoint(term))
    return kept or found
