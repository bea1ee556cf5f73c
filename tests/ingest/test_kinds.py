"""What a file is, by its content and by its name."""

import gzip

import pytest

from raglan.errors import ReadError
from raglan.ingest.kinds import kind_of, opened

from . import made


@pytest.mark.parametrize("kind", list(made.WHOLE))
def test_content_decides_what_the_name_does_not(kind: str) -> None:
    data = made.WHOLE[kind]()
    assert kind_of(data, f"file.{kind}") == kind
    if kind in {"pdf", "docx", "pptx", "xlsx", "html"}:
        assert all(kind_of(data, f"file{end}") == kind for end in ("", ".txt", ".md", ".bin", ".PDF", ".docx"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "txt"),
        ("a.LOG", "txt"),
        ("a.rst", "txt"),
        ("a.py", "txt"),
        ("folder.md/a", "txt"),
        ("LICENSE", "txt"),
        ("a.unknown", "txt"),
        ("a.markdown", "md"),
        ("a.htm", "html"),
        ("a.tsv", "csv"),
        ("a.ndjson", "jsonl"),
        ("a.json", "jsonl"),
        ("a.pdf", "txt"),
    ],
)
def test_names_decide_between_texts(name: str, kind: str) -> None:
    assert kind_of(b"Rinse, then dry: twice.\n", name) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<!DOCTYPE html><p>x", "html"),
        (b"\xef\xbb\xbf\n<!-- saved -->\n<!-- twice --><html lang='en'>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", "html"),
        (b"<p align='center'>Alder</p>\n\n# Title", "md"),
        (b"Files begin with %PDF-1.7, says the standard.", "md"),
        (b"BMW and MZ are makes of motorcycles.", "md"),
    ],
)
def test_a_text_is_not_taken_for_what_it_mentions(head: bytes, kind: str) -> None:
    assert kind_of(head + b"\n" + made.md(), "a.md") == kind


def test_many_comments_take_no_time() -> None:
    assert kind_of(b"<!-- a -->" * 800 + b"x", "a.md") == "md"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "cp1252"])
def test_texts_in_any_encoding(encoding: str) -> None:
    text = made.CHINESE if encoding == "gb18030" else made.KETTLE
    assert kind_of(text.encode(encoding), "a.txt") == "txt"


@pytest.mark.parametrize(
    ("data", "name", "reason", "hint"),
    [
        (b"", "a.txt", "empty", "copy"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a.png", "image", "OCR"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "scan.pdf", "image", "OCR"),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(99), "a", "image", "OCR"),
        (b"BM" + bytes(range(256)), "a.txt", "image", "OCR"),
        (made.ole("EncryptedPackage"), "a.docx", "encrypted", "password"),
        (made.ole("WordDocument"), "a.doc", "old kind", ".docx"),
        (made.ole("WordDocument"), "a.docx", "old kind", ".docx"),
        (made.ole("PowerPoint Document"), "a.ppt", "old kind", ".pptx"),
        (made.ole("Something"), "a.msg", "unknown", "PDF"),
        (made.zipped({"a.txt": b"x"}), "a.zip", "archive", "unpack"),
        (made.zipped({"mimetype": b"application/epub+zip"}), "a.epub", "EPUB", "convert"),
        (made.zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), "a.odt", "OpenDocument", ".docx"),
        (made.docx_()[:-40], "a.docx", "cut short", "again"),
        (rb"{\rtf1\ansi hello}", "a.rtf", "rich text", ".docx"),
        (bytes(range(256)) * 40, "a.dat", "binary", "text"),
        (bytes(range(256)) * 40, "a.txt", "binary", "text"),
        (bytes(range(256)) * 40, "a.pdf", "not a pdf", "again"),
        (b"%P\0F-1.7\n1 0 obj <</Type /Catalog>> endobj\n" * 9, "a.pdf", "not a pdf", "again"),
        (b"SQLite format 3\0" + bytes(99), "a.db", "database", "CSV"),
        (bytes(257) + b"ustar" + bytes(300), "a.tar", "tar", "unpack"),
    ],
)
def test_refused(data: bytes, name: str, reason: str, hint: str) -> None:
    with pytest.raises(ReadError) as caught:
        kind_of(data, name)
    assert reason in caught.value.reason
    assert hint in caught.value.hint
    assert caught.value.source == name


def test_old_sheets_and_open_document_sheets_are_workbooks() -> None:
    assert kind_of(made.ole("Workbook"), "a.xls") == kind_of(made.ods(), "a.ods") == "xlsx"


def test_gzip_is_opened() -> None:
    data = gzip.compress(made.md())
    assert opened(data, "notes/a.md.gz") == (made.md(), "notes/a.md")
    assert opened(made.md(), "a.md") == (made.md(), "a.md")


def test_gzip_is_bounded_and_must_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress(made.md())
    with pytest.raises(ReadError, match="cut short"):
        opened(data[:-20], "a.md.gz")
    monkeypatch.setattr("raglan.ingest.kinds.gunzipped.__kwdefaults__", {"most": 100})
    with pytest.raises(ReadError, match="unpacks to more"):
        opened(data, "a.md.gz")


def test_zip_bombs_are_not_unpacked() -> None:
    with pytest.raises(ReadError, match="zip bomb"):
        kind_of(made.zipped({"word/document.xml": bytes(60 << 20)}), "a.docx")
