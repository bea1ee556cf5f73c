"""A reader that starts from nothing, and is told which words of a passage stand in the question: it saves and answers so."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError
from raglan.generate.reader import ReaderGenerator
from raglan.models.blocks import MATCHED, Cutter, Source
from raglan.models.folder import Reading, read
from raglan.models.reader import ReaderGraph
from raglan.nn.reader import Reader
from raglan.nn.shape import Shape
from raglan.nn.sharing import save
from raglan.train import start
from raglan.train.answering import answers
from raglan.train.course import Course
from raglan.train.course_reader import train_reader
from raglan.train.plan import Progress
from raglan.train.reading import sources
from raglan.types import Evidence, Example, Query
from tests.models.samples import CARD
from tests.train.toy import FILLER, READS, SIDE, passage, tokenizer

torch.set_num_threads(1)
SHAPE = replace(READS, types=3)
READING = Reading(length=20, query_length=4, matches=True)


def found(seed: int) -> Dataset:
    """Passages of six codes; a question is one of them, and asks where it stands."""
    chance = random.Random(seed)
    passages, examples = [], []
    for at in range(96):
        codes = chance.sample([f"{who}{code}" for who in ("qa", "pb") for code in range(SIDE)], 6)
        passages.append(passage(f"d{at}", " ".join(codes)))
        asked = chance.choice(codes)
        examples.append(Example(Query(f"{FILLER[0]} {asked}"), (asked,), (f"d{at}",)))
    return Dataset(f"found-{seed}", tuple(examples), tuple(passages))


COURSE = Course([found(0)], [found(1)], batch=16, steps=60, rate=4e-3)


def begun(reading: Reading = READING, seed: int = 0) -> start.Start:
    return start.fresh_reader(tokenizer(), SHAPE, reading, seed=seed)


def test_it_is_drawn_by_its_seed_and_taught_nothing() -> None:
    one, same, other = (begun(seed=seed).model.state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["trunk.words.weight"], other["trunk.words.weight"])
    assert not begun().taught
    assert isinstance(begun().model, Reader)
    assert begun().reading == READING


@pytest.mark.parametrize(
    ("shape", "reading", "said"),
    [
        (SHAPE, replace(READING, length=25), "of 48 positions a block has 24"),
        (replace(SHAPE, vocab=8), READING, "ids go up to"),
        (replace(SHAPE, types=2), READING, "types to 2; they do not fit"),
    ],
)
def test_what_does_not_fit_is_refused(shape: Shape, reading: Reading, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        start.fresh_reader(tokenizer(), shape, reading)


def test_what_is_told_is_learned_from() -> None:
    f1 = {}
    for matches in (True, False):
        done = train_reader(COURSE, begun(replace(READING, matches=matches)))
        f1[matches] = done.verdict.sets["found-1"].after["has f1"]
    assert f1[True] > 0.9
    assert f1[False] < 0.5, "to find out what is alike takes longer"


def test_a_run_goes_on_as_it_was_told(tmp_path: Path) -> None:
    def stop(now: Progress) -> None:
        raise KeyboardInterrupt

    course = replace(COURSE, steps=8, work=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train_reader(course, begun(), watch=[stop])
    with pytest.raises(ConfigError, match="matches = True, not False"):
        train_reader(replace(course, resume=True), begun(replace(READING, matches=False)))


def test_it_is_saved_and_answers_as_it_reads(tmp_path: Path) -> None:
    made = begun()
    train_reader(COURSE, made)
    assert isinstance(made.model, Reader)
    save(made.model, made.tokenizer, tmp_path / "m", CARD, READING)
    assert read(tmp_path / "m").reading == READING
    again = start.reader(tmp_path / "m")
    assert again.reading == READING
    assert again.taught
    held = found(2)
    texts = {one.id: one for one in held.passages}
    cutter = Cutter.of(tokenizer(), READING)
    asked = [(one.query.text, [Source.of(texts[one.positives[0]])]) for one in held.examples]
    wanted = [one.text for one in answers(made.model, cutter, asked)]
    assert sum(said == one.answers[0] for said, one in zip(wanted, held.examples, strict=True)) > 80
    generator = ReaderGenerator(tmp_path / "m")
    given = [generator.write(one.query, [Evidence(texts[one.positives[0]], 1.0)]).text for one in held.examples]
    assert sum(said == want for said, want in zip(given, wanted, strict=True)) > 90, "weights are packed there"
    graph = ReaderGraph((tmp_path / "m" / "model.onnx").read_bytes(), "here")
    [told], [plain] = cutter(*asked[0]), Cutter.of(tokenizer(), replace(READING, matches=False))(*asked[0])
    assert told.types.count(MATCHED) == 1
    with torch.no_grad():
        ends = made.model.eval().to_ends(made.model.read(sources([[told]])).states).numpy()
    np.testing.assert_allclose(graph.read([told]).ends, ends, atol=0.3)
    assert not np.allclose(graph.read([plain]).ends, ends, atol=0.3)
