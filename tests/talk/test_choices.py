import pytest

from raglan.talk.choices import chosen, narrowed
from raglan.types import Clarify, Query

OPTIONS = ("the steam wand", "the battery", "保修期")


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        ("2", 1), (" 1. ", 0), ("option 3", 2), ("b", 1), ("the second one", 1), ("第三个", 2), ("选二", 1), ("二", 1),
        ("battery please", 1), ("The steam wand", 0), ("保修期", 2),
        ("4", None), ("0", None), ("Thanks", None), ("Where is the battery?", None), ("", None),
    ],
)  # fmt: skip
def test_a_choice_is_understood(reply, place):
    assert chosen(reply, OPTIONS) == place


def test_a_choice_becomes_part_of_the_question_and_its_filter():
    asked = Query("How long is the warranty?", where={"kind": "pdf"})
    back = Clarify(
        "Which?", ("2021", "2025"), (Query("w 2021", where={"file": "a"}), Query("w 2025", where={"file": "b"}))
    )
    made = narrowed(asked, back, 1)
    assert (made.text, dict(made.where)) == ("w 2025", {"kind": "pdf", "file": "b"})


def test_a_choice_without_a_query_is_said_with_the_question():
    back = Clarify("Which?", ("the battery",))
    assert narrowed(Query("How long is the warranty?"), back, 0).text == "How long is the warranty? the battery"
    assert narrowed(Query("保修期多久？"), Clarify("哪个？", ("烤箱",)), 0).text == "保修期多久？，烤箱"
