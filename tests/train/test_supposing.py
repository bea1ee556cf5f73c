"""Passages for questions that name none: the first found that holds an answer, and what looks right before it."""

from raglan.datasets.dataset import Dataset
from raglan.train.lessons import gathered
from raglan.train.supposing import supposed
from raglan.types import Example, Query
from tests.train.toy import passage

PASSAGES = (
    passage("near", "The kettle pump warranty: the pump warranty has no end."),
    passage("right", "The pump warranty lasts 24 months."),
    passage("far", "After 24 months of rain the river rose."),
    passage("own", "Valves are blue."),
)


def test_the_first_found_that_holds_an_answer() -> None:
    asked = Example(Query("How long is the pump warranty?"), ("24 months",))
    found = supposed(Dataset("set", (asked,), PASSAGES))
    [one] = found.examples
    assert one.positives == ("right",)
    assert "near" in one.negatives
    assert "far" not in one.negatives, "it holds the answer, whatever it says"
    assert {each.id for each in found.passages} == {"right", *one.negatives}
    [row] = gathered([found]).rows
    assert row.right == ("set/right",)


def test_what_is_known_stays_and_what_is_not_found_goes() -> None:
    known = Example(Query("What colour are valves?"), ("blue",), ("own",))
    nowhere = Example(Query("How long is the pump warranty?"), ("36 years",))
    silent = Example(Query("Who made the pump?"), (), (), ("near",))
    found = supposed(Dataset("set", (known, nowhere, silent), PASSAGES))
    assert found.examples == (known, silent)
    assert {each.id for each in found.passages} == {"own", "near"}


def test_no_deeper_than_asked() -> None:
    asked = Example(Query("river pump warranty kettle end"), ("24 months",))
    assert supposed(Dataset("set", (asked,), PASSAGES), depth=1).examples == ()
