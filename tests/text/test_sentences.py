"""Where sentences end, in two languages."""

import random

import pytest

from raglan.text.sentences import sentences

CASES = {
    "plain": "One ends. Two ends! Does three? Yes.|One ends.|Two ends!|Does three?|Yes.",
    "abbreviations": "Dr. Li met Mr. J. Smith of Acme Inc. in Jan. 1998. It rained.|Dr. Li met Mr. J. Smith of Acme Inc. in "
    "Jan. 1998.|It rained.",
    "eg": "Use acid, e.g. vinegar. Rinse.|Use acid, e.g. vinegar.|Rinse.",
    "numbers": "It is 3.5 bar at v2.1 now. Next.|It is 3.5 bar at v2.1 now.|Next.",
    "quotes": 'He said "Stop." Then he left.|He said "Stop."|Then he left.',
    "footnote": "It is known.[12] So it is.|It is known.[12]|So it is.",
    "lower case goes on": "Read manual.pdf v. two of it. Then go.|Read manual.pdf v. two of it.|Then go.",
    "ellipsis": "Wait... what? Yes.|Wait... what?|Yes.",
    "chinese": "保修期是多久？两年。电池除外！|保修期是多久？|两年。|电池除外！",
    "chinese quotes": "他说：“停。”然后走了。|他说：“停。”|然后走了。",
    "chinese with ascii marks": "真的吗?是的!好。|真的吗?|是的!|好。",
    "both": "Press start. 按下开始键。Then wait.|Press start.|按下开始键。|Then wait.",
    "blank line": "A heading\n\nText of it. More.|A heading|Text of it.|More.",
    "list": "Parts:\n- a lid\n- a tap|Parts:|- a lid|- a tap",
    "numbered list": "1. Open the lid.\n2. Close it.|1. Open the lid.|2. Close it.",
    "broken line": "One sentence\non two lines. Next.|One sentence\non two lines.|Next.",
    "url": "See https://example.com/a.b?c=dd. Then go.|See https://example.com/a.b?c=dd.|Then go.",
    "nothing": "",
    "white": "  \n\n\t",
}


@pytest.mark.parametrize("name", CASES)
def test_sentences(name: str) -> None:
    text, *expected = CASES[name].split("|")
    assert [span.of(text) for span in sentences(text)] == expected


def test_nothing_but_white_space_is_left_out() -> None:
    chance = random.Random(1)
    pieces = [
        "word",
        "保修",
        ".",
        "。",
        "!",
        "?",
        " ",
        "\n",
        "\n\n",
        "- ",
        "1.",
        '"',
        "“",
        "”",
        "[3]",
        "…",
        "e.g.",
        "\t",
        "\x00",
        "🙂",
    ]
    for _ in range(500):
        text = "".join(chance.choices(pieces, k=chance.randint(0, 40)))
        at = 0
        for span in sentences(text):
            assert not text[at : span.start].strip()
            assert span.of(text) == span.of(text).strip() != ""
            at = span.end
        assert not text[at:].strip()
