"""The reader as a judge: a claim is carried by its words and by what the reader points at when it is asked again."""

from pathlib import Path

import pytest

from raglan.generate.checking import ReaderCritic, _Stands
from raglan.generate.looking import look, source_of
from raglan.generate.opened import opened
from raglan.types import Answer, Citation, Passage, Query, Span
from tests.models.samples import reader, saved
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


def test_asked_again_it_weighs_what_it_points_at(place: Path, critic: ReaderCritic) -> None:
    looked = look(opened(place), QUESTION.text, [source_of(WRITTEN[0])], writes=False)
    for vote in looked.votes[:10]:
        told = looked.says(vote)
        agreeing = [one.chance for one in looked.votes if _within(looked.says(one), told)]
        others = [one.chance for one in looked.votes if not _within(looked.says(one), told)]
        expected = sum(agreeing) / (sum(agreeing) + max(others, default=0.0))
        words = _Stands.of(QUESTION.text, WRITTEN[0]).carries(told)
        verdict = critic.judge(QUESTION, answer(told, (told, WRITTEN[0])))
        assert verdict.score == pytest.approx(words * expected, abs=1e-6)
        assert verdict.supports == (verdict.score,)


def _within(one: str, other: str) -> bool:
    a, b = (f" {' '.join(''.join(c if c.isalnum() else ' ' for c in text.lower()).split())} " for text in (one, other))
    return a in b or b in a


def test_without_a_question_words_decide(critic: ReaderCritic) -> None:
    bridge = Passage("b:0", "The bridge was built by Ida Lund in 1911. Karl Berg painted it.", "b", Span(0, 62))
    scores = [
        critic.judge(Query(""), answer(said, (said, bridge))).score
        for said in (
            "The bridge was built by Ida Lund in 1911.",
            "The bridge was built by Karl Berg in 1911.",
            "The bridge was built by Ida Lund in 1912.",
        )
    ]
    assert scores[0] == pytest.approx(1.0)
    assert max(scores[1:]) <= 0.7, "a name or a number of another sentence carries less"


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
