"""Judgements: which passage is how relevant to which query, checked against both, as examples."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from raglan.datasets.dataset import Bad, Question
from raglan.datasets.ids import Ids
from raglan.datasets.row import Row, kept
from raglan.types import Example, Query

__all__ = ["Grades", "Judgement", "graded", "judged"]

Grades = dict[str, dict[str, int]]


class Judgement(NamedTuple):
    """One line of a qrels file."""

    query: str
    passage: str
    grade: int
    row: Row


def graded(
    judgements: Iterable[Judgement],
    bad: Bad,
    *,
    queries: Container[str] | None = None,
    passages: Ids | None = None,
) -> Grades:
    """The grades by query and passage. A pair comes once; where queries and passages are known, it names two of them."""
    found: Grades = {}

    def add(one: Judgement) -> None:
        if queries is not None and one.query not in queries:
            raise one.row.wrong(f"names a query that is not there: {one.query!r}")
        if passages is not None and one.passage not in passages:
            raise one.row.wrong(f"names a passage that the corpus does not hold: {one.passage!r}")
        grades = found.setdefault(one.query, {})
        if one.passage in grades:
            raise one.row.wrong(f"passage {one.passage!r} was judged before for query {one.query!r}")
        grades[one.passage] = one.grade

    for _ in kept(judgements, add, bad):
        pass
    return found


def judged(queries: Mapping[str, Query], grades: Grades, place: str) -> Iterator[Question]:
    """An example for every query that was judged: what is graded above 0 is a positive, the rest are negatives."""
    for name, of in grades.items():
        positives = tuple(passage for passage, grade in of.items() if grade > 0)
        negatives = tuple(passage for passage, grade in of.items() if grade <= 0)
        yield Question(name, Example(queries[name], positives=positives, negatives=negatives), place, grades=of)
