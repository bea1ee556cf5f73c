"""Labelled sets to rows that a retriever or a ranker learns from: a question, passages that answer it, some that do not.

Passages are told apart by what they say, not by their ids: two of one text are one, so a copy of a positive is never taken
for a negative. Questions of one text are one row with the positives of all. What teaches nothing is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError, DataError
from raglan.search.view import spoken
from raglan.types import Passage

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Drawn", "Row", "Rows", "drawn", "gathered"]


@dataclass(frozen=True, slots=True)
class Row:
    """A question of a ``set``, the names of passages that are right and wrong for it, no name in both, its ``answers``."""

    query: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    set: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """``rows``, all ``passages`` by name, and how much was ``left`` out, by reason; ``texts`` is what an index sees."""

    rows: tuple[Row, ...]
    passages: Mapping[str, Passage]
    texts: Mapping[str, str]
    left: Mapping[str, int] = field(default_factory=dict, hash=False)


class Drawn(NamedTuple):
    """One row of a batch: a ``positive`` and ``negatives`` drawn from what there is."""

    row: Row
    positive: str
    negatives: tuple[str, ...]


def gathered(sets: Sequence[Dataset]) -> Rows:
    """The rows of ``sets``, in their order; a question of two sets belongs to the first.

    Positives are what has a grade above 0 where there are grades. A positive that is listed as negative is a positive.
    Raises :class:`DataError` if no question has a passage to learn from, :class:`ConfigError` for two sets of one name.
    """
    names = [data.name for data in sets]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"two sets are called {twice[0]!r}; rename one, or name each set once")
    passages: dict[str, Passage] = {}
    first: dict[str, str] = {}  # the name of each text
    found: dict[str, tuple[list[str], list[str], list[str]]] = {}
    whose: dict[str, str] = {}
    left: Counter[str] = Counter()
    for data in sets:
        named = _passages(data, passages, first, left)
        for at, example in enumerate(data.examples):
            query = example.query.text.strip()
            right, wrong = _sides(data, at, named, left)
            if not query or not right:
                left["questions without a known passage" if query else "questions without words"] += 1
                continue
            left["questions that were there before"] += query in found
            whose.setdefault(query, data.name)
            for known, more in zip(found.setdefault(query, ([], [], [])), (right, wrong, example.answers), strict=True):
                known += more
    rows = tuple(_row(query, whose[query], sides, left) for query, sides in found.items())
    if not rows:
        raise DataError(
            f"no question has a passage to learn from ({_told(left) or 'there are none'}); a set to learn from names for "
            "each question the passages that answer it, and holds them",
            place=", ".join(names),
        )
    texts = {name: text for text, name in first.items()}
    return Rows(rows, passages, texts, {why: count for why, count in left.items() if count})


def _passages(data: Dataset, passages: dict[str, Passage], first: dict[str, str], left: Counter[str]) -> dict[str, str]:
    """The name of each passage of ``data`` by its id there; those that are new go to ``passages``."""
    named = {}
    for passage in data.passages:
        if not passage.text.strip():
            left["passages without words"] += 1
            continue
        text, name = spoken(passage), f"{data.name}/{passage.id}"
        left["passages that say what another says"] += text in first
        named[passage.id] = first.setdefault(text, name)
        passages.setdefault(named[passage.id], replace(passage, id=name))
    return named


def _sides(data: Dataset, at: int, named: Mapping[str, str], left: Counter[str]) -> tuple[list[str], list[str]]:
    example = data.examples[at]
    grades = data.grades.get(at)
    right = example.positives if grades is None else [name for name, grade in grades.items() if grade > 0]
    left["positives that are not among the passages"] += sum(name not in named for name in right)
    sides = ([named[name] for name in ids if name in named] for ids in (right, example.negatives))
    positives, negatives = sides
    return positives, negatives


def _row(query: str, of: str, sides: tuple[list[str], list[str], list[str]], left: Counter[str]) -> Row:
    positives, negatives, answers = sides
    known = set(positives)
    left["positives that were listed as negatives too"] += len(known.intersection(negatives))
    wrong = dict.fromkeys(name for name in negatives if name not in known)
    return Row(query, tuple(dict.fromkeys(positives)), tuple(wrong), tuple(dict.fromkeys(answers)), of)


def _told(left: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {why}" for why, count in left.items() if count)


def drawn(rows: Sequence[Row], found: Sequence[Sequence[str]], count: int, chance: np.random.Generator) -> list[Drawn]:
    """A positive and at most ``count`` negatives for each row, from those that its set names and those ``found`` for it."""
    made = []
    for row, more in zip(rows, found, strict=True):
        known = set(row.positives)
        wrong = list(dict.fromkeys(name for name in (*row.negatives, *more) if name not in known))
        chosen = chance.permutation(len(wrong))[:count]
        positive = row.positives[int(chance.integers(len(row.positives)))]
        made.append(Drawn(row, positive, tuple(wrong[int(at)] for at in chosen)))
    return made
