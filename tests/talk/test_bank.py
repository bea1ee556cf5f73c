"""A bank of questions, and how much a request calls for one."""

import numpy as np
import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.talk.bank import FEATURES, Bank
from raglan.talk.need import FEATURES as OF_NEED
from raglan.talk.need import features, need
from raglan.types import Passage, Query, Span

TEXTS = [
    "would you like to know about kettles",
    "are you interested in kettles for travel",
    "do you want to repair a kettle",
    "would you like to know about trains",
    "are you interested in steam trains",
    "您想了解电水壶吗",
]
QUESTIONS = [Passage(f"q{at}", text, f"q{at}", Span(0, len(text))) for at, text in enumerate(TEXTS)]


def test_questions_about_what_is_asked_come_first():
    bank = Bank(
        QUESTIONS,
        HashingEncoder(256),
        weights={"mean": [0.0] * 12, "scale": [1.0] * 12, "weights": [1.0, 1.0] + [0.0] * 10},
    )
    [english], [chinese] = (bank.search([Query(text)], 3) for text in ("Tell me about kettles", "介绍一下电水壶"))
    assert [hit.passage.id for hit in english]
    assert english[0].passage.id in ("q0", "q1")
    assert len(english) == 3
    assert chinese[0].passage.id == "q5"


def test_shipped_weights_rank():
    [found] = Bank(QUESTIONS, HashingEncoder(256)).search([Query("Tell me about trains")], 10)
    assert sorted(hit.passage.id for hit in found) == [one.id for one in QUESTIONS]
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_what_a_question_was_asked_for_counts_but_not_of_the_request_itself():
    bank = Bank(QUESTIONS, HashingEncoder(64), asked={"q3": ("trains", "railways"), "q0": ("kettles",)})
    [new] = bank.features(["locomotives"])
    assert new.shape == (6, len(FEATURES))
    assert np.isfinite(new).all()
    assert new[3, -2] == 1
    assert new[3, -3] == pytest.approx(np.log(2))
    assert new[1, -2] == 0
    [own] = bank.features(["kettles"], apart=True)
    assert own[0, -3:].tolist() == [0, 0, 0]
    assert own[3, -2] == 1


@pytest.mark.parametrize("text", ["Tell me about kettles", "What is a kettle?", "介绍电水壶", "1"])
def test_need_is_four_chances(text):
    near = [0.9 - at / 100 for at in range(40)]
    assert len(features(text, near)) == len(OF_NEED)
    chances = need(text, near)
    assert chances.shape == (4,)
    assert chances.sum() == pytest.approx(1)
    assert (chances > 0).all()


def test_need_wants_thirty():
    with pytest.raises(ValueError, match="3 cosines"):
        need("kettles", [0.5, 0.4, 0.3])
