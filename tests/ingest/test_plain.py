"""Plain text: what is a heading, an item, a paragraph, and what only looks like it."""

import pytest

from raglan.errors import ReadError
from raglan.ingest.plain import paragraphs, read_text, trimmed
from raglan.types import Span


def blocks(text):
    [document] = read_text(text.encode(), "notes.txt")
    assert document.text == text
    return [(block.kind, block.level, block.span.of(text)) for block in document.layout]


def title(text):
    [document] = read_text(text.encode(), "notes.txt")
    return document.meta.get("title")


def test_paragraphs_are_parted_by_blank_lines():
    assert blocks("One line,\nand another.\n \t\nA second one.\n") == [
        ("text", 0, "One line,\nand another."),
        ("text", 0, "A second one."),
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_every_kind_of_newline_parts_lines(newline):
    text = "Pump care\n=========\n\n- Rinse it.\n- Oil it.\n\nThat is all.\n"
    expected = [(kind, level, part.replace("\n", newline)) for kind, level, part in blocks(text)]
    assert blocks(text.replace("\n", newline)) == expected
    assert [kind for kind, _, _ in expected] == ["heading", "item", "item", "text"]


def test_underlined_titles_are_headings_and_the_rules_are_not_text():
    assert blocks("Pump\n====\nIt moves water.\n\n----\n\nCare\n----\n\n=====\nOil\n=====\nSome.") == [
        ("heading", 1, "Pump"),
        ("text", 0, "It moves water."),
        ("heading", 2, "Care"),
        ("heading", 1, "Oil"),
        ("text", 0, "Some."),
    ]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("第一编 总则", 1),
        ("第三章 维护", 2),
        ("第12节　清洗", 3),
        ("1.2 Cleaning the filter", 3),
        ("2.3.1 清洗滤网", 4),
        ("1.2清洗滤网", 3),
        ("Part II", 1),
        ("Chapter 3: The end", 2),
        ("Section 4.1", 3),
        ("CLEANING AND CARE", 2),
    ],
)
def test_a_line_alone_that_can_only_be_a_heading(line, level):
    text = f"Some text to begin with.\n\n{line}\n\nSome text to end with."
    assert blocks(text)[1] == ("heading", level, line)


@pytest.mark.parametrize(
    "line",
    [
        "1.2 million litres were moved",
        "3.5 Percent is too much.",
        "It moves water",
        "第三章讲述了水泵的维护方法，内容很多。",
        "1. Open the lid.",
        "WARNING: DO NOT OPEN.",
        "2024",
        "OK",
    ],
)
def test_other_lines_alone_are_text(line):
    assert all(
        kind != "heading" for kind, _, _ in blocks(f"Some text to begin with.\n\n{line}\n\nSome text to end with.")
    )


def test_counted_headings_have_text_between_them():
    assert [kind for kind, _, _ in blocks("Hello there.\n\n1. Care\n\nOil it.\n\n2. Use\n\nTurn it on.")] == [
        "text", "heading", "text", "heading", "text"
    ]  # fmt: skip
    assert [kind for kind, _, _ in blocks("说明如下。\n\n一、概述\n\n水泵。\n\n二、维护\n\n清洗。")] == [
        "text", "heading", "text", "heading", "text"
    ]  # fmt: skip


def test_counted_steps_follow_one_another():
    assert [kind for kind, _, _ in blocks("Do this.\n\n1. Open the lid\n\n2. Add water\n\n3. Close the lid")] == [
        "text", "item", "item", "item"
    ]  # fmt: skip


def test_chapters_need_no_blank_lines():
    assert blocks("第一章 总则\n第一条 水泵应每周清洗。\n第二章 维护\n第二条 每月上油。") == [
        ("heading", 2, "第一章 总则"),
        ("text", 0, "第一条 水泵应每周清洗。"),
        ("heading", 2, "第二章 维护"),
        ("text", 0, "第二条 每月上油。"),
    ]


def test_items_take_the_lines_below_them():
    assert blocks("You need:\n- a cloth\n  of cotton\n- soap\n（1）first\n（2）second") == [
        ("text", 0, "You need:"),
        ("item", 0, "- a cloth\n  of cotton"),
        ("item", 0, "- soap"),
        ("item", 0, "（1）first"),
        ("item", 0, "（2）second"),
    ]


def test_a_wrapped_sentence_is_no_item():
    assert len(blocks("The model was sold in large numbers until\n12. May of the same year, and then\nno more.")) == 1


def test_the_title_is_the_heading_that_begins_the_text():
    assert title("Pump care\n=========\n\nOil it.") == "Pump care"
    assert title("Notes on the care of pumps\n\nOil it.") == "Notes on the care of pumps"
    assert title("苏州基地会议纪要\n\n时间：三月十二日") == "苏州基地会议纪要"


@pytest.mark.parametrize(
    "text", ["Oil it.\n\nCare\n====\n", "Dear Ms Marsh,\n\nOil it.", "12.03.2026\n\nOil it.", "Oil it"]
)
def test_no_title_is_better_than_a_wrong_one(text):
    assert title(text) is None


def test_layout_is_in_order_and_trimmed():
    text = "  Care  \n ==== \n\n  Oil it. \n\n\x0c\n- a \n - b\t\n"
    [document] = read_text(text.encode(), "x")
    ends = 0
    for block in document.layout:
        assert block.span.start >= ends
        assert block.span.of(text) == block.span.of(text).strip() != ""
        ends = block.span.end


@pytest.mark.parametrize("data", [b"", b" \n\n ", b"\x00\x01\x02\x03" * 50])
def test_no_text_is_an_error(data):
    with pytest.raises(ReadError):
        read_text(data, "x")


@pytest.mark.parametrize(
    "text", ["word " * 40_000, "\n" * 200_000 + "x", "1.1 A\n\n" * 20_000, "a\n===\n" * 20_000, "第一章\n" * 20_000]
)
def test_long_and_odd_texts_are_read_in_time(text):
    assert read_text(text.encode(), "x")[0].layout


def test_helpers():
    assert list(paragraphs("a\nb\n\n c ")) == [[Span(0, 1), Span(2, 3)], [Span(6, 7)]]
    assert trimmed("  ab  ", 0, 6) == Span(2, 4)
    assert trimmed("   ", 0, 3) == Span(3, 3)
