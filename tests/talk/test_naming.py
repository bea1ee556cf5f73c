import pytest

from raglan.talk.naming import candidates
from raglan.talk.things import mentions
from tests.talk.samples import turns


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Where did Anna Berg buy the steam station?", {"Anna Berg", "the steam station"}),
        ("He joined the University of Leeds in 1951.", {"University of Leeds", "1951"}),
        ('She wrote "The Long Walk" there.', {'"The Long Walk"'}),
        ("Jayan (actor)", {"Jayan"}),
        ("布洛芬一天最多吃几次？", {"布洛芬"}),
        ("试用期内可以解除劳动合同吗？", {"试用期", "解除劳动合同"}),
        ("FX-200的保修期是两年。", {"FX-200", "保修期", "两年"}),
        ("《劳动合同法》规定了试用期。", {"《劳动合同法》"}),
    ],
)
def test_things_are_named(text, named):
    assert named <= {one.text for one in mentions(text)}


def test_mentions_point_into_the_text():
    text = "The band of Anna Berg broke up in 1969, 乐队的鼓手是李明。"
    for one in mentions(text):
        if one.kind not in ("phrase", "owned"):
            assert one.span.of(text) == one.text


@pytest.mark.parametrize("nothing", ["I don't know.", "不知道", "", "   ", "???"])
def test_nothing_is_named(nothing):
    assert mentions(nothing) == []


def test_a_part_of_a_name_counts_for_the_whole():
    found = candidates(turns("Who is Frank Zappa?", "Zappa was a composer.", "When did Zappa die?", "In 1993."))
    [zappa] = [one for one in found if one.kind == "name"]
    assert (zappa.text, zappa.turns) == ("Frank Zappa", (0, 1, 2))


def test_the_latest_come_first():
    found = candidates(turns("Tell me about the oven.", "It has a timer.", "And the kettle?", "It whistles."))
    names = [one.text for one in found]
    assert names.index("the kettle") < names.index("the oven")
