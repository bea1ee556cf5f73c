import random

import pytest

from raglan.talk.parallel import _apart, _within, continued
from raglan.talk.things import Mention
from raglan.types import Span


@pytest.mark.parametrize(
    ("question", "before", "whole"),
    [
        (
            "What about the battery?",
            "How long is the warranty of the oven?",
            "How long is the warranty of the battery?",
        ),
        ("And for the battery?", "How long is the warranty?", "How long is the warranty for the battery?"),
        ("And in 2021?", "How many people visited in 2020?", "How many people visited in 2021?"),
        ("How about Berlin?", "Is the shop in Munich open?", "Is the shop in Berlin open?"),
        ("When?", "Did Anna Berg leave the band?", "When did Anna Berg leave the band?"),
        ("Where?", "When was Anna Berg born?", "Where was Anna Berg born?"),
        ("电池呢？", "烤箱的保修期是多久？", "电池的保修期是多久？"),
        ("那孕妇呢？", "布洛芬最多吃几次？", "孕妇，布洛芬最多吃几次？"),
        ("2021年呢？", "2020年有多少人来？", "2021年有多少人来？"),
        ("为什么？", "试用期不能延长吗？", "为什么试用期不能延长？"),
        ("什么时候？", "他为什么离开？", "他什么时候离开？"),
    ],
)
def test_the_last_question_is_asked_of_another_thing(question, before, whole):
    assert continued(question, before) == whole


@pytest.mark.parametrize(
    "question", ["What is the warranty about?", "And what is the price?", "保修期多久？", "", "Who wrote it?"]
)
def test_other_questions_are_none_of_these(question):
    assert continued(question, "How long is the warranty?") is None


def test_nothing_is_repeated_after_nothing():
    assert continued("What about the battery?", "") is None


@pytest.mark.parametrize("seed", range(40))
def test_what_holds_no_other_is_found_as_by_comparing_all(seed: int) -> None:
    chance = random.Random(seed)
    starts = [chance.randrange(12) for _ in range(chance.randrange(9))]
    held = [Mention(str(at), Span(start, start + chance.randrange(1, 6)), "phrase") for at, start in enumerate(starts)]
    every = [one for one in held if not any(_within(other, one) for other in held if other is not one)]
    assert {one.text for one in _apart(held)} == {one.text for one in every}
