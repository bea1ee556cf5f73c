import pytest

from raglan.generate.citing import Citer, cite, draft
from raglan.types import Draft

from .conftest import CHINESE, POWER, WARRANTY

SOURCES = [WARRANTY, POWER, CHINESE]


def shown(draft: Draft) -> list[tuple[str, str]]:
    return [(c.span.of(draft.text), c.passage.document) for c in draft.citations]


@pytest.mark.parametrize(
    "reply",
    [
        "The warranty lasts 24 months [1]. The lamp draws 12 watts [2].",
        "The warranty lasts 24 months.[1] The lamp draws 12 watts.[2]",
        "The warranty lasts 24 months. [1] The lamp draws 12 watts. [2]",
        "The warranty lasts 24 months【1】. The lamp draws 12 watts【2†source】.",
        "The warranty lasts 24 months [Source 1]. The lamp draws 12 watts [source: 2].",
        "The warranty lasts 24 months [1, 9]. The lamp draws 12 watts [0][2][77].",
        "The warranty lasts 24 months [3]. The lamp draws 12 watts [1-3].",
        "The warranty lasts 24 months. The lamp draws 12 watts.",
        "<think>It says 24 [2].\n\nYes.</think>\n\nThe warranty lasts 24 months [1]. The lamp draws 12 watts [2].",
    ],
)
def test_marks_go_and_citations_stay(reply: str) -> None:
    found = cite(reply, SOURCES)
    assert found.text == "The warranty lasts 24 months. The lamp draws 12 watts."
    assert shown(found) == [
        ("The warranty lasts 24 months.", "warranty.txt"),
        ("The lamp draws 12 watts.", "power.txt"),
    ]
    assert found.citations[1].quote.of(POWER.text) == "The lamp draws 12 watts."
    assert all(0.3 <= citation.support <= 1 for citation in found.citations)


def test_a_mark_within_a_sentence() -> None:
    found = cite("The warranty lasts 24 months [1], and the lamp draws 12 watts [2].", SOURCES)
    assert found.text == "The warranty lasts 24 months, and the lamp draws 12 watts."
    assert [c.passage for c in found.citations] == [WARRANTY, POWER]


def test_chinese() -> None:
    found = cite("保修期为两年【3】。运费由买方承担。[3]", SOURCES)
    assert found.text == "保修期为两年。运费由买方承担。"
    assert shown(found) == [("保修期为两年。", "手册.txt"), ("运费由买方承担。", "手册.txt")]


def test_an_unsupported_sentence_is_dropped_and_spans_stay_right() -> None:
    found = cite("Lovely question! The lamp glows in every colour [1][2].\n\nThe lamp draws 12 watts [2].", SOURCES)
    assert found.text == "The lamp draws 12 watts."
    assert shown(found) == [(found.text, "power.txt")]


def test_a_list_keeps_its_lines() -> None:
    found = cite("- The warranty lasts 24 months [1]\n- The lamp draws 12 watts [2]", SOURCES)
    assert found.text == "- The warranty lasts 24 months\n- The lamp draws 12 watts"


def test_a_wrong_source_is_replaced_by_the_right_one() -> None:
    assert shown(cite("Its bulb can be replaced without tools [1].", SOURCES)) == [
        ("Its bulb can be replaced without tools.", "power.txt")
    ]


def test_a_wrong_number_is_not_believed() -> None:
    assert cite("The warranty runs 36 months after buying [1].", SOURCES).text == ""


def test_the_threshold_is_an_argument() -> None:
    reply = "Its warranty, we are proud to say, lasts for generations [1]."
    assert cite(reply, SOURCES, threshold=0.9).text == ""
    assert cite(reply, SOURCES, threshold=0.1).text != ""


@pytest.mark.parametrize(
    "reply",
    [
        "NOT FOUND",
        "not found.",
        "**NOT FOUND**",
        "NOT_FOUND [1]",
        '"Not found"',
        "NOT FOUND. The warranty lasts 24 months [1].",
        "未找到。",
        "没有找到相关信息",
        "资料中找不到答案。",
        "",
        "[1]",
        "<think>The warranty lasts 24 months [1]. Or",
    ],
)
def test_nothing_found(reply: str) -> None:
    assert cite(reply, SOURCES) == Draft("")


def test_half_a_sentence_is_left_out() -> None:
    reply = "The warranty lasts 24 months [1]. The lamp draws"
    assert cite(reply, SOURCES, cut=True).text == "The warranty lasts 24 months."
    assert cite("The warranty lasts 24 months. [1]", SOURCES, cut=True).text == "The warranty lasts 24 months."


REPLIES = [
    "The warranty lasts 24 months. [1][2] The lamp draws 12 watts. [2]\n\nKeep the receipt.[1] Lovely! Really.",
    'It says "keep the receipt." [1] The lamp, e.g. its bulb, draws 12 watts [2].',
    "保修期为两年。[3]运费由买方承担【3】。感谢您购买本产品。",
    "<think>Hm. [1] Two.</think>The lamp draws 12 watts [2]. The warranty lasts 24 months [1]",
    "- The warranty lasts 24 months [1]\n- The lamp draws 12 watts [2]\n\nKeep the receipt [1].",
    "NOT FOUND. The warranty lasts 24 months [1].",
    "The lamp draws 12 watts [2].  [9] [12 watts] are drawn by the lamp",
]


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("reply", REPLIES)
def test_piece_by_piece_is_the_same_as_at_once(reply: str, size: int) -> None:
    citer = Citer(SOURCES)
    pieces = [reply[i : i + size] for i in range(0, len(reply), size)]
    found = [statement for piece in pieces for statement in citer.feed(piece)]
    assert draft([*found, *citer.end()]) == cite(reply, SOURCES)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", [" ", "\n", "[", "[1]", "[1,", ". [1] ", "[source ", "」", "<think>"])
def test_nonsense_takes_no_square_of_time(text: str) -> None:
    assert cite(f"{text * 20_000}x", SOURCES[:1]).text == ""


def test_a_sentence_is_given_as_soon_as_the_next_begins() -> None:
    citer = Citer(SOURCES)
    assert citer.feed("The lamp draws 12 watts. [") == []
    assert citer.feed("2] ") == []
    [statement] = citer.feed("And")
    assert statement.text == "The lamp draws 12 watts."
