"""A labelled set: examples, the passages that they name, and what its source says of a row beyond right and wrong.

A malformed row raises, for a set is measured with: no row may be lost unseen. Whoever would rather go on hands in where
the problems go, ``load(path, bad=problems.append)``, and can say how many there were.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from raglan.errors import DataError
from raglan.types import Example, Passage, Span

__all__ = ["Again", "Bad", "Dataset", "Question", "alone", "called", "fingerprint", "gathered", "pass_over", "refuse"]

_PARTS = frozenset(("train", "dev", "validation", "test"))
_ENDING = re.compile(r"(\.(jsonl?|tsv|csv|txt|qrels|gz))+$")
_KIND = re.compile(r"(questions|corpus|turns)\b\.?")

Bad = Callable[[DataError], object]


def refuse(error: DataError) -> None:
    """What becomes of a malformed row where nothing else is said: it raises."""
    raise error


def pass_over(error: DataError) -> None:
    """What becomes of a malformed row that has been told already: it is left out."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """``examples`` and what they were written about.

    ``passages`` can be read again and again, and may be read from the disk each time. ``ids`` names the examples in
    their order. The others go by an example's place, from 0, and hold only what is known: ``grades`` the relevance of
    passages (by id), ``long`` the examples whose answers are sentences, ``rewrites`` the query as it would stand without
    its history, ``needs`` how much it calls for a question back, from 1 (not at all) to 4.
    """

    name: str
    examples: tuple[Example, ...] = ()
    passages: Iterable[Passage] = ()
    ids: tuple[str, ...] = ()
    grades: Mapping[int, Mapping[str, int]] = field(default_factory=dict, hash=False)
    long: frozenset[int] = frozenset()
    rewrites: Mapping[int, str] = field(default_factory=dict, hash=False)
    needs: Mapping[int, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Again:
    """Passages that are made anew for each reading, so that no more than one is held."""

    make: Callable[[], Iterator[Passage]]

    def __iter__(self) -> Iterator[Passage]:
        """A reading from the beginning."""
        return self.make()


class Question(NamedTuple):
    """One example while it is read, and where it stands."""

    id: str
    example: Example
    place: str
    grades: Mapping[str, int] | None = None
    long: bool = False
    rewrite: str = ""
    need: int = 0

    @property
    def named(self) -> set[str]:
        """The ids of all passages that the row names."""
        return {*self.example.positives, *self.example.negatives, *(self.grades or ())}


def gathered(
    name: str,
    questions: Iterable[Question],
    passages: Iterable[Passage] = (),
    *,
    bad: Bad = refuse,
) -> Dataset:
    """The dataset of these rows; two of one id are a malformed row."""
    rows: dict[str, Question] = {}
    for row in questions:
        if row.id in rows:
            bad(DataError(f"question {row.id!r} was there before, at {rows[row.id].place}", place=row.place))
        else:
            rows[row.id] = row
    numbered = list(enumerate(rows.values()))
    return Dataset(
        name,
        tuple(row.example for row in rows.values()),
        passages,
        ids=tuple(rows),
        grades={at: row.grades for at, row in numbered if row.grades is not None},
        long=frozenset(at for at, row in numbered if row.long),
        rewrites={at: row.rewrite for at, row in numbered if row.rewrite},
        needs={at: row.need for at, row in numbered if row.need},
    )


def called(path: Path) -> str:
    """What a report calls the dataset of a file: its name, behind its folder's where the name says only which part.

    >>> called(Path("squad/train.json.gz")), called(Path("data/wiki/dev/questions.nq.jsonl")), called(Path("mine.csv"))
    ('squad/train', 'wiki/dev/nq', 'mine')
    """
    *folders, last = path.absolute().parts
    stem = _ENDING.sub("", last)
    # Elsewhere a file may well be called questions.csv.
    kind = _KIND.match(stem) if ".jsonl" in last else None
    words = ["", stem[kind.end() :]] if kind else [stem]
    while folders and (not words[0] or words[0] in _PARTS):
        words.insert(0, folders.pop())
    return "/".join(filter(None, words))


def alone(name: str, text: str, title: str = "") -> Passage:
    """A passage that is a document of its own."""
    return Passage(name, text, name, Span(0, len(text)), meta={"title": title} if title else {})


def fingerprint(*texts: str) -> str:
    """An id for a passage that came without one: the same wherever these texts stand, in whichever file.

    >>> fingerprint("Kettle", "Rinse it weekly.")
    'e13be5d4d5d9'
    """
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
