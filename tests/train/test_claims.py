"""Claims from questions: what is carried stands in the passage, what is not says another thing of the same kind."""

import pytest

from raglan.datasets.dataset import Dataset
from raglan.train.claims import claim, claims
from raglan.train.lessons import gathered
from raglan.types import Example, Query
from tests.train.toy import passage

TEXT = "The pump was made in 1998. The valve was made in 2004. Ada Byron drew both in Turin."
CHINESE = "水泵于1998年制造。阀门于2004年制造。"
DATA = Dataset(
    "set",
    (
        Example(Query("When was the pump made?"), ("1998",), ("a",)),
        Example(Query("When was the valve made?"), ("2004",), ("a",)),
        Example(Query("Who drew both?"), ("Ada Byron",), ("a",)),
        Example(Query("水泵何时制造？"), ("1998年",), ("b",)),
        Example(Query("阀门何时制造？"), ("2004年",), ("b",)),
        Example(Query("Who sold it?"), (), (), ("a",)),
    ),
    (passage("a", TEXT), passage("b", CHINESE)),
)
FORMS = [claims(DATA, seed=seed) for seed in range(12)]


def test_right_and_wrong_come_in_pairs() -> None:
    found = FORMS[0]
    right, wrong = ([one for one in found.examples if bool(one.positives) == side] for side in (True, False))
    assert len(right) == len(wrong) == 5
    rows = gathered([found]).rows
    assert len(rows) == 10
    assert sum(bool(row.right) for row in rows) == 5


def test_forms_and_what_is_exchanged() -> None:
    said = {one.query.text: bool(one.positives) for found in FORMS for one in found.examples}
    assert said["When was the pump made? 1998"] is True
    assert said["When was the pump made? 2004"] is False
    assert said["When was the pump made? The pump was made in 1998."] is True
    assert said["The pump was made in 2004."] is False
    assert said["水泵于2004年制造。"] is False
    assert said["水泵何时制造？ 水泵于1998年制造。"] is True
    assert not any("Ada Byron" in text and "Who drew" in text and not right for text, right in said.items())


def test_nothing_wrong_is_true() -> None:
    for found in FORMS:
        for one in found.examples:
            if not one.positives:
                assert one.query.text not in TEXT
                assert one.query.text not in CHINESE


def test_the_same_seed_makes_the_same() -> None:
    assert claims(DATA, seed=3) == FORMS[3]
    assert any(one != FORMS[3] for one in FORMS)
    assert claims(DATA, share=0.0).examples == ()


@pytest.mark.parametrize("answer", ["nowhere", "x" * 100])
def test_an_answer_that_cannot_be_exchanged_makes_none(answer: str) -> None:
    long = Dataset("set", (Example(Query("Who?"), (answer,), ("a",)),), (passage("a", f"{'x' * 100} it is."),))
    assert claims(long).examples == ()


def test_a_statement_stands_alone_without_a_question() -> None:
    assert claim("", "It is so. ") == "It is so."
    assert claim("Who? ", "Ada") == "Who? Ada"
