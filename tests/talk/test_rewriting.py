"""What is rewritten, by the shipped weights."""

import numpy as np
import pytest

from raglan.talk.depending import leaning
from raglan.talk.rewriting import Rewriter, Weights
from raglan.talk.slots import Option, ending, filled, options, slots
from raglan.talk.topics import switched
from raglan.talk.weighing import WIDTH, features
from raglan.types import Turn
from tests.talk.samples import turns

BRISA = turns("How long is the warranty of the Brisa 40?", "The warranty of the Brisa 40 is two years.")
LEAFLET = turns("Who must not take Dolorin?", "Children under twelve must not take Dolorin.")
ZAPPA = turns("Frank Zappa", "Disbandment", "What group disbanded?", "Zappa and the Mothers of Invention.")
OVEN = turns("烤箱的保修期是多久？", "烤箱的保修期是两年。")
LAW = turns("试用期最长多久？", "试用期不得超过六个月。《劳动合同法》有规定。")


@pytest.fixture(scope="module")
def rewriter():
    return Rewriter()


@pytest.mark.parametrize(
    ("history", "question", "whole"),
    [
        (BRISA, "How often should I descale it?", "How often should I descale Brisa 40?"),
        (BRISA, "what is its price", "What is Brisa 40's price?"),
        (LEAFLET, "How often can adults take it?", "How often can adults take Dolorin?"),
        (ZAPPA, "Where was he born?", "Where was Frank Zappa born?"),
        (ZAPPA, "Did he like his band?", None),
        (OVEN, "它的容量是多少？", "烤箱的容量是多少？"),
        (OVEN, "它多重？", "烤箱多重？"),
        (OVEN, "儿童可以用吗？", "烤箱，儿童可以用吗？"),
        (OVEN, "洗衣机呢？", "洗衣机的保修期是多久？"),
        (LAW, "该法什么时候生效？", "《劳动合同法》什么时候生效？"),
    ],
)
def test_a_follow_up_stands_alone(rewriter, history, question, whole):
    made = rewriter(question, history)
    assert made.changed
    assert whole is None or made.text == whole
    assert made.added


@pytest.mark.parametrize(
    ("history", "question"),
    [
        (BRISA, "How long does delivery to Leeds take?"),
        (LEAFLET, "What are the side effects of Dolorin?"),
        (OVEN, "洗衣机的保修期是多久？"),
        (LAW, "试用期内怎么解除劳动合同？"),
        ((), "Where was he born?"),
        ((), "它呢？"),
    ],
)
def test_a_question_that_stands_alone_is_left(rewriter, history, question):
    made = rewriter(question, history)
    assert (made.text, made.changed, made.added) == (question, False, ())


def test_what_is_put_in_was_said_before(rewriter):
    for history in (BRISA, LEAFLET, ZAPPA, OVEN, LAW):
        said = " ".join(turn.text.lower() for turn in history)
        for question in ("Why did they do it?", "What else?", "Is its price high?", "它重吗？", "这个多少钱？"):
            for thing in rewriter(question, history).added:
                assert thing.lower().removeprefix("the ") in said


@pytest.mark.parametrize(
    "odd", ["?", "…", "它", "it", "IT?", "that that that", "\u200b?", "😀 it", "a" * 5000, "它" * 500]
)
def test_odd_questions_do_no_harm(rewriter, odd):
    for history in (BRISA, OVEN, (Turn("assistant", ""),), (Turn("user", "?"),)):
        assert rewriter(odd, history).text


def test_it_does_the_same_again(rewriter):
    assert rewriter("Is it heavy?", BRISA) == rewriter("Is it heavy?", BRISA)


@pytest.mark.parametrize(
    ("history", "same", "other"),
    [
        (BRISA, "Does the warranty of the Brisa 40 cover scale?", "Which bus goes to the airport on Sundays?"),
        (OVEN, "烤箱的保修期可以延长吗？", "员工每年有几天病假？"),
    ],
)
def test_another_topic_is_told(rewriter, history, same, other):
    weights = Weights.shipped()
    for question, switches in ((same, False), (other, True), ("Why is it so?", False), ("它多重？", False)):
        about = switched(question, rewriter(question, history).leans, history, weights.switching)
        assert (about >= 0.5) == switches, question
    assert switched(other, 0.0, (), weights.switching) == 0.0


def test_features_have_the_width_that_the_weights_expect():
    weights = Weights.shipped()
    assert weights.choosing.shape == (WIDTH,)
    assert len(weights.leaning) == len(leaning("Is it?", BRISA)) + 1
    question = "Is it heavy?"
    for slot in (*slots(question), ending(question)):
        rows = features(question, slot, [Option()], BRISA)
        assert rows.shape == (1, WIDTH)
        assert np.isfinite(rows).all()
        assert filled(question, slot, options(slot, [], question)[0]) == question


@pytest.mark.parametrize("said", ["", " ", "\u3000", "\n"])
def test_nothing_stays_nothing(said):
    history = (Turn("user", "How long is the warranty?"), Turn("assistant", "24 months"))
    assert Rewriter()(said, history).text == said
    assert Rewriter()("And it?", (Turn("user", said), Turn("assistant", said))).text


def test_a_long_run_of_follow_ups_costs_a_step_each(monkeypatch):
    called = []
    whole = Rewriter.__call__

    def counted(self, question, history):
        called.append(question)
        return whole(self, question, history)

    monkeypatch.setattr(Rewriter, "__call__", counted)
    history = [Turn("user", "How long is the warranty of the FX-100?"), Turn("assistant", "24 months")]
    for number in range(18):
        history += [Turn("user", f"What about the FX-{200 + number}?"), Turn("assistant", f"{number} months")]
    assert Rewriter()("And the FX-900?", tuple(history)).text == "How long is the warranty of the FX-900?"
    assert len(called) == 20
