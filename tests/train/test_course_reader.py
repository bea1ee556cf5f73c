"""The course of a reader, on a toy: it is kept for what it answers, and refuses what cannot teach or judge."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from raglan.datasets.dataset import Dataset
from raglan.datasets.parts import split
from raglan.encode.hashing import HashingEncoder
from raglan.encode.onnx import OnnxEncoder
from raglan.errors import ConfigError, DataError
from raglan.models.folder import Reading
from raglan.nn.reader import Reader
from raglan.nn.sharing import save
from raglan.nn.tower import Towers
from raglan.nn.trunk import Trunk
from raglan.protocols import Encoder
from raglan.train.answering import beside, judging, silent
from raglan.train.course import Course
from raglan.train.course_reader import train_reader
from raglan.train.fusing import Shares
from raglan.train.lessons import gathered
from raglan.train.plan import Progress, Watch
from raglan.train.reading import Weighing
from raglan.train.start import Start, encoder
from raglan.train.weighing import asks, attending, weighing
from raglan.types import Example, Query
from tests.models.samples import CARD
from tests.train.toy import READS, answered, passage, primed, tokenizer, tower

torch.set_num_threads(1)
LEARN, HELD = split(answered(), share=0.8)
COURSE = Course([LEARN], [replace(HELD, name="held")], batch=16, steps=150, rate=4e-3)


def begun(seed: int = 0) -> Start:
    return Start(Reader(primed(Trunk(READS, seed=seed)), seed=seed), tokenizer(), Reading(length=20, query_length=4))


@pytest.mark.parametrize("fusion", ["decoder", "bias", "token", "sequence", "concatenation"])
def test_a_reader_that_learned_is_kept(fusion: str) -> None:
    done = train_reader(COURSE, begun(), fusion=fusion)
    assert done.verdict.kept
    one = done.verdict.sets["held"]
    assert one.before["f1"] == pytest.approx(0.25, abs=0.1), "silence is right where there is no answer"
    assert one.after["f1"] > 0.8
    assert one.after["has em"] > 0.8
    assert one.by == "f1"


@pytest.mark.parametrize("fusion", ["attention", "soft"])
def test_by_vectors_it_learns_what_weighs(fusion: str) -> None:
    by = HashingEncoder(dim=32)
    done = train_reader(COURSE, begun(), fusion=fusion, encoder=by)
    assert done.verdict.kept
    assert done.attending is not None
    assert done.attending.encoder == by.identity
    assert not np.allclose(done.attending.matrix, 20 * np.eye(32)), "W_a has learned"
    with pytest.raises(ConfigError, match="weighs by vectors; name the encoder"):
        train_reader(COURSE, begun(), fusion=fusion)


def joined(place: Path) -> tuple[OnnxEncoder, Start]:
    """An encoder that knows words apart and nothing of codes, as it is run and as it is trained."""
    if not place.exists():
        save(tower(), tokenizer(), place, CARD, Reading(length=16, query_length=6, query="filler0 "))
    return OnnxEncoder(place), encoder(place, separate=True, dropout=0.0)


def among(data: Dataset) -> Dataset:
    """The same with two passages beside each question that do not hold its answer."""
    chance = random.Random(0)

    def beside(one: Example) -> tuple[str, ...]:
        others = [each.id for each in data.passages if one.answers[0] not in each.text.split()]
        return tuple(chance.sample(others, 2))

    examples = (replace(one, negatives=beside(one)) if one.answers else one for one in data.examples)
    return replace(data, examples=tuple(examples))


MANY = among(LEARN)


def trust(made: Weighing, by: Encoder) -> float:
    """The mean weight of the passage that holds the answer, among three."""
    weigh, lessons = attending(made, by), gathered([MANY])
    shares = [
        weigh(row.question, [lessons.sources[name] for name in (*row.right, *row.wrong)], asks(made, by)).weights[0]
        for row in lessons.rows[::4]
        if row.right
    ]
    return float(np.mean(shares))


def test_the_answer_alone_teaches_who_encodes_the_question(tmp_path: Path) -> None:
    """Of which passage is meant nothing tells but the likelihood of what is written."""
    by, joint = joined(tmp_path / "encoder")
    assert isinstance(joint.model, Towers)
    passages = {name: one.clone() for name, one in joint.model.passage.state_dict().items()}
    sources = gathered([MANY]).sources
    before = trust(weighing(by, sources, joint=joint), by)
    told: list[str] = []
    shares = Shares(ends=0.0, support=0.0, write=1.0)
    course = replace(COURSE, learn=[MANY], hard=2, steps=100)
    done = train_reader(course, begun(), fusion="attention", encoder=by, joint=joint, shares=shares, warn=told.append)
    assert done.joint is joint
    assert done.attending is not None
    after_it = weighing(by, sources, done.attending, joint=joint)
    after = trust(after_it, by)
    assert after > before + 0.15
    # W_a alone, with the questions' vectors from before, would not do.
    alone = weighing(by, sources, done.attending, joint=joined(tmp_path / "encoder")[1])
    assert trust(alone, by) < after - 0.1
    assert all(torch.equal(one, passages[name]) for name, one in joint.model.passage.state_dict().items())
    assert set(done.finds) == {"held"}
    assert 0 < done.finds["held"].means()["ndcg@10"] <= 1
    assert all("finds less than before" in one for one in told)


def test_a_tower_that_learns_goes_on_where_it_was(tmp_path: Path) -> None:
    def stop(now: Progress) -> None:
        if now.step == 4:
            raise KeyboardInterrupt

    short = replace(COURSE, steps=8)

    def ran(work: str, *, resume: bool = False, watch: Sequence[Watch] = ()) -> Start:
        by, joint = joined(tmp_path / "encoder")
        again = replace(short, work=tmp_path / work, resume=resume)
        train_reader(again, begun(), fusion="soft", encoder=by, joint=joint, watch=watch)
        return joint

    whole = ran("whole").model.state_dict()
    with pytest.raises(KeyboardInterrupt):
        ran("cut", watch=[stop])
    by, _ = joined(tmp_path / "encoder")
    with pytest.raises(ConfigError, match="joint"):
        train_reader(replace(short, work=tmp_path / "cut", resume=True), begun(), fusion="soft", encoder=by)
    resumed = ran("cut", resume=True).model.state_dict()
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())
    fresh = joined(tmp_path / "encoder")[1].model.state_dict()
    assert not all(torch.equal(value, fresh[name]) for name, value in whole.items())


def test_no_tower_learns_where_it_is_not_asked(tmp_path: Path) -> None:
    by, joint = joined(tmp_path / "encoder")
    with pytest.raises(ConfigError, match="fusion 'bias' asks no encoder"):
        train_reader(COURSE, begun(), encoder=by, joint=joint)
    with pytest.raises(ConfigError, match="no tower of its own for questions"):
        train_reader(COURSE, begun(), fusion="soft", encoder=by, joint=encoder(tmp_path / "encoder"))


def test_one_that_knew_more_before_is_rejected() -> None:
    start = begun()
    good = train_reader(COURSE, start)
    spoilt = train_reader(replace(COURSE, steps=20, rate=0.5), replace(start, taught=True))
    assert spoilt.verdict.sets["held"].before["f1"] == pytest.approx(good.verdict.sets["held"].after["f1"])
    assert not spoilt.verdict.kept


def test_stopped_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    def stop(now: Progress) -> None:
        if now.step == 8:
            raise KeyboardInterrupt

    short = replace(COURSE, steps=16, negatives="bm25", hard=2)
    whole = train_reader(replace(short, work=tmp_path / "whole"), begun()).model.state_dict()
    with pytest.raises(KeyboardInterrupt):
        train_reader(replace(short, work=tmp_path / "cut"), begun(), watch=[stop])
    with pytest.raises(ConfigError, match="fusion"):
        train_reader(replace(short, work=tmp_path / "cut", resume=True), begun(), fusion="decoder")
    resumed = train_reader(replace(short, work=tmp_path / "cut", resume=True), begun()).model.state_dict()
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())


def test_it_refuses_what_cannot_be() -> None:
    with pytest.raises(ConfigError, match="a reader has no vectors to mine negatives with"):
        train_reader(replace(COURSE, negatives="mined"), begun())
    nothing = Dataset("empty", (Example(Query("qa1"), (), ("d0",)),), LEARN.passages)
    with pytest.raises(DataError, match="no question with an answer and its passage is held out"):
        train_reader(replace(COURSE, held=[nothing]), begun())
    told: list[str] = []
    train_reader(replace(COURSE, held=[*COURSE.held, nothing], steps=1), begun(), warn=told.append)
    assert told == ["empty: nothing is judged by it, as no question of it that is held out has an answer and a passage"]
    with pytest.raises(ConfigError, match="this is no reader"):
        train_reader(COURSE, Start(Trunk(READS), tokenizer(), Reading()))  # type: ignore[arg-type]


def test_what_is_beside_a_lesson_does_not_answer_it() -> None:
    lessons = gathered([LEARN])
    found = beside(lessons, [LEARN], 3)
    assert len(found) == len(lessons.rows)
    for row, names in zip(lessons.rows, found, strict=True):
        assert len(names) <= 3
        assert not set(names) & {*row.right, *row.wrong}
        assert not any(answer in lessons.sources[name].text.split() for name in names for answer in row.answers)


def test_questions_are_judged_with_their_own_passages_first() -> None:
    passages = [passage("a", "pa1 pa2"), passage("b", "pa1 pa3"), passage("c", "pa4")]
    rows = (
        Example(Query("pa1"), ("pa1",), ("b",)),
        Example(Query("pa4"), (), (), ("c",)),
        Example(Query("pa2"), ("pa2",), ("gone",)),
        Example(Query("where"), (), ("a",)),
        Example(Query("long"), ("pa1 pa2",), ("a",)),
    )
    data = Dataset("set", rows, passages, long=frozenset([4]))
    alone = judging(data, 1)
    assert [(one.query.text, [each.id for each in many]) for one, many in alone] == [("pa1", ["b"]), ("pa4", ["c"])]
    among = judging(data, 2)
    assert [[each.id for each in many] for _, many in among] == [["b", "a"], ["c"]]
    worth = silent(alone)
    assert worth.values["f1"].tolist() == [0, 1]
    assert worth.means()["has f1"] == 0
