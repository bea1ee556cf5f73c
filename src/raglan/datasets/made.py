"""Questions made from a person's own documents, where nobody has written any: enough to compare settings by.

They are asked for what stands there: what a heading announces, what a sentence defines, what a table holds, what is
missing from a sentence (``asking``). They are easier than what people ask, since they share words with their passage:
what is better on them is likely to be better, and by how much they do not say.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from raglan.datasets.asking import Asked, asked
from raglan.datasets.dataset import Dataset
from raglan.types import Example, Passage, Query

__all__ = ["made", "questions"]

# A question that as many passages answer tells nothing apart.
_MOST_PASSAGES = 4
T = TypeVar("T")


class _Found(NamedTuple):
    kind: str
    question: str
    answers: tuple[str, ...]
    positives: tuple[str, ...]
    document: str


def questions(passages: Iterable[Passage], seed: int, most: int) -> list[Example]:
    """At most ``most`` questions that ``passages`` answer, evenly of all kinds and documents; the same for a ``seed``.

    >>> from raglan.types import Span
    >>> text = "A burr grinder is a mill that crushes beans between two plates."
    >>> [example] = questions([Passage("mill:0", text, "mill", Span(0, len(text)))], seed=0, most=1)
    >>> example.query.text, example.answers, example.positives
    ('What is a burr grinder?', ('a mill that crushes beans between two plates',), ('mill:0',))
    """
    return [_example(one) for one in _drawn(passages, seed, most)]


def made(name: str, passages: Sequence[Passage], *, seed: int = 0, most: int = 200) -> Dataset:
    """:func:`questions` as a dataset over ``passages``; answers to what a heading announces are long."""
    found = _drawn(passages, seed, most)
    return Dataset(
        name,
        tuple(map(_example, found)),
        passages,
        ids=tuple(f"{one.kind}-{at}" for at, one in enumerate(found, 1)),
        long=frozenset(at for at, one in enumerate(found) if one.kind == "heading"),
    )


def _example(one: _Found) -> Example:
    return Example(Query(one.question), one.answers, one.positives)


def _drawn(passages: Iterable[Passage], seed: int, most: int) -> list[_Found]:
    """In turn from each kind, and within a kind in turn from each document."""
    chance = random.Random(seed)  # noqa: S311 (nothing secret hangs on it)
    kinds: dict[str, dict[str, list[_Found]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(_unambiguous(passages), key=lambda one: (one.kind, one.document, one.question)):
        kinds[one.kind][one.document].append(one)
    queues = [list(_in_turn(_shuffled(documents, chance))) for documents in kinds.values()]
    return list(_in_turn(queues))[: max(0, most)]


def _shuffled(documents: Mapping[str, list[_Found]], chance: random.Random) -> list[list[_Found]]:
    groups = list(documents.values())
    chance.shuffle(groups)
    for group in groups:
        chance.shuffle(group)
    return groups


def _in_turn(queues: Sequence[Sequence[T]]) -> Iterator[T]:
    """The first of each, the second of each, and so on.

    >>> "".join(_in_turn(["ace", "b", "d"]))
    'abdce'
    """
    for at in range(max(map(len, queues), default=0)):
        yield from (queue[at] for queue in queues if at < len(queue))


def _unambiguous(passages: Iterable[Passage]) -> Iterator[_Found]:
    same: dict[str, list[tuple[Asked, Passage]]] = defaultdict(list)
    for passage in passages:
        for one in asked(passage):
            same[_plain(one.question)].append((one, passage))
    return filter(None, map(_merged, same.values()))


def _merged(group: list[tuple[Asked, Passage]]) -> _Found | None:
    """One question of all that ask the same; None where they cannot be told apart.

    What a heading announces may go on in several passages. Elsewhere two answers mean that the question is not enough
    to know which is wanted.
    """
    first, passage = group[0]
    answers = {_plain(one.answer): one.answer for one, _ in group}
    positives = tuple(sorted({passage.id for _, passage in group}))
    if len(positives) > _MOST_PASSAGES or (len(answers) > 1 and first.kind != "heading"):
        return None
    return _Found(first.kind, first.question, tuple(sorted(answers.values())), positives, passage.document)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
