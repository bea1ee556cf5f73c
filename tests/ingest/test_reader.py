"""One file into documents: limits, kinds, and what every document carries."""

import gzip
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from raglan.errors import ReadError
from raglan.ingest.docx import read_docx
from raglan.ingest.pdf import read_pdf
from raglan.ingest.reader import read, read_bytes
from raglan.protocols import Reader
from raglan.types import Document

from . import bad_readers, made


def lines(data: bytes, source: str) -> Iterable[Document]:
    """A document for each line."""
    for number, line in enumerate(data.decode(errors="replace").splitlines()):
        yield Document(f"{source}#{number}", line, meta={"title": "", "kind": "line"} if number else {"title": "Own"})


READERS: dict[str, Reader] = {"txt": bad_readers.well, "jsonl": lines, "pdf": read_pdf, "docx": read_docx}


def write(tmp_path: Path, data: bytes, name: str = "notes.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_what_every_document_carries(tmp_path: Path) -> None:
    [document] = read(write(tmp_path, made.txt()), "alder/notes.txt", READERS)
    assert (document.id, document.source) == ("alder/notes.txt", "alder/notes.txt")
    assert document.meta == {
        "source": "alder/notes.txt",
        "file": "notes.txt",
        "kind": "txt",
        "language": "en",
        "title": "notes",
    }


def test_what_a_document_says_of_itself_counts_first() -> None:
    first, second = read_bytes(b"one\ntwo\n\n", "rows.jsonl", READERS)
    assert (first.meta["title"], second.meta["title"]) == ("Own", "rows")
    assert (first.meta["kind"], second.meta["kind"]) == ("jsonl", "line")
    assert first.source == "rows.jsonl"


def test_language_is_told_by_the_script() -> None:
    [document] = read_bytes(made.CHINESE.encode(), "手册.txt", READERS)
    assert document.meta["language"] == "zh"


def test_a_wrong_name_is_noted() -> None:
    [document] = read_bytes(made.pdf(), "letter.docx", READERS)
    assert document.meta["kind"] == "pdf"
    assert document.meta["note"] == "its name says docx, its content is pdf"


def test_packed_files_go_by_their_own_name() -> None:
    [document] = read_bytes(gzip.compress(made.txt()), "notes.txt.gz", READERS)
    assert (document.id, document.meta["kind"]) == ("notes.txt.gz", "txt")


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "empty"),
        (b" \n\t\n ", "a.txt", "empty"),
        (b"\n\n", "a.jsonl", "empty"),
        (b"kettle " * 15 + b"\x01\x02\x03\x07", "a.txt", "garbled"),
        (b"# Alder", "a.md", "no reader for md"),
        (made.docx_()[:-99], "a.docx", "cut short"),
    ],
)
def test_refused(tmp_path: Path, data: bytes, name: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        list(read(write(tmp_path, data, name), f"x/{name}", READERS))
    assert caught.value.source == f"x/{name}"


def test_files_have_a_limit(tmp_path: Path) -> None:
    path = write(tmp_path, b"x" * 101)
    assert [*read(path, "a.txt", READERS, most=101)]
    with pytest.raises(ReadError, match="larger than") as caught:
        list(read(path, "a.txt", READERS, most=100))
    assert "limit" in caught.value.hint


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        list(read(tmp_path / "gone.txt", "gone.txt", READERS))
    with pytest.raises(ReadError, match="directory"):
        list(read(tmp_path, "folder", READERS))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, made.txt())
    path.chmod(0)
    with pytest.raises(ReadError, match="permission"):
        list(read(path, "a.txt", READERS))


@pytest.mark.parametrize("reader", [bad_readers.stumbles, bad_readers.nests, bad_readers.refuses])
def test_whatever_a_reader_does_a_read_error_comes_of_it(reader: Reader) -> None:
    with pytest.raises(ReadError) as caught:
        list(read_bytes(b"text", "a.txt", {"txt": reader}))
    assert caught.value.source == "a.txt"
