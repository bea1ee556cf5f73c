"""The reader as a judge: it says of a claim what torch says; an answer is as good as its weakest sentence."""

from pathlib import Path

import pytest
import torch

from raglan.generate.checking import ReaderCritic, claim
from raglan.generate.opened import opened
from raglan.models.blocks import Cutter, Source
from raglan.nn.reader import Reader
from raglan.nn.sharing import load
from raglan.train.reading import sources
from raglan.types import Answer, Citation, Passage, Query, Span
from tests.models.samples import READING, reader, saved, tokenizer
from tests.samples import WRITTEN

ONE, TWO = "The warranty lasts 24 months.", "The pump is blue."
QUESTION = Query("How long is the warranty?")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(reader(3), tmp_path_factory.mktemp("readers") / "tiny")


@pytest.fixture(scope="module")
def critic(place: Path) -> ReaderCritic:
    return ReaderCritic(place)


def answer(text: str, *cited: tuple[str, Passage]) -> Answer:
    made = [
        Citation(Span(text.index(part), text.index(part) + len(part)), one, Span(0, len(one.text)))
        for part, one in cited
    ]
    return Answer(text, tuple(made), confidence=1.0)


def test_a_claim_is_judged_as_torch_judges_it(place: Path, critic: ReaderCritic) -> None:
    cut = Cutter(tokenizer(), length=READING.length, query_length=READING.query_length)
    model = load(place)
    assert isinstance(model, Reader)
    with torch.no_grad():
        read = model.read(sources([cut(claim(QUESTION.text, ONE), [Source.of(WRITTEN[0])])]))
        expected = float(model.support(read).max().sigmoid())
    verdict = critic.judge(QUESTION, answer(ONE, (ONE, WRITTEN[0])))
    assert verdict.score == pytest.approx(expected, abs=0.02), "weights of the base install are packed"
    assert verdict.supports == (verdict.score,)


def test_the_best_passage_counts_and_the_weakest_sentence(critic: ReaderCritic) -> None:
    each = [critic.judge(QUESTION, answer(said, (said, one))).score for said in (ONE, TWO) for one in WRITTEN[:2]]
    both = f"{ONE} {TWO}"
    verdict = critic.judge(QUESTION, answer(both, *((said, one) for said in (ONE, TWO) for one in WRITTEN[:2])))
    assert verdict.supports == pytest.approx(each, abs=1e-4)
    assert verdict.score == pytest.approx(min(max(each[:2]), max(each[2:])), abs=1e-4)
    assert verdict.supported == (verdict.score >= critic.threshold)


def test_what_cites_nothing_is_carried_by_nothing(critic: ReaderCritic) -> None:
    verdict = critic.judge(QUESTION, answer(f"{ONE} {TWO}", (ONE, WRITTEN[0])))
    assert (verdict.supported, verdict.score) == (False, 0.0)
    assert f'"{TWO}"' in verdict.reason
    assert critic.judge(QUESTION, Answer("")).supported


def test_the_threshold_decides(place: Path) -> None:
    given = answer(ONE, (ONE, WRITTEN[0]))
    score = ReaderCritic(place).judge(QUESTION, given).score
    assert ReaderCritic(place, threshold=score - 0.01).judge(QUESTION, given).supported
    assert not ReaderCritic(place, threshold=score + 0.01).judge(QUESTION, given).supported


def test_one_reader_is_loaded_once(place: Path, critic: ReaderCritic) -> None:
    assert opened(place) is opened(str(place))
    assert opened(place).graph is opened(place).graph
    assert opened(place, threads=1) is not opened(place)
