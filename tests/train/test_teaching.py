"""Batches of lessons: each lesson once an epoch, sources of like length together, and the same again after a stop."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from raglan.errors import ConfigError
from raglan.models.blocks import Source
from raglan.train.lessons import Lesson, Lessons
from raglan.train.teaching import Teaching

SIZES = [100, 200, 900, 1000, 5000]
SOURCES = {f"s{at}": Source("", "x" * SIZES[at % len(SIZES)]) for at in range(60)}
ROWS = Lessons(tuple(Lesson(f"q{at}", ("x",), (f"s{at}",)) for at in range(60)), SOURCES)
FOUND = [[f"s{at + 1}"] for at in range(60)]


class Made(NamedTuple):
    rows: list[tuple[str, tuple[str, ...]]]
    number: int


def make(rows: Sequence[tuple[Lesson, Sequence[str]]], number: int) -> Made:
    return Made([(lesson.question, tuple(found)) for lesson, found in rows], number)


def test_each_lesson_comes_once_an_epoch_with_what_was_found_for_it() -> None:
    batches = Teaching(ROWS, 4, make, found=FOUND)
    drawn = [next(batches) for _ in range(len(batches))]
    counts = Counter(question for batch in drawn for question, _ in batch.rows)
    assert max(counts.values()) == 1
    assert len(counts) >= 60 - 3 * 3, "what does not fill a batch waits for the next epoch"
    assert [batch.number for batch in drawn] == list(range(1, len(drawn) + 1))
    for question, found in (row for batch in drawn for row in batch.rows):
        assert found == (f"s{int(question[1:]) + 1}",)


def test_sources_of_like_length_come_together() -> None:
    batches = Teaching(ROWS, 4, make)
    for _ in range(len(batches)):
        lengths = [len(SOURCES[f"s{question[1:]}"].text) for question, _ in next(batches).rows]
        assert max(lengths) <= 1000 or min(lengths) >= 900


def test_few_lessons_are_one_batch() -> None:
    few = Lessons(ROWS.rows[:3], SOURCES)
    assert len(next(Teaching(few, 16, make)).rows) == 3


def test_gone_back_it_goes_on_as_before() -> None:
    batches = Teaching(ROWS, 4, make, found=FOUND, seed=3)
    for _ in range(17):
        next(batches)
    state = batches.state_dict()
    wanted = [next(batches) for _ in range(20)]
    again = Teaching(ROWS, 4, make, found=FOUND, seed=3)
    again.load_state_dict(state)
    assert [next(again) for _ in range(20)] == wanted


def test_lists_for_other_rows_are_refused() -> None:
    with pytest.raises(ConfigError, match="59 lists were found for 60 lessons"):
        Teaching(ROWS, 4, make, found=FOUND[:-1])
