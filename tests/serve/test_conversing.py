"""A question after others: completed, left alone, or about something else; and nothing that clients send does harm."""

import random
import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")

from raglan.serve.conversing import Conversing
from raglan.types import Query, Turn

BEFORE = (Turn("user", "How long is the warranty?"), Turn("assistant", "24 months"))
PIECES = [
    *"abcXYZ  ?.!,'’\n\t0123它他呢？。的是这那　\u200bé",
    "\ud800",
    *(" it ", " they ", " what about ", "呢？", " why ", " the ", "Paris", " 24 months "),
]


@pytest.fixture(scope="module")
def conversing():
    return Conversing()


def test_a_follow_up_is_completed_and_keeps_its_history(conversing):
    found = conversing(Query("Does it cover filters?", BEFORE))
    assert "warranty" in found.text
    assert found.history == BEFORE


def test_what_is_about_something_else_loses_its_history(conversing):
    found = conversing(Query("Which tower in Lund is the oldest one that still stands?", BEFORE))
    assert found.text == "Which tower in Lund is the oldest one that still stands?"
    assert not found.history


def test_without_a_history_nothing_is_touched(conversing):
    asked = Query("And it?", where={"file": "a.md"})
    assert conversing(asked) is asked


def test_whatever_is_said(conversing):
    chance = random.Random(0)

    def said(most):
        return "".join(chance.choice(PIECES) for _ in range(chance.randrange(most)))

    for _ in range(400):
        history = tuple(Turn(chance.choice(["user", "assistant"]), said(30)) for _ in range(chance.randrange(5)))
        conversing(Query(said(20), history))


LONG = [
    "\n",
    " ",
    "1 ",
    "a",
    "(",
    "(a",
    "A B ",
    "1a/",
    "“a",
    "《",
    "what about ",
    "?",
    ". ",
    "and ",
    "那",
    "的",
    "FX-200 ",
]


@pytest.mark.parametrize("piece", LONG)
def test_what_is_long_takes_no_long_time(conversing, piece):
    """A run of 1,600 blanks before a question took 48 seconds of a lock that all requests need; 3,000 numbers nine."""
    said = (piece * 4_000)[:4_000]
    long = (piece * 20_000)[:20_000]
    turns = (Turn("user", long), Turn("assistant", long))
    began = time.process_time()
    for question in (said, f"{said}x?", f"what about {said}? x", f"x {said}"):
        conversing(Query(question, (Turn("user", "How long is the warranty?"), Turn("assistant", "24 months"))))
    conversing(Query("and it?", turns))
    conversing(Query("And of the oven?", turns))
    assert time.process_time() - began < 5


def test_blanks_alone_make_no_other_question(conversing):
    said = (Turn("user", "How long is the warranty of the FX-200?"), Turn("assistant", "24 months"))
    query = Query("  Where   is the service desk of the FX-300?\n", said)
    assert conversing(Query(" ".join(query.text.split()), said)).text == query.text.strip().replace("   ", " ")
    assert conversing(query).text == query.text
