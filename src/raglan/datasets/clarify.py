"""Requests that may call for a question back: ClariQ's tables, and Qulac.

By request (``read_requests``, ``read_qulac``): an example is a request, the passages are questions to put to the user
(ClariQ's ``question_bank.tsv`` where it stands beside), positives those that were written for it, and ``Dataset.needs``
holds ClariQ's ``clarification_need``, 1 to 4. By turn (``read_turns``, also for ClariQ's conversations of three turns): an
example is what a user answered, its history the request and the question back, and ``Dataset.rewrites`` tells what the
user wanted all along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from raglan.datasets.dataset import Bad, Dataset, Question, alone, called, gathered, refuse
from raglan.datasets.files import either, whole
from raglan.datasets.history import said_in_turn
from raglan.datasets.ids import Ids
from raglan.datasets.row import Row, kept
from raglan.datasets.squad import Paragraphs
from raglan.datasets.table import records
from raglan.types import Example, Passage, Query

__all__ = ["read_qulac", "read_requests", "read_turns"]

_NEEDS = range(1, 5)
_QULAC = ("topic_id", "topic", "topic_facet_question_id", "question")


class _Asked(NamedTuple):
    """One row: a request, and a question that could be asked back. Its text is empty where none should be."""

    row: Row
    topic: str
    request: str
    need: int
    question: str
    text: str


def read_requests(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a ClariQ table, an example for each request."""
    rows = records(path, bad, needed=("topic_id", "initial_request", "clarification_need", "question_id", "question"))
    asked = kept(rows, _asked, bad)
    bank = either(path.parent / "question_bank.tsv")
    return _by_request(called(path), asked, _bank(bank, bad) if bank else None, bad)


def _asked(row: Row) -> _Asked:
    need = row.said("clarification_need")
    if not need.isdecimal() or int(need) not in _NEEDS:
        raise row.wrong(f"'clarification_need' must be a whole number from 1 to 4, is {need!r}")
    request = row.said("initial_request")
    return _Asked(row, row.said("topic_id"), request, int(need), row.said("question_id"), row.text("question"))


def _bank(path: Path, bad: Bad) -> tuple[Passage, ...]:
    seen = Ids()

    def question(row: Row) -> Passage:
        if not seen.add(name := row.said("question_id")):
            raise row.wrong(f"question {name!r} was there before")
        return alone(name, row.text("question"))

    found = kept(records(path, bad, needed=("question_id", "question")), question, bad)
    # The first has no text: it stands for asking nothing.
    return tuple(passage for passage in found if passage.text.strip())


def _by_request(name: str, rows: Iterable[_Asked], bank: tuple[Passage, ...] | None, bad: Bad) -> Dataset:
    asked, topics = Paragraphs(), dict[str, tuple[_Asked, dict[str, None]]]()
    allowed = None if bank is None else {passage.id for passage in bank}

    def add(one: _Asked) -> None:
        first, questions = topics.setdefault(one.topic, (one, {}))
        if (first.request, first.need) != (one.request, one.need):
            raise one.row.wrong(f"topic {one.topic!r} has another request or need than at {first.row.place}")
        if one.text.strip():
            if allowed is not None and one.question not in allowed:
                raise one.row.wrong(f"question {one.question!r} is not in the question bank")
            if allowed is None:
                asked.add(one.row, alone(one.question, one.text))
            questions[one.question] = None

    for _ in kept(rows, add, bad):
        pass
    questions = (_request(first, tuple(positives)) for first, positives in topics.values())
    return gathered(name, list(questions), asked.all() if bank is None else bank, bad=bad)


def _request(one: _Asked, positives: tuple[str, ...]) -> Question:
    return Question(one.topic, Example(Query(one.request), positives=positives), one.row.place, need=one.need)


def read_qulac(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of ``qulac.json``, a table written column by column, an example for each topic."""
    table = whole(path)
    columns: dict[str, Mapping[str, Any]] = {name: _column(table, name) for name in _QULAC}
    rows = (
        Row(path, f"row {at}", {name: column.get(at) for name, column in columns.items()}) for at in columns["topic_id"]
    )
    return _by_request(called(path), kept(rows, _of_topic, bad), None, bad)


def _column(table: Row, name: str) -> Mapping[str, Any]:
    column = table.at(name)
    if not isinstance(column.value, dict):
        raise column.wrong("must be a column: an object with a value for each row")
    return column.value


def _of_topic(row: Row) -> _Asked:
    topic, asked = row.name("topic_id"), row.name("topic_facet_question_id")
    # Topic, facet, question: one question is put for several facets of its topic.
    number = asked.rpartition("-")[2]
    return _Asked(row, topic, row.said("topic"), 0, f"{topic}-{number}", row.text("question"))


def read_turns(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a ClariQ table, an example for each answer of a user."""
    rows = records(path, bad, needed=("initial_request",))
    questions = (question for question in kept(rows, _turn, bad) if question)
    return gathered(f"{called(path)} turns", questions, bad=bad)


def _turn(row: Row) -> Question | None:
    """None where nothing was asked back."""
    said = list(_said(row))
    if not said:
        return None
    wanted = row.said("facet_desc" if row.get("facet_desc") is not None else "facet")
    query = Query(said[-1], history=said_in_turn([row.said("initial_request"), *said[:-1]]))
    return Question(row.way, Example(query), row.place, rewrite=wanted)


def _said(row: Row) -> Iterator[str]:
    """Questions back and answers, in turn, up to the first question that is empty."""
    for number in [""] if row.get("question") is not None else ["1", "2", "3"]:
        question, answer = row.text(f"question{number}", ""), row.text(f"answer{number}", "")
        if not question.strip() and not answer.strip():
            return
        yield row.said(f"question{number}")
        yield row.said(f"answer{number}")
