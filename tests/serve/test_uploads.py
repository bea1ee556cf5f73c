"""Files that are sent: told by content, kept under names that stay where they are put, and never unpacked unseen."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglan.errors import ReadError
from raglan.serve.uploads import checked, safe_name, sorted_out

HOW = settings(max_examples=80, deadline=None, derandomize=True, database=None)
PIECES = [
    "..",
    ".",
    "/",
    "\\",
    "a",
    "年",
    "\x00",
    "\n",
    "CON",
    ":",
    "%2e",
    "~",
    "@",
    " ",
    ".md",
    "\u202e",
    "\ud800",
    "x" * 120,
]
HEADS = [b"", b"PK\x03\x04", b"%PDF-", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
NAMES = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


@HOW
@given(NAMES)
def test_a_name_stays_where_it_is_put(given_name):
    try:
        name = safe_name(given_name)
    except ReadError as error:
        error.source.encode()
        return
    place = Path("/uploads") / "@hr" / name
    assert place.resolve() == place
    assert place.parent == Path("/uploads/@hr")
    assert not name.startswith((".", "@", "~"))
    assert len(name.encode()) <= 200
    assert name.isprintable()
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *["", ".", "..", "../", "a/..", ".bashrc", "@hr", "a\x00.md", "a\n.md", "con", "NUL.txt", "lpt1.md", "a."],
        *["x" * 201, "a\u202egnp.md", "a\u200b.md", "a:b", "\ud800.md", "年" * 70],
    ],
)
def test_what_is_no_name(name):
    with pytest.raises(ReadError):
        safe_name(name)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", b"%PDF-1.4 x", "pdf"),
        ("a.pdf", b"Just a text.", "txt"),
        ("a.md", b"<!doctype html><p>x", "html"),
        ("a.bin", packed(("word/document.xml", b"<x/>")), "docx"),
        ("a.md.gz", gzip.compress(b"# A"), "md"),
    ],
)
def test_its_content_says_what_it_is(name, data, kind):
    file = io.BytesIO(data)
    assert checked(name, file) == kind
    assert file.tell() == 0


def nested(times: int, data: bytes) -> bytes:
    for _ in range(times):
        data = packed(("a.zip", data), ("b.zip", data))
    return data


BOMB = packed(("word/document.xml", b"\0" * (60 << 20)))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b"MZ\x90\x00\x03" + bytes(range(32)) * 20, "program"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + bytes(64), "image"),
        ("a.docx", packed(("a.exe", b"x")), "archive"),
        ("a.docx", BOMB, "bomb"),
        ("a.docx", nested(6, packed(("a.txt", bytes(10 << 20)))), "archive"),
        ("a.docx.gz", gzip.compress(BOMB), "bomb"),
        ("a.txt.gz.gz", gzip.compress(gzip.compress(b"words")), "binary"),
        ("a.xlsx", packed(("xl/a", b"x"))[:-10], "damaged"),
        ("a.txt.gz", gzip.compress(b"x" * (2 << 20)), "unpacks"),
        ("a.txt.gz", gzip.compress(b"x" * 9_999)[:-9], "damaged"),
        ("a.txt", b"x" * ((1 << 20) + 1), "larger"),
        ("a.zip", packed(*((str(n), b"") for n in range(3))), "archive"),
        ("a.docx", b"PK\x03\x04" + b"PK\x01\x02" * 100_001, "too many"),
    ],
)
def test_what_cannot_be_read_is_refused(name, data, reason):
    with pytest.raises(ReadError, match=reason):
        checked(name, io.BytesIO(data), most=1 << 20)


@pytest.mark.parametrize("name", ["a\u202edm.exe", "a\u2066b\x00", "\u200b" * 9, "x\u202e" * 400, "\ud800.md"])
def test_a_name_that_is_told_of_turns_no_text_around(name):
    [one] = sorted_out([(name, io.BytesIO(b"words"))]).refused
    assert one.name.isprintable()
    assert len(one.name) <= 200


def test_files_are_sorted_out():
    files = [
        ("a.md", io.BytesIO(b"# A")),
        ("x/a.md", io.BytesIO(b"# B")),
        ("../b.md", io.BytesIO(b"# B")),
        ("c.exe", io.BytesIO(b"\x7fELF" + bytes(99))),
        ("\x00", io.BytesIO(b"x")),
    ]
    found = sorted_out(files)
    assert [name for name, _ in found.taken] == ["a.md", "b.md"]
    assert [(one.name, bool(one.hint)) for one in found.refused] == [
        ("x/a.md", True),
        ("c.exe", False),
        ("\ufffd", True),
    ]


@HOW
@given(
    NAMES,
    st.binary(max_size=300),
    st.sampled_from(HEADS),
)
def test_anything_is_taken_or_refused(name, data, head):
    found = sorted_out([(name, io.BytesIO(head + data))], most=1 << 20)
    assert len(found.taken) + len(found.refused) == 1
    for one in found.refused:
        f"{one.name}{one.reason}{one.hint}".encode()
