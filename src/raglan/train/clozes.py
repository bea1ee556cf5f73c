"""Plain text as questions: a span that recurs is masked in one sentence, and pointed at where it stands again.

Recurring span selection (Ram et al. 2021, "Few-Shot Question Answering by Pretraining Span Selection", Splinter): names,
numbers and terms come back within a text, and whoever finds them again by what stands around them can nearly read. Here one
sentence asks, as a question does, and the rest of its text is the passage.

A unit is a Chinese character, or a word or number of other scripts. Rows: passages, no labels. What is made of them is what
:func:`raglan.train.lessons.gathered` takes. Near: :mod:`raglan.train.supposing`, for questions that lack passages.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from raglan.datasets.dataset import Dataset, alone
from raglan.errors import ConfigError
from raglan.text.sentences import sentences
from raglan.text.words import RUN, STOP, terms
from raglan.train.lessons import standing
from raglan.types import Example, Passage, Query, Span

__all__ = ["clozes"]

_HAN = RUN.pattern.removesuffix("+")
_OTHER = rf"(?:(?!{_HAN})[^\W_])+"
_UNIT = re.compile(rf"(?P<han>{_HAN})|{_OTHER}(?:[.,:'’-]{_OTHER})*")
_EDGES = frozenset("的了是在和与與于於被把也而及或")  # characters that no answer begins or ends with
_MOST_HAN, _MOST = 10, 5  # units of an answer
_ASKS = 5  # units that a question has beside its mask, or it asks for nothing


class _Unit(NamedTuple):
    """Its characters, the ``sentence`` that it stands in, and whether it ``follows`` the one before it directly."""

    start: int
    end: int
    sentence: int
    han: bool
    follows: bool


class _Found(NamedTuple):
    """A recurring span: units ``first`` to before ``stop`` of a passage, and ``key``, what it says in small letters."""

    first: int
    stop: int
    key: str


class _Cloze(NamedTuple):
    """A question, its answer, and the ``rest`` of the text."""

    question: str
    answer: str
    rest: str


def clozes(
    passages: Iterable[Passage],
    *,
    mask: str = "[MASK]",
    name: str = "clozes",
    each: int = 4,
    query_length: int = 0,
    seed: int = 0,
) -> Dataset:
    """At most ``each`` questions of every passage, no two with the same answer or of the same sentence.

    A question is a sentence with ``mask`` in place of the answer, of which at most ``query_length`` units around it are kept
    (0: all). Its passage is what is left of the text. Spans are drawn by ``seed``, the likelier the longer they are, and the
    rarer in other passages. Raises :class:`ConfigError` for a ``query_length`` that leaves nothing to ask with.
    """
    if query_length and query_length <= _ASKS:
        raise ConfigError(
            f"query_length is {query_length}; a mask and {_ASKS} units are the least that asks for something"
        )
    known = [(one, units, _recurring(one.text, units)) for one in passages if (units := _units(one.text))]
    spread = Counter(key for *_, found in known for key in {one.key for one in found})
    chance = random.Random(seed)  # noqa: S311 (no secret)
    examples: list[Example] = []
    made: list[Passage] = []
    for passage, units, found in known:
        weights = [(one.stop - one.first) * math.log((1 + len(known)) / spread[one.key]) for one in found]
        order = [found[at] for at in _drawn(weights, chance)]
        for cloze in islice(_asked(passage.text, units, order, mask, query_length), each):
            called = f"{passage.id}#{len(made)}"
            made.append(alone(called, cloze.rest, str(passage.meta.get("title", ""))))
            examples.append(Example(Query(cloze.question), (cloze.answer,), (called,)))
    return Dataset(name, tuple(examples), tuple(made), ids=tuple(one.id for one in made))


def _units(text: str) -> list[_Unit]:
    """The units of a text; one follows another of its sentence directly, or behind one space."""
    found: list[_Unit] = []
    for number, sentence in enumerate(sentences(text)):
        end = -1
        for match in _UNIT.finditer(text, sentence.start, sentence.end):
            start = match.start()
            follows = end >= 0 and text[end:start] in ("", " ")
            end = match.end()
            found.append(_Unit(start, end, number, match["han"] is not None, follows))
    return found


def _recurring(text: str, units: Sequence[_Unit]) -> list[_Found]:
    """The longest spans that stand in two sentences, without what no answer begins or ends with."""
    lengths = _lengths(text, units)
    found = []
    for first, length in enumerate(lengths):
        # What goes on to the left recurs as a part of something longer.
        if not length or (first and units[first].follows and lengths[first - 1] > length):
            continue
        stop = first + length
        if length > _most(units[first:stop]):
            continue  # a passage that was copied
        while first < stop and _edge(text[units[first].start : units[first].end].casefold()):
            first += 1
        while first < stop and _edge(text[units[stop - 1].start : units[stop - 1].end].casefold()):
            stop -= 1
        if stop - first > 1 or (stop > first and not units[first].han and units[first].end - units[first].start > 1):
            found.append(_Found(first, stop, text[units[first].start : units[stop - 1].end].casefold()))
    return found


def _lengths(text: str, units: Sequence[_Unit]) -> list[int]:
    """For each unit how many, from it on, stand in two sentences together; one more than an answer has is enough."""
    lengths = [0] * len(units)
    alive = list(range(len(units)))
    for length in range(1, _MOST_HAN + 2):
        places: dict[str, list[int]] = defaultdict(list)
        for first in alive:
            last = first + length - 1
            if last < len(units) and (last == first or units[last].follows):
                places[text[units[first].start : units[last].end].casefold()].append(first)
        alive = [at for many in places.values() if len({units[at].sentence for at in many}) > 1 for at in many]
        for first in alive:
            lengths[first] = length
    return lengths


def _most(units: Sequence[_Unit]) -> int:
    return _MOST_HAN if any(unit.han for unit in units) else _MOST


@lru_cache(maxsize=1 << 16)
def _edge(unit: str) -> bool:
    """Whether a unit, in small letters, carries no meaning of its own."""
    return unit in _EDGES or (not RUN.match(unit) and all(term in STOP for term in terms(unit)))


def _drawn(weights: Sequence[float], chance: random.Random) -> list[int]:
    """Places in a drawn order, the weightier the likelier first (Efraimidis and Spirakis 2006)."""
    keys = [math.log(1 - chance.random()) / max(weight, 1e-9) for weight in weights]
    return sorted(range(len(weights)), key=lambda at: -keys[at])


def _asked(
    text: str, units: Sequence[_Unit], order: Sequence[_Found], mask: str, query_length: int
) -> Iterator[_Cloze]:
    """A cloze of each span in ``order`` whose answer and sentence are new and that can be told from the rest."""
    spans, used = sentences(text), set[object]()
    for one in order:
        sentence = units[one.first].sentence
        if one.key in used or sentence in used:
            continue
        answer = text[units[one.first].start : units[one.stop - 1].end]
        whole = spans[sentence]
        rest = text[: whole.start] + text[whole.end :]
        kept, asks = _kept(units, one, whole, query_length)
        question = _masked(text, kept, [place.shift(whole.start) for place in standing([answer], whole.of(text))], mask)
        # Where letters of another size or joined words make a difference, it is no question.
        if asks >= _ASKS and answer.casefold() not in question.casefold() and standing([answer], rest):
            used |= {one.key, sentence}
            yield _Cloze(question, answer, rest)


def _kept(units: Sequence[_Unit], one: _Found, sentence: Span, query_length: int) -> tuple[Span, int]:
    """The characters of a ``sentence`` around a span of it that a question keeps, and how many units stand beside."""
    low, high = one.first, one.stop
    while low and units[low - 1].sentence == units[one.first].sentence:
        low -= 1
    while high < len(units) and units[high].sentence == units[one.first].sentence:
        high += 1
    room = (query_length or high - low) - 1
    first = max(low, one.first - max(room // 2, room - (high - one.stop)))
    stop = min(high, one.stop + room - (one.first - first))
    start = sentence.start if first == low else units[first].start
    end = sentence.end if stop == high else units[stop - 1].end
    return Span(start, end), stop - first - (one.stop - one.first)


def _masked(text: str, kept: Span, places: Sequence[Span], mask: str) -> str:
    """What is ``kept`` of a text, with ``mask`` at the ``places`` of the answer; one that is cut off is left out whole."""
    said, at = "", kept.start
    for place in places:
        if place.start >= kept.start and place.end <= kept.end:
            said += text[at : place.start] + mask
        elif place.overlaps(kept):
            said += text[at : max(at, place.start)]
        at = max(at, place.end)
    return said + text[at : kept.end]
