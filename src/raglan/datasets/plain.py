"""Questions and answers with little beside them: NQ-open's lines, and tables with the columns of a spreadsheet.

NQ-open: ``{"question", "answer": [...]}``; one answer may stand without brackets, and ``"answerable": false`` in the place
of answers. A table names its columns in its first line, in any order: ``question`` and ``answer`` or ``answers`` (with
``|`` between several), and, if known, ``id``, ``passage`` (a text that holds the answer) with ``title``, ``positives``
(ids of passages, with ``|`` between several) and ``answerable`` (yes or no). DPR's tables of questions have no header: a
question and a list of answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from raglan.datasets.dataset import Bad, Dataset, Question, alone, called, fingerprint, gathered, refuse
from raglan.datasets.files import beginning, json_lines
from raglan.datasets.row import Row, kept
from raglan.datasets.squad import Paragraphs
from raglan.datasets.table import cells, header, records
from raglan.datasets.unfold import unfolded
from raglan.types import Example, Query

__all__ = ["read_csv", "read_nq_open"]

_YES, _NO = frozenset(("yes", "true", "1", "y")), frozenset(("no", "false", "0", "n"))


def read_nq_open(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a file with a question and its answers on each line."""
    return gathered(called(path), kept(json_lines(path, bad), _open, bad), bad=bad)


def _open(row: Row) -> Question:
    answers = (row.said("answer"),) if isinstance(row.get("answer"), str) else row.texts("answer")
    if bool(answers) != row.flag("answerable", default=True):
        raise row.wrong(f"has {len(answers)} answers; 'answerable' must be false where there is none, and only there")
    return Question(row.way, Example(Query(row.said("question")), answers), row.place)


def read_csv(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a table."""
    name = called(path)
    first = next(iter(beginning(path).splitlines()), "")
    delimiter, columns = header(first)
    if "question" not in columns and len(columns) == 2 and unfolded((columns[1],)) != (columns[1],):
        return gathered(name, kept(_headless(path, delimiter, bad), _asked_of, bad), bad=bad)
    paragraphs = Paragraphs()
    rows = records(path, bad, needed=("question",), delimiter=delimiter)
    questions = list(kept(rows, lambda row: _record(row, paragraphs), bad))
    return gathered(name, questions, paragraphs.all(), bad=bad)


def _headless(path: Path, delimiter: str, bad: Bad) -> Iterator[Row]:
    for number, record in cells(path, delimiter, bad):
        yield Row(path, str(number), record)


def _asked_of(row: Row) -> Question:
    if len(row.value) != 2 or not all(cell.strip() for cell in row.value):
        raise row.wrong(f"must have a question and its answers, has {len(row.value)} cells")
    question, answers = row.value
    return Question(row.way, Example(Query(question), unfolded((answers,))), row.place)


def _record(row: Row, paragraphs: Paragraphs) -> Question:
    name = row.said("id") if row.get("id") is not None else row.way
    query, answers = Query(row.said("question")), _answers(row)
    named = _several(row, "positives") + _passage(row, paragraphs)
    if not _answerable(row):
        if answers:
            raise row.wrong(f"'answerable' is no, and yet there is an answer: {answers[0]!r}")
        return Question(name, Example(query, negatives=named), row.place)
    if not answers and not named:
        raise row.wrong("has neither answers nor positives; where nothing answers, 'answerable' must be no")
    return Question(name, Example(query, answers, named), row.place)


def _answers(row: Row) -> tuple[str, ...]:
    alone_ = tuple(filter(str.strip, [row.text("answer", "")]))
    return tuple(dict.fromkeys(unfolded(alone_) + unfolded(_several(row, "answers"))))


def _several(row: Row, key: str) -> tuple[str, ...]:
    parts = (part.strip() for part in row.text(key, "").split("|"))
    return tuple(dict.fromkeys(part for part in parts if part))


def _passage(row: Row, paragraphs: Paragraphs) -> tuple[str, ...]:
    text, title = row.text("passage", ""), row.text("title", "")
    if not text.strip():
        return ()
    return (paragraphs.add(row, alone(fingerprint(title, text), text, title)).id,)


def _answerable(row: Row) -> bool:
    told = row.text("answerable", "").strip().lower()
    if told and told not in _YES | _NO:
        raise row.wrong(f"'answerable' must be yes or no, is {told!r}")
    return told not in _NO
