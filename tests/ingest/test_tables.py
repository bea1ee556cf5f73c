"""CSV and JSON: each row by itself, with the names of its columns, whatever the file looks like."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from raglan.errors import ReadError
from raglan.ingest.tables import read_csv, read_jsonl
from raglan.store.groups import groups_of
from raglan.types import Document


def rows(text):
    [document] = read_csv(text.encode(), "parts.csv")
    assert document.text == text
    return [(block.span.of(text), block.reading) for block in document.layout]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_newline(delimiter, newline):
    text = newline.join(delimiter.join(cells) for cells in (["Part", "Price"], ["Lid", "4"], ["Tap", "7"])) + newline
    assert rows(text) == [
        (f"Lid{delimiter}4", "Part: Lid; Price: 4"),
        (f"Tap{delimiter}7", "Part: Tap; Price: 7"),
    ]


def test_the_delimiter_is_the_one_that_fits():
    assert rows("name|city\nSmith, John|London, UK\nDoe, J|Paris")[0][1] == "name: Smith, John; city: London, UK"
    assert rows("x;y\n1,5;2,5\n3,5;4,5")[0][1] == "x: 1,5; y: 2,5"
    assert rows("sep=;\na;b\n1;2,3") == [("1;2,3", "a: 1; b: 2,3")]


def test_records_keep_the_lines_within_quotes():
    text = 'Part,Note\r\nLid,"red, ""bright""\r\nand round"\r\n\r\n,,\r\nTap\r\nNut,"a",extra\r\n'
    assert rows(text) == [
        ('Lid,"red, ""bright""\r\nand round"', 'Part: Lid; Note: red, "bright" and round'),
        ("Tap", "Part: Tap"),
        ('Nut,"a",extra', "Part: Nut; Note: a; extra"),
    ]


def test_a_quote_that_nothing_closes_stays_in_its_row():
    assert [reading for _, reading in rows('a,b\n"open,1\n2,5" pipe\n"x, y",3\n')] == [
        'a: "open; b: 1',
        'a: 2; b: 5" pipe',
        "a: x, y; b: 3",
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1,2\n3,4\n", 2),
        ("2020,2021.5\n1,2\n", 2),
        ("only,header", 1),
        ("one\ncolumn\nonly", 3),
        ("id,ok\n1,ok\n2,ok", 3),
    ],
)
def test_rows_without_a_header_are_all_rows(text, count):
    assert [reading for _, reading in rows(text)] == [""] * count


def test_chinese_columns():
    [document] = read_csv("姓名,年龄\n王伟,32\n李娜,28\n".encode("gb18030"), "x.csv")
    assert [block.reading for block in document.layout] == ["姓名: 王伟; 年龄: 32", "姓名: 李娜; 年龄: 28"]


def test_huge_fields_and_many_rows():
    assert len(rows("a,b\n1," + "x" * 500_000)[0][1]) > 500_000
    assert len(rows("a,b\n" + '1,"x, y"\n' * 20_000)) == 20_000
    assert rows('"' * 50_000)
    assert rows('"a,' * 20_000)


cell = some.text(some.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cc"]), max_size=12)
cells = some.lists(some.lists(cell, min_size=2, max_size=4), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cells)
def test_what_the_standard_library_writes_is_read_cell_by_cell(table):
    table = [["head", "other"], *[["v", *row] for row in table]]
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(table)
    found = [reading for _, reading in rows(file.getvalue())]
    for row, reading in zip(table[1:], found, strict=True):
        for value in row:
            assert " ".join(value.split()) in reading


@pytest.mark.parametrize("data", [b"", b"\n\n", b",,\n,,", b"\x00\x01" * 50])
def test_a_table_without_rows_is_an_error(data):
    with pytest.raises(ReadError):
        read_csv(data, "x.csv")


def documents(text):
    """What comes before the error, and the error if there is one."""
    found: list[Document] = []
    try:
        found.extend(read_jsonl(text.encode(), "rows.jsonl"))
    except ReadError as error:
        return found, error
    return found, None


@pytest.mark.parametrize("key", ["text", "contents", "content", "body", "passage"])
def test_a_line_is_a_document(key):
    row = {
        "id": 7,
        "title": "Lid",
        key: "It is red.\n\nIt is round.",
        "price": 4.5,
        "sold": True,
        "none": None,
        "tags": ["a"],
    }
    [document], error = documents(json.dumps(row) + "\r\n\n")
    assert (document.id, document.text, document.source) == ("rows.jsonl#7", "It is red.\n\nIt is round.", "rows.jsonl")
    assert document.meta == {"title": "Lid", "price": 4.5, "sold": True}
    assert not error


def test_ids_are_the_rows_own_or_their_lines_and_never_the_same():
    found, _ = documents('{"text": "a"}\n\n{"text": "b", "_id": "x"}\n{"text": "c", "id": "x"}')
    assert [document.id for document in found] == ["rows.jsonl#1", "rows.jsonl#x", "rows.jsonl#x@4"]


def test_a_row_without_a_text_reads_as_its_fields():
    [document], _ = documents(
        '{"question": "Who?", "answer": {"short": "Ada", "more": [{"page": 3}, 4]}, "tags": ["a", "b"]}'
    )
    assert document.text == "question: Who?\nanswer.short: Ada\nanswer.more.page: 3\nanswer.more: 4\ntags: a, b"


def test_bad_rows_do_not_stop_the_good_ones():
    found, error = documents('{"text": "a"}\n{"text": broken\n[1, 2]\n{}\n{"text": "b"}\n')
    assert [document.text for document in found] == ["a", "b"]
    assert "3 of 5 rows" in error.reason
    assert "line 2 (Expecting value at character 9), line 3 (no object), line 4 (holds no text)" in error.reason


def test_a_truncated_last_row_is_reported():
    found, error = documents('{"text": "a"}\n{"text": "b')
    assert len(found) == 1
    assert "line 2" in error.reason


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('[{"text": "a"}, {"text": "b"}]', ["1", "2"]),
        ('{"version": 1, "data": [{"text": "a"}, {"text": "b"}]}', ["1", "2"]),
        ('{\n "x": {"text": "a"},\n "y": {"text": "b"}\n}', ["x", "y"]),
        ('["a", "b"]', ["1", "2"]),
        ('{\n "name": "a",\n "colour": "b"\n}', ["1"]),
        ('"a"\n"b"', ["1", "2"]),
    ],
)
def test_one_json_value_holds_rows_too(text, ids):
    found, error = documents(text)
    assert [document.id for document in found] == [f"rows.jsonl#{name}" for name in ids]
    assert not error


def test_a_list_of_texts_is_paragraphs():
    assert documents('{"text": ["one", "two"]}')[0][0].text == "one\n\ntwo"


def test_characters_that_no_store_can_hold_are_replaced():
    [document], _ = documents('{"text": "a\\ud800\\u0000b", "title": "\\udfff", "id": "\\ud800"}')
    assert (document.text, document.meta["title"], document.id) == ("a\ufffd\ufffdb", "\ufffd", "rows.jsonl#\ufffd")


def test_metadata_is_short_and_finite():
    [document], _ = documents(json.dumps({"text": "a", "long": "x" * 2000, "nan": float("nan"), "page": 3}))
    assert document.meta == {"page": 3}


@pytest.mark.parametrize(
    "text", ["[]", "{}", "5", "nonsense", "[" * 50_000, '{"a":' * 50_000, "[" + "1" * 5000 + "]", '{"text": " "}']
)
def test_a_file_without_rows_is_an_error(text):
    found, error = documents(text)
    assert not found
    assert error.source == "rows.jsonl"


@pytest.mark.parametrize(
    ("access", "groups"),
    [
        ('"hr"', ("hr",)),
        ('["hr", "legal"]', ("hr", "legal")),
        ("null", ()),
        ("[]", ()),
        ("7", ("7",)),
        ('{"a": 1}', ('{"a": 1}',)),
    ],
)
def test_who_may_see_a_row_is_never_left_out(access, groups):
    [document] = read_jsonl(f'{{"text": "It is red.", "access": {access}}}'.encode(), "a.jsonl")
    assert groups_of(document.meta) == groups
