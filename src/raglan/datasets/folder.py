"""The folder form of a labelled corpus: ``corpus.jsonl`` and ``questions.jsonl``, gzipped or not.

A corpus line is a passage: ``{"id", "title", "text"}``. A question line: ``{"id", "question", "answers", "positives",
"answerable"}`` and, where they are known, ``negatives``, ``grades`` (relevance by passage), ``long`` (its answers are
sentences), ``history``, ``rewrite`` and ``need``. What an unanswerable row names as positive looks right and does not
answer: it becomes a negative. Several files ``questions.NAME.jsonl`` may share a corpus, and folders the one above them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from raglan.datasets import corpus
from raglan.datasets.dataset import Bad, Dataset, Question, called, gathered, refuse
from raglan.datasets.files import either, json_lines
from raglan.datasets.history import turns
from raglan.datasets.ids import known
from raglan.datasets.row import Row, kept
from raglan.datasets.unfold import unfolded
from raglan.errors import DataError
from raglan.types import Example, Passage, Query

__all__ = ["examples", "passages", "question_files", "read"]


def passages(folder: Path) -> Iterator[Passage]:
    """The passages of ``folder``, one at a time; those without text are left out."""
    path = either(folder / "corpus.jsonl")
    if path is None:
        raise DataError("holds no corpus.jsonl or corpus.jsonl.gz", place=str(folder))
    return corpus.passages(path)


def examples(folder: Path) -> Iterator[Example]:
    """The questions of ``folder`` as they stand, without a look at its corpus.

    Unanswerable: no answers and no positives; only for retrieval: no answers.
    """
    path = either(folder / "questions.jsonl")
    if path is None:
        raise DataError("holds no questions.jsonl or questions.jsonl.gz", place=str(folder))
    return (_question(row).example for row in json_lines(path, refuse))


def read(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a folder, or of one of its files of questions; the corpus is read through for what is wrong."""
    asked, where = _files(path)
    questions = kept(chain.from_iterable(json_lines(one, bad) for one in asked), _sound, bad)
    if where is None:
        return gathered(called(path), questions, bad=bad)
    ids = corpus.checked(where, bad)
    return gathered(called(path), kept(questions, lambda one: known(one, ids), bad), corpus.again(where), bad=bad)


def _files(path: Path) -> tuple[list[Path], Path | None]:
    """The files of questions that ``path`` stands for, and their corpus."""
    if path.name.startswith("corpus.jsonl"):
        return [], path
    folder = path if path.is_dir() else path.parent
    asked = question_files(path) if path.is_dir() else [path]
    # A corpus above is shared by what asks about it; alone it is none of this folder's.
    where = corpus.beside(folder) if asked else either(folder / "corpus.jsonl")
    if where is None and not asked:
        raise DataError("holds neither questions.jsonl nor corpus.jsonl", place=str(folder))
    return asked, where


def question_files(folder: Path) -> list[Path]:
    """``questions.jsonl``, or the several ``questions.NAME.jsonl``."""
    return sorted({*folder.glob("questions*.jsonl"), *folder.glob("questions*.jsonl.gz")})


def _sound(row: Row) -> Question:
    """The question of ``row``, if something can be measured with it."""
    row.said("question")
    answerable, answers = row.flag("answerable", default=True), row.texts("answers")
    if answers and not answerable:
        raise row.wrong(f"'answerable' is false, and yet there is an answer: {answers[0]!r}")
    question = _question(row)
    told = answers or question.example.positives or question.rewrite or question.need
    if answerable and not told:
        raise row.wrong("has neither answers nor positives; where nothing answers, 'answerable' must be false")
    return question


def _question(row: Row) -> Question:
    name = f"{row.file.name}:{row.way}" if row.get("id") is None else row.name("id")
    query = Query(row.text("question"), history=turns(row), where=_where(row))
    positives, negatives = row.names("positives"), row.names("negatives")
    if row.flag("answerable", default=True):
        example = Example(query, unfolded(row.texts("answers")), positives, negatives)
    else:
        example = Example(query, negatives=tuple(dict.fromkeys(positives + negatives)))
    return Question(
        name,
        example,
        row.place,
        grades=row.grades("grades"),
        long=row.flag("long", default=False),
        rewrite=row.text("rewrite", ""),
        need=row.number("need") if row.get("need") is not None else 0,
    )


def _where(row: Row) -> dict[str, object]:
    where = row.get("where") or {}
    if not isinstance(where, dict):
        raise row.wrong("'where' must be an object")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in where.items()}
