"""The course of a writer, on a toy: it learns to write, and what it reads and points with is as it was, bit by bit."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from raglan.datasets.parts import split
from raglan.errors import ConfigError
from raglan.models.blocks import Cutter
from raglan.models.folder import Reading
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.trunk import Trunk
from raglan.train.course import Course
from raglan.train.course_reader import train_reader
from raglan.train.course_writer import train_writer
from raglan.train.fusing import Shares
from raglan.train.lessons import gathered
from raglan.train.plan import Progress
from raglan.train.reading import ReadingLearning
from raglan.train.start import Start
from tests.train.toy import READS, answered, primed, tokenizer

torch.set_num_threads(1)
LEARN, HELD = split(answered(), share=0.8)
COURSE = Course([LEARN], [], batch=16, steps=60, rate=4e-3)


def begun() -> Start:
    return Start(Reader(primed(Trunk(READS))), tokenizer(), Reading(length=20, query_length=4))


def frozen(reader: Reader) -> dict[str, torch.Tensor]:
    return {name: one.clone() for name, one in reader.state_dict().items() if not name.startswith("writer.")}


def losses(start: Start) -> dict[str, float]:
    lessons = gathered([HELD])
    assert isinstance(start.model, Reader)
    cutter = Cutter.of(start.tokenizer, start.reading)
    one = ReadingLearning(start.model, cutter, lessons.sources, shares=Shares(write=1.0))
    with torch.no_grad():
        return one.objective(one.model, one.batch([(row, ()) for row in lessons.rows]))[1]


def test_it_learns_to_write_and_keeps_what_it_points_with() -> None:
    start = begun()
    train_reader(replace(COURSE, held=[HELD], steps=100), start, shares=Shares(write=0.0))
    assert isinstance(start.model, Reader)
    before, was = frozen(start.model), losses(start)
    lessons, outcome = train_writer(COURSE, start, rank=4)
    assert outcome.steps == COURSE.steps
    assert len(lessons.rows) == len(gathered([LEARN]).rows)
    after, now = frozen(start.model), losses(start)
    assert before.keys() == after.keys()
    assert all(torch.equal(one, after[name]) for name, one in before.items())
    assert (now["ends"], now["support"]) == (was["ends"], was["support"])
    assert now["write"] < 0.5 * was["write"]


def test_stopped_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    def stop(now: Progress) -> None:
        if now.step == 5:
            raise KeyboardInterrupt

    short = replace(COURSE, steps=10, negatives="bm25", hard=1)
    one, other = begun(), begun()
    train_writer(replace(short, work=tmp_path / "whole"), one, rank=4)
    with pytest.raises(KeyboardInterrupt):
        train_writer(replace(short, work=tmp_path / "cut"), begun(), rank=4, watch=[stop])
    train_writer(replace(short, work=tmp_path / "cut", resume=True), other, rank=4)
    again = other.model.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in one.model.state_dict().items())


def test_only_readers_write() -> None:
    with pytest.raises(ConfigError, match="no reader"):
        train_writer(COURSE, replace(begun(), model=Ranker(Trunk(READS))))
