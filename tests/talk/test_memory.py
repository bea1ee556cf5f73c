from raglan.talk.memory import Pair, remembered, summary
from raglan.types import Turn

PAIRS = [
    Pair("How long is the warranty of the oven?", "The warranty of the oven is two years. Keep the receipt."),
    Pair("Is it raining?", "No."),
    Pair("What does the warranty cover?", "The warranty covers the motor and the door of the oven."),
    Pair("烤箱的保修期多久？", "烤箱的保修期是两年。请保留收据。"),
]


def test_within_the_window_everything_is_kept_word_by_word():
    assert remembered(PAIRS[:2], window=2) == tuple(
        turn for asked, said in PAIRS[:2] for turn in (Turn("user", asked), Turn("assistant", said))
    )


def test_what_falls_out_is_summed_up_at_the_head():
    head, *rest = remembered(PAIRS, window=1, lines=2)
    assert head.role == "assistant"
    assert "two years" in head.text
    assert "raining" not in head.text
    assert [turn.text for turn in rest] == list(PAIRS[-1])


def test_the_summary_keeps_the_order_and_the_first_sentences():
    told = summary([PAIRS[0], PAIRS[2], PAIRS[3]], lines=3)
    assert told.index("two years") < told.index("motor") < told.index("烤箱的保修期是两年。")
    assert "receipt" not in told
    assert "收据" not in told


def test_where_nothing_was_answered_there_is_nothing_to_tell():
    assert summary([Pair("Why?", "")]) == ""
    assert remembered([Pair("Why?", ""), PAIRS[0]], window=1)[0] == Turn("user", PAIRS[0].asked)


def test_long_answers_are_cut():
    [_, said] = remembered([Pair("q", "x" * 5000)], window=3)
    assert len(said.text) == 300
