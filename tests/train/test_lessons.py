"""What a reader learns from: answers that stand where they should, questions without one, and what is left out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError, DataError
from raglan.train.lessons import Lesson, _whole, gathered, standing
from raglan.types import Example, Query, Span
from tests.train.toy import passage

PASSAGES = (
    passage("a", "The warranty lasts 24 months."),
    passage("b", "保修期为两年。"),
    passage("c", "Pumps wear out."),
)


def data(*examples: Example, name: str = "set") -> Dataset:
    return Dataset(name, examples, PASSAGES)


def test_an_answer_and_one_that_is_not_there() -> None:
    found = gathered(
        [
            data(
                Example(Query("How long?"), ("24 months",), ("a", "c"), ("b",)),
                Example(Query("保修多久？"), ("两年",), ("b",)),
                Example(Query("Who?"), (), (), ("a",)),
            )
        ]
    )
    assert found.rows == (
        Lesson("How long?", ("24 months",), ("set/a",), ("set/b",), "set"),
        Lesson("保修多久？", ("两年",), ("set/b",), (), "set"),
        Lesson("Who?", (), (), ("set/a",), "set"),
    )
    assert found.sources["set/a"].text == PASSAGES[0].text
    assert not found.left


def test_what_teaches_nothing_is_counted() -> None:
    found = gathered(
        [
            data(
                Example(Query("How long?"), ("24 months",), ("a",)),
                Example(Query("How long?"), ("36 months",), ("a",)),
                Example(Query("How long?"), ("24 months",), ("nowhere",)),
                Example(Query(" "), ("24 months",), ("a",)),
                Example(Query("Who?"), ()),
            )
        ]
    )
    assert len(found.rows) == 1
    assert found.left == {
        "questions whose answers stand in no passage of theirs": 2,
        "questions without words": 1,
        "questions without an answer or a passage": 1,
    }


def test_a_set_that_teaches_nothing_is_refused() -> None:
    with pytest.raises(DataError, match=r"no answer stands in a passage \(1 questions whose answers"):
        gathered([data(Example(Query("How long?"), ("36 months",), ("a",)))])
    with pytest.raises(ConfigError, match="two sets are called 'set'"):
        gathered([data(), data()])


@pytest.mark.parametrize(
    ("answers", "text", "spans"),
    [
        (["two"], "two twofold two-fold TWO", [(0, 3), (12, 15)]),
        (["TWO"], "two of them", [(0, 3)]),
        (["1"], "11 or 1.", [(6, 7)]),
        (["两年"], "为两年，两年半", [(1, 3), (4, 6)]),
        (["1996年"], "奖项在1996年更名", [(3, 8)]),
        (["Summer"], "的Summer分手", [(1, 7)]),
        (["96"], "在1996年", []),
        (["a", "b"], "b a", [(0, 1), (2, 3)]),
        (["$5", "C++"], "C++ costs $5", [(0, 3), (10, 12)]),
        (["", " "], "anything", []),
        (["x"], "", []),
        (["(a"], "f(a)", [(1, 3)]),
        (["naïve"], "naïve NAÏVE", [(0, 5)]),
    ],
)
def test_where_answers_stand(answers: list[str], text: str, spans: list[tuple[int, int]]) -> None:
    assert standing(answers, text) == [Span(*span) for span in spans]


@given(
    st.lists(st.text("ab A保修1.", min_size=1, max_size=4), min_size=1, max_size=3), st.text("ab A保修1. ", max_size=20)
)
def test_found_letter_by_letter_as_by_expressions(answers: list[str], text: str) -> None:
    asked = [answer.strip() for answer in answers if answer.strip()]
    wanted = {match.span() for answer in asked for match in re.finditer(_whole(answer).pattern, text)}
    if wanted:
        assert {(span.start, span.end) for span in standing(answers, text)} == wanted
