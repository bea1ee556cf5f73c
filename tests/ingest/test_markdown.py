"""Markdown: the raw text stays, the layout points into it, and readings are free of marks."""

import pytest

from raglan.errors import ReadError
from raglan.ingest.markdown import read_markdown
from raglan.store.groups import groups_of


def read(text):
    [document] = read_markdown(text.encode(), "page.md")
    assert document.text == text
    ends = 0
    for block in document.layout:
        assert block.span.start >= ends
        assert block.span.of(text) == block.span.of(text).strip() != ""
        ends = block.span.end
    return document


def blocks(text):
    return [(block.kind, block.span.of(text), block.reading) for block in read(text).layout]


def test_headings_have_levels_and_read_without_marks():
    document = read("# The *pump*\n\nCare\n----\n\n### See [the book][b] ###\n\n[b]: http://a.example\n")
    assert [(b.level, b.span.of(document.text), b.reading) for b in document.layout] == [
        (1, "# The *pump*", "The pump"),
        (2, "Care", ""),
        (3, "### See [the book][b] ###", "See the book"),
    ]
    assert document.meta == {"title": "The pump"}


def test_paragraphs_read_differently_only_where_they_have_marks():
    assert blocks("Plain text,\nwrapped.\n\nRinse **it** with [soap](s.md), `-v` &amp; ~~oil~~.") == [
        ("text", "Plain text,\nwrapped.", ""),
        ("text", "Rinse **it** with [soap](s.md), `-v` &amp; ~~oil~~.", "Rinse it with soap, -v & oil."),
    ]


def test_a_wrapped_chinese_paragraph_reads_in_one_piece():
    assert blocks("水泵应\n每周清洗。") == [("text", "水泵应\n每周清洗。", "水泵应每周清洗。")]


def test_items_keep_their_numbers():
    assert blocks("- a\n- [x] b **c**\n\n  more\n  1. - deep\n2. second *x*\n") == [
        ("item", "- a", ""),
        ("item", "- [x] b **c**", "b c"),
        ("text", "more", ""),
        ("item", "1. - deep", ""),
        ("item", "2. second *x*", "2. second x"),
    ]


def test_quotes_read_without_their_marks():
    assert blocks("> one\n> two\n") == [("text", "> one\n> two", "one two")]


def test_code_is_what_stands_between_the_fences():
    assert blocks("```py\nx = 1\n  y\n```\n\n    indented\n\n~~~\nopen") == [
        ("code", "x = 1\n  y", ""),
        ("code", "indented", ""),
        ("code", "open", ""),
    ]


def test_rows_read_with_the_names_of_their_columns():
    assert blocks("| Model | `Price` |\n|---|--:|\n| [A1](a) | 10 |\n| B2 | |\n") == [
        ("row", "| [A1](a) | 10 |", "Model: A1; Price: 10"),
        ("row", "| B2 | |", "Model: B2"),
    ]


def test_a_table_without_rows_is_found_by_its_header():
    assert blocks("| Model | Price |\n|---|---|\n\nNone.") == [("row", "| Model | Price |", ""), ("text", "None.", "")]


def test_html_reads_without_tags_and_comments_are_left_out():
    assert blocks('<div class="x">Oil <b>it</b> &amp; rest</div>\n\n<!-- secret -->\n\n![](a.png)\n\nEnd.') == [
        ("text", '<div class="x">Oil <b>it</b> &amp; rest</div>', "Oil it & rest"),
        ("text", "End.", ""),
    ]


def test_front_matter_is_metadata_and_no_text():
    text = '---\ntitle: "Pump: care"\nYear: 2024 # as sold\nlang: en\ntags: [a, b]\nmore:\n  deep: 1\n---\n# Care\n\nOil it.'
    document = read(text)
    assert document.meta == {"title": "Pump: care", "year": "2024", "language": "en"}
    assert [b.span.of(text) for b in document.layout] == ["# Care", "Oil it."]


@pytest.mark.parametrize("text", ["---\n\nNo front matter, a rule.\n\n---\nText", "---\ntitle: never closed\n\nText"])
def test_a_rule_is_no_front_matter(text):
    assert "title" not in read(text).meta or read(text).meta["title"] != "never closed"
    assert "Text" in blocks(text)[-1][1]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_spans_hold_with_every_kind_of_newline(newline):
    text = "---\ntitle: T\n---\n# Pump\n\n- a\n- b\n\n```\nx\ny\n```\n\n|a|b|\n|-|-|\n|1|2|\n"
    expected = [(kind, part.replace("\n", newline), reading) for kind, part, reading in blocks(text)]
    assert blocks(text.replace("\n", newline)) == expected


def test_the_title_is_the_first_heading_of_the_first_level():
    assert read("## Badges\n\n# Pump\n").meta["title"] == "Pump"
    assert read("## Badges\n\n### Pump\n").meta["title"] == "Badges"
    assert "title" not in read("No heading.").meta


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_001,
        "![" * 5000,
        "[a](" * 4000,
        "*a " * 10_000,
        ">" * 5000 + "a",
        "- " * 2000 + "a",
        "`" * 20_000,
        "<!--" * 20_000 + "a",
        "|a" * 200 + "\n" + "|-" * 200 + "\n|b",
        "|a|b|\n|-|-|\n" + "|x|y|\n" * 3000,
        "# " * 5000,
        "---\n" * 5000 + "a",
        "**_`[x](<",
        "| a |\n|--",
        "```",
        "&#0; &#xD800; \\",
    ],
)
def test_malformed_and_endless_marks_are_read_in_time(text):
    read(text)


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\x00\xff\x00\x01" * 30])
def test_no_text_is_an_error(data):
    with pytest.raises(ReadError):
        read_markdown(data, "x.md")


@pytest.mark.parametrize(
    "said",
    [
        "access: hr, legal",
        "Access: [hr, 'legal']",
        "access:\n  - hr\n  - legal",
        'access:\n- legal\n- "hr"\nauthor: x',
        'access: "hr,legal"',
    ],
)
def test_who_may_see_it_is_never_overlooked(said):
    [document] = read_markdown(f"---\ntitle: x\n{said}\n---\ntext".encode(), "a.md")
    assert groups_of(document.meta) == ("hr", "legal")


def test_nobody_named_is_everybody():
    for said in ("access:", "access: ''", "author: x"):
        [document] = read_markdown(f"---\n{said}\n---\ntext".encode(), "a.md")
        assert groups_of(document.meta) == ()
