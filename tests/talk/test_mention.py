"""What a question names, and asks."""

import pytest

from raglan.talk.mention import bare, folded, mention, replaced, telling


@pytest.mark.parametrize(
    ("text", "title", "named"),
    [
        ("What causes glaucoma?", "early-onset glaucoma", "glaucoma"),
        ("Is diffuse gastric cancer inherited?", "hereditary diffuse gastric cancer", "diffuse gastric cancer"),
        ("青光眼的原因", "开角型青光眼", "青光眼"),
        ("What is the time?", "The Kettle", None),
        ("保修", "说明", None),
    ],
)
def test_what_is_named(text, title, named):
    found = mention(text, title)
    assert (found and found.of(text)) == named


def test_a_title_takes_the_place_of_what_names_it():
    assert replaced("青光眼的原因", "开角型青光眼") == "开角型青光眼的原因"
    assert replaced("多久除垢一次？", "电水壶") == "多久除垢一次？（电水壶）"
    assert replaced("Is Gout inherited?", "gout") == "Is Gout inherited?"


@pytest.mark.parametrize(
    "text", ["Tell me about gout", "gout", "Do you have information about gout?", "I need help with gout."]
)
def test_only_named(text):
    assert bare(text, "Gout")


@pytest.mark.parametrize(
    "text", ["What is gout?", "Is gout inherited?", "gout symptoms", "Who has gout?", "痛风是什么？", ""]
)
def test_something_is_asked(text):
    assert not bare(text, "Gout")
    assert not bare(text, "痛风")


def test_words_of_asking_say_nothing():
    assert telling("Can you please tell me more about it?") == []
    assert telling("请介绍一下") == []
    assert folded("A (b)") == folded("a")
