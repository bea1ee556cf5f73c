"""The files of DPR: questions with the passages that were found for them, and all passages of Wikipedia.

The passages of a biencoder file are those that its questions name; they are read from it anew each time, and questions
one by one: the larger files do not fit in memory. A passage without an id is named by a fingerprint of title and text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from raglan.datasets.array import array
from raglan.datasets.dataset import (
    Again,
    Bad,
    Dataset,
    Question,
    alone,
    called,
    fingerprint,
    gathered,
    pass_over,
    refuse,
)
from raglan.datasets.ids import Ids
from raglan.datasets.row import Row, kept
from raglan.datasets.table import records
from raglan.types import Example, Passage, Query

__all__ = ["psgs_passage", "psgs_passages", "read_biencoder", "read_psgs"]

_CONTEXTS = ("positive_ctxs", "hard_negative_ctxs", "negative_ctxs")


def read_biencoder(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a file ``[{"question", "answers", "positive_ctxs", "hard_negative_ctxs", "negative_ctxs"}]``.

    Negatives are the hard ones first.
    """
    seen: dict[str, str] = {}
    questions = kept(array(path), lambda row: _question(row, seen), bad)
    return gathered(called(path), questions, Again(partial(_passages, path)), bad=bad)


def _question(row: Row, seen: dict[str, str]) -> Question:
    positives, hard, other = (_named(row, key, seen) for key in _CONTEXTS)
    negatives = tuple(dict.fromkeys(hard + other))
    example = Example(Query(row.said("question")), row.texts("answers"), positives, negatives)
    return Question(row.way.strip("[]"), example, row.place)


def _named(row: Row, key: str, seen: dict[str, str]) -> tuple[str, ...]:
    """The ids of the passages under ``key``; ``seen`` holds what each id stood for until now."""
    found: dict[str, None] = {}
    for context in _contexts(row, key):
        passage = _context(context)
        # Of millions of passages only a mark of each is kept.
        mark = fingerprint("".join(passage.text.split()))
        if seen.setdefault(passage.id, mark) != mark:
            raise context.wrong(f"passage {passage.id!r} was there before, with another text")
        found[passage.id] = None
    return tuple(found)


def _contexts(row: Row, key: str) -> list[Row]:
    return row.rows(key, needed=key == "positive_ctxs")


def _context(row: Row) -> Passage:
    title, text = row.text("title", ""), row.said("text")
    ids = [key for key in ("passage_id", "psg_id") if row.get(key) not in (None, "")]
    return alone(row.name(*ids) if ids else fingerprint(title, text), text, title)


def _passages(path: Path) -> Iterator[Passage]:
    """Every passage of the questions that :func:`read_biencoder` took, once."""
    seen, marks = Ids(), dict[str, str]()
    for row in array(path):
        for _ in kept([row], lambda one: _question(one, marks), pass_over):
            for context in (context for key in _CONTEXTS for context in _contexts(row, key)):
                passage = _context(context)
                if seen.add(passage.id):
                    yield passage


def read_psgs(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset without questions of a file ``psgs_w100.tsv``; what is wrong with it shows when it is read."""
    return Dataset(called(path), passages=Again(partial(psgs_passages, path, bad)))


def psgs_passages(path: Path, bad: Bad = refuse) -> Iterator[Passage]:
    """The passages of a table with the columns ``id``, ``text`` and ``title``, one at a time."""
    seen = Ids()

    def passage(row: Row) -> Passage:
        made = psgs_passage(row)
        if not seen.add(made.id):
            raise row.wrong(f"passage {made.id!r} was there before")
        return made

    return kept(records(path, bad, needed=("id", "text")), passage, bad)


def psgs_passage(row: Row) -> Passage:
    """The passage of one row of such a table."""
    return alone(row.said("id"), row.said("text"), row.text("title", ""))
