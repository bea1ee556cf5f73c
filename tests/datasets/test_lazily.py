"""Large files are read as far as they are asked for, and no row is kept: 21 million passages need no more than a few."""

import io
import json
import tracemalloc
from itertools import count, islice
from pathlib import Path

import pytest

from raglan.datasets import array as arrays
from raglan.datasets import files
from raglan.datasets.array import array
from raglan.datasets.dpr import read_psgs
from raglan.datasets.forms import load
from raglan.datasets.ids import Ids

from . import samples
from .samples import written


class Endless(io.RawIOBase):
    """A table of passages that has no end, and counts the lines that were read."""

    def __init__(self):
        super().__init__()
        self.read_lines = 0
        self._rows = (f"{number}\t{'boils water ' * 100}\tKettle {number}\n".encode() for number in count(1))

    def readline(self, size=-1):
        self.read_lines += 1
        return b"id\ttext\ttitle\n" if self.read_lines == 1 else next(self._rows)


@pytest.fixture
def endless(monkeypatch):
    file = Endless()
    monkeypatch.setattr(files, "opened", lambda path: file)
    return file


def test_no_line_is_read_before_it_is_needed(endless):
    passages = iter(read_psgs(Path("psgs_w100.tsv")).passages)
    assert endless.read_lines == 0
    for number in range(1, 200):
        assert next(passages).id == str(number)
        assert endless.read_lines == number + 1


def test_no_passage_is_kept(endless):
    passages = iter(read_psgs(Path("psgs_w100.tsv")).passages)
    next(passages)
    tracemalloc.start()
    try:
        for _ in islice(passages, 3_000):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200_000, "3 000 passages of 1 200 characters went by"


def test_an_array_is_read_as_far_as_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "_CHUNK", 100)
    rows = [{"question": "x" * 30, "number": number} for number in range(1_000)]
    path = written(tmp_path, {"x.json": json.dumps(rows)})
    assert [row.value for row in array(path)] == rows
    asked: list[int] = []

    def some(read, size, path):
        asked.append(size)
        return read(size)

    monkeypatch.setattr(arrays, "some", some)
    assert [row.way for row in islice(array(path), 10)] == [f"[{number}]" for number in range(10)]
    assert sum(asked) < 2_000


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64])
def test_an_array_is_the_same_however_it_is_cut(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(arrays, "_CHUNK", chunk)
    value = [{}, [], 12345, -1.5e3, "é盖子\ud83d\ude42", None, {"a": {"b": ["]", ",", '"']}}]
    for text in (json.dumps(value), f" {json.dumps(value, indent=1)} \n", "[]", " [ ] "):
        path = written(tmp_path, {"x.json": text})
        assert [row.value for row in array(path)] == json.loads(text)


def test_the_passages_of_a_large_set_are_read_from_the_disk_each_time(tmp_path):
    dataset = load(written(tmp_path, samples.FORMS["folder"]))
    path = tmp_path / "corpus.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("weekly", "daily"), encoding="utf-8")
    assert "daily" in next(iter(dataset.passages)).text


def test_ids_are_told_apart_however_they_are_written():
    names = ["0", "7", "07", "-7", "+7", "7.0", "٧", "", "12345678", "123456789", "a", " 7"]
    ids = Ids()
    assert all(ids.add(name) for name in names)
    assert not any(ids.add(name) for name in names)
    assert all(name in ids for name in names)
    assert not any(name in ids for name in ("8", "1", "12345677", "b"))
