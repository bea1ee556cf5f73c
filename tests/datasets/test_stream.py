"""Rows of passages from any place of a file on; what is wrong with one costs no other."""

import gzip
import zlib

import pytest

from raglan.datasets import stream as streams
from raglan.datasets.dpr import psgs_passages
from raglan.datasets.files import some
from raglan.datasets.forms import load
from raglan.datasets.recognise import of_passages
from raglan.datasets.stream import BEGIN, Place, Stream, head_of, sum_of
from raglan.errors import DataError
from raglan.types import Passage

from . import samples
from .samples import written

HEADER = "id\ttext\ttitle\n"
QUOTED = '7\t"A ""lid"",\nof two lines."\tLid\n'
TABLE = f"\ufeff{HEADER}1\tA kettle.\tKettle\n\n{QUOTED}8\tÜber 盖子.\tLid\n9\tA tap.\t\n"


def passage(one):
    """That of a row with nothing wrong."""
    assert isinstance(one.row, Passage), one
    return one.row


def lines(path, form, place=BEGIN):
    return [
        (one.line, one.row if isinstance(one.row, str) else one.row.text) for one in Stream(path, form).after(place)
    ]


@pytest.fixture(params=["plain", "zipped"])
def keep(request, tmp_path):
    """Writes a file, zipped or not."""

    def keep(name, data):
        data = data.encode() if isinstance(data, str) else data
        path = tmp_path / (name if request.param == "plain" else f"{name}.gz")
        path.write_bytes(data if request.param == "plain" else gzip.compress(data))
        return path

    return keep


@pytest.mark.parametrize(
    ("name", "form", "text"),
    [
        ("psgs_w100.tsv", "psgs", TABLE),
        ("psgs_w100.tsv", "psgs", TABLE.replace("\n", "\r\n").rstrip()),
        ("psgs_w100.tsv", "psgs", samples.PSGS),
        ("corpus.jsonl", "corpus", samples.CORPUS),
        ("corpus.jsonl", "corpus", f"\ufeff{samples.BEIR_CORPUS.rstrip()}"),
    ],
)
def test_reading_goes_on_from_wherever_it_was(keep, name, form, text):
    path = keep(name, text)
    rows = list(Stream(path, form).after(BEGIN))
    assert len(rows) > 1
    for number, one in enumerate(rows):
        assert list(Stream(path, form).after(one.after)) == rows[number + 1 :]
        assert one.after.sum == zlib.crc32(text.encode()[: one.after.at]) == sum_of(path, one.after.at)
    assert of_passages(path) == form


def test_rows_are_those_that_a_dataset_has(keep):
    path = keep("psgs_w100.tsv", TABLE)
    assert [one.row for one in Stream(path, "psgs").after()] == list(psgs_passages(path))
    path = keep("corpus.jsonl", samples.CORPUS)
    rows = [one.row for one in Stream(path, "corpus").after()]
    assert [row for row in rows if row != "has no text"] == list(load(path).passages)


BAD = {
    "3 cells": ("2\tA pump.\n", "has 2 cells where the header has 3"),
    "an empty id": (" \tA pump.\tPump\n", "'id' must not be empty"),
    "an empty text": ("2\t \tPump\n", "'text' must not be empty"),
    "no UTF-8": (b"2\tA p\xfcmp.\tPump\n", "is not UTF-8 (byte 0xfc at 5)"),
    "something behind a quote": ('2\t"A pump" x\tPump\n', "is no record of a table"),
    "a quote that is never closed": ('2\t"A pump\tPump\n', "is no record of a table"),
    "a quote in front": ('"2\tA pump\tPump\n', "is no record of a table"),
    "a long cell": (f"2\t{'x' * 150_000}\tPump\n", "field larger than field limit"),
    "a long line": (f"2\t{'x' * 5_000_000}\tPump\n", "is longer than 4,194,304 bytes"),
    "a line end within": ("2\tA\rpump\tPump\n", "is no record of a table"),
}


@pytest.mark.parametrize(("bad", "told"), BAD.values(), ids=BAD)
def test_a_malformed_row_costs_no_other(keep, bad, told):
    bad = bad.encode() if isinstance(bad, str) else bad
    path = keep("psgs_w100.tsv", HEADER.encode() + b"1\tA kettle.\tKettle\n" + bad + QUOTED.encode() + b"9\tA tap.\t\n")
    before, problem, *after = lines(path, "psgs")
    assert before == (2, "A kettle.")
    assert problem[0] == 3
    assert told in problem[1]
    assert after == [(4, 'A "lid",\nof two lines.'), (6, "A tap.")]


def test_many_quotes_that_are_never_closed(tmp_path):
    rows = [f'{number}\t"A pump{" of water" * (number % 3)}\tPump\n' for number in range(300)]
    path = written(tmp_path, {"psgs_w100.tsv": HEADER + "".join(rows) + "good\tA tap.\tTap\n"})
    *bad, good = lines(path, "psgs")
    assert good == (302, "A tap.")
    assert [line for line, _ in bad] == list(range(2, 302))


def test_a_file_that_is_one_quote(tmp_path):
    path = written(tmp_path, {"psgs_w100.tsv": HEADER + '1\t"' + "A pump.\n" * 500})
    told = lines(path, "psgs")
    assert len(told) == 500
    assert all(isinstance(one, str) for _, one in told)


def test_other_columns_are_metadata(tmp_path):
    path = written(
        tmp_path, {"t.tsv": "lang\tid\ttext\ttitle\tyear\nen\t1\tA kettle.\tKettle\t1999\n\t2\tA lid.\t\t\n"}
    )
    assert [dict(passage(one).meta) for one in Stream(path, "psgs").after()] == [
        {"lang": "en", "year": "1999", "title": "Kettle"},
        {},
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"id": "b", "text": ', "is not JSON"),
        ('{"id": "b", "text": ""}', "has no text"),
        ('{"text": "A lid."}', "'id' must be an id, is missing"),
        ('{"id": "b", "text": "A lid.", "start": 1000000000000}', "'start' is 1000000000000"),
        ('["b"]', "must be an object"),
        (b'{"id": "b", "text": "\xff"}', "is not UTF-8"),
    ],
)
def test_malformed_lines_of_json(keep, row, told):
    row = row.encode() if isinstance(row, str) else row
    good = b'{"id": "%s", "text": "A tap.", "document": "d", "start": 7}\n'
    path = keep("corpus.jsonl", good % b"a" + row + b"\n" + good % b"c")
    first, problem, last = Stream(path, "corpus").after()
    assert (passage(first).id, passage(last).id) == ("a", "c")
    assert (passage(last).document, passage(last).span.start) == ("d", 7)
    assert problem.line == 2
    assert told in str(problem.row)


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("psgs_w100.tsv", HEADER, "psgs"),
        ("mine.txt", "text\tid\n1\t2\n", "psgs"),
        ("mine.csv", "id,text,title\n1,2,3\n", None),
        ("questions.tsv", "id\tquestion\ttext\n", None),
        ("notes.txt", "id and text\n", None),
        ("rows.jsonl", '{"id": 1, "text": "A lid."}\n', None),
        ("corpus.jsonl", '{"id": 1, "text": "A lid."}\n', "corpus"),
        ("corpus.jsonl", '{"id": 1, "contents": "A lid."}\n', None),
        ("corpus.jsonl", '["id", "text"]\n', None),
        ("corpus.jsonl", "", None),
        ("empty.tsv", "", None),
    ],
)
def test_what_is_a_file_of_passages(keep, name, text, form):
    assert of_passages(keep(name, text)) == form


def test_what_cannot_be_read_is_none(tmp_path):
    (tmp_path / "x.tsv.gz").write_bytes(gzip.compress(HEADER.encode())[:12])
    assert of_passages(tmp_path / "x.tsv.gz") is None
    assert of_passages(tmp_path / "nowhere.tsv") is None


def test_a_damaged_file_gives_what_is_before_and_raises(tmp_path):
    rows = "".join(f"{number}\t{zlib.crc32(b'%d' % number)}\t\n" for number in range(20_000))
    whole = gzip.compress((HEADER + rows).encode())
    path = tmp_path / "psgs_w100.tsv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    found: list[str] = []
    with pytest.raises(DataError, match=r"psgs_w100.tsv.gz:\d+: is a damaged gzip file"):
        found.extend(passage(one).id for one in Stream(path, "psgs").after())
    assert found == [str(number) for number in range(len(found))]
    assert len(found) > 1_000
    with pytest.raises(DataError, match="cannot be read up to where it was left"):
        next(Stream(path, "psgs").after(Place(10**6)))


def test_how_far_reading_is(keep):
    path = keep("psgs_w100.tsv", HEADER + "".join(f"{number}\tA lid.\tLid\n" for number in range(1_000)))
    rows = Stream(path, "psgs")
    assert rows.done == 0
    told = [rows.done for _ in rows.after()]
    assert sorted(told) == told
    assert 0 < told[0] <= told[-1] <= path.stat().st_size


def test_marks_of_a_file(keep):
    path = keep("psgs_w100.tsv", TABLE)
    size = len(TABLE.encode())
    assert sum_of(path, 0) == 0
    assert sum_of(path, size) == zlib.crc32(TABLE.encode())
    assert sum_of(path, size + 1) == -1
    before = head_of(path)
    path.write_bytes(path.read_bytes() + b"\n")
    assert head_of(path) != before


def test_a_line_without_end_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "_LONGEST", 1_000)
    path = written(tmp_path, {"psgs_w100.tsv": f"{HEADER}1\t{'x' * 10_000}\tX\n2\tA lid.\tLid\n3\t{'y' * 10_000}"})
    asked: list[int] = []

    def noted(read, size, *place):
        asked.append(size)
        return some(read, size, *place)

    monkeypatch.setattr(streams, "some", noted)
    assert lines(path, "psgs") == [
        (2, "is longer than 1,000 bytes"),
        (3, "A lid."),
        (4, "is longer than 1,000 bytes"),
    ]
    assert set(asked) == {1_000}
