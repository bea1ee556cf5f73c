"""What a file is: by its content first, by its name where the content does not say."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from raglan.errors import ReadError
from raglan.ingest.containers import ENCRYPTED, OLE, gunzipped, ole_streams, unzipped
from raglan.ingest.noise import scrambled

__all__ = ["RISKY", "kind_of", "named_kind", "opened"]

# Readers that trust foreign code with damaged files; they work in a process of their own.
RISKY = frozenset({"docx", "html", "pdf", "pptx", "xlsx"})

_NAMES = {
    "txt": "txt text log rst adoc asciidoc org tex srt vtt ini cfg conf toml yaml yml xml properties env diff patch",
    "md": "md markdown mdown mkd mdx qmd",
    "html": "html htm xhtml shtml",
    "csv": "csv tsv tab",
    "jsonl": "jsonl ndjson json",
    "pdf": "pdf",
    "docx": "docx docm dotx dotm",
    "pptx": "pptx pptm ppsx ppsm potx",
    "xlsx": "xlsx xlsm xlsb xltx xls ods",
}
_SOURCE_CODE = """
    asm bash bat c cc clj cmake cpp cs css cxx dart erl ex exs f90 fs go gradle groovy h hpp hs java jl js jsx
    kt lisp lua m mjs ml nim php pl proto ps1 py pyi r rb rs scala scss sh sol sql swift tcl tf ts tsx v vb vim vue
    zig"""
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_BY_NAME |= dict.fromkeys(_SOURCE_CODE.split(), "txt")

_OCR = "make a PDF with a text layer from it (OCR)"
_UNPACK = "unpack it and give the folder"
_TO_PDF = "save it as PDF"
# What begins with these bytes is known, and cannot be read.
_FOREIGN = (
    (b"\x89PNG\r\n\x1a\n", "an image (PNG)", _OCR),
    (b"\xff\xd8\xff", "an image (JPEG)", _OCR),
    (b"GIF87a", "an image (GIF)", _OCR),
    (b"GIF89a", "an image (GIF)", _OCR),
    (b"II*\x00", "an image (TIFF)", _OCR),
    (b"MM\x00*", "an image (TIFF)", _OCR),
    (b"BM", "an image (BMP)", _OCR),
    (b"AT&TFORM", "a scan (DjVu)", _OCR),
    (b"%!PS", "PostScript", _TO_PDF),
    (b"{\\rtf", "rich text (RTF)", "save it as .docx"),
    (b"ID3", "audio", "make a transcript"),
    (b"OggS", "audio", "make a transcript"),
    (b"fLaC", "audio", "make a transcript"),
    (b"\x1aE\xdf\xa3", "video", "make a transcript"),
    (b"Rar!\x1a\x07", "an archive (RAR)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)", _UNPACK),
    (b"BZh", "an archive (bzip2)", _UNPACK),
    (b"\xfd7zXZ\x00", "an archive (xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "an archive (zstd)", _UNPACK),
    (b"\x7fELF", "a program", ""),
    (b"MZ", "a program", ""),
    (b"SQLite format 3\x00", "a database (SQLite)", "export its tables as CSV"),
    (b"<svg", "an image (SVG)", _TO_PDF),
    (b"PAR1", "a table (Parquet)", "export it as CSV"),
)
_LATER = (
    (4, b"ftyp", "video", "make a transcript"),
    (8, b"WEBP", "an image (WebP)", _OCR),
    (257, b"ustar", "an archive (tar)", _UNPACK),
)
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:head|body|title|meta|div|table|p|h[1-6])[\s>]", re.IGNORECASE)
# What the inside of a PDF or of an archive looks like when its beginning is lost.
_INSIDES = re.compile(rb"endobj|startxref|/Type|\d 0 R\b|[>)\]]\s?T[jJ]\b|PK[\x01-\x08][\x02-\x08]")
_CONTROL = bytes({*range(32), 127} - {*b"\t\n\r\f\x08\x1b"})
_HEAD = 8192


def opened(data: bytes, source: str) -> tuple[bytes, str]:
    """``data`` and its name, out of the gzip file around it if there is one."""
    if not data.startswith(b"\x1f\x8b"):
        return data, source
    name = source[:-3] if source.lower().endswith(".gz") else source
    return gunzipped(data, source), name


def kind_of(data: bytes, source: str) -> str:
    """The name of the reader for ``data``: txt, md, html, csv, jsonl, pdf, docx, pptx or xlsx."""
    if not data:
        raise ReadError("empty", source=source, hint="the file has no bytes; copy it again if it should have")
    named = named_kind(source)
    found = _by_content(data, source, named)
    if found:
        return found
    if named in RISKY and not _plain(data):
        raise ReadError(f"not a {named} file, whatever its name says", source=source, hint="copy or export it again")
    _refuse_binary(data, source)
    return named if named == "html" or named not in RISKY | {""} else "txt"


def named_kind(source: str) -> str:
    """The reader that the name asks for, or nothing where the name does not say.

    >>> named_kind("notes/Alder.MD"), named_kind("LICENSE")
    ('md', '')
    """
    return _BY_NAME.get(PurePosixPath(source.replace("\\", "/")).suffix[1:].lower(), "")


def _by_content(data: bytes, source: str, named: str) -> str:
    head = data[:_HEAD]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return "pdf"
    # The standard lets a PDF begin late; in a text, the same characters are a quotation.
    if named in {"", "pdf"} and b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(data, source)
    if head.startswith(OLE):
        return _ole_kind(data, source)
    if _HTML.match(head) or (named in {"", *RISKY} and _TAG.match(head)):
        return "html"
    _refuse_foreign(head, source)
    return ""


def _zip_kind(data: bytes, source: str) -> str:
    with unzipped(data, source) as archive:
        names = archive.namelist()
    for folder, kind in (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx")):
        if any(name.startswith(folder) for name in names):
            return kind
    return _open_document_kind(data[:256], source)


def _open_document_kind(head: bytes, source: str) -> str:
    # The first member of these is called mimetype and is not compressed.
    if b"opendocument.spreadsheet" in head:
        return "xlsx"
    if b"opendocument.text" in head:
        raise ReadError("an OpenDocument text", source=source, hint="save it as .docx")
    if b"opendocument.presentation" in head:
        raise ReadError("an OpenDocument presentation", source=source, hint="save it as .pptx")
    if b"application/epub+zip" in head:
        raise ReadError("an e-book (EPUB)", source=source, hint="convert it to HTML or PDF")
    raise ReadError("an archive (zip)", source=source, hint=_UNPACK)


def _ole_kind(data: bytes, source: str) -> str:
    streams = ole_streams(data)
    if "EncryptedPackage" in streams:
        raise ReadError("encrypted", source=source, hint=ENCRYPTED)
    if "WordDocument" in streams:
        raise ReadError("a Word file of the old kind (.doc)", source=source, hint="save it as .docx")
    if "PowerPoint Document" in streams:
        raise ReadError("a PowerPoint file of the old kind (.ppt)", source=source, hint="save it as .pptx")
    if streams & {"Workbook", "Book"}:
        return "xlsx"
    raise ReadError("an unknown file of the Office family", source=source, hint=_TO_PDF)


def _refuse_foreign(head: bytes, source: str) -> None:
    for start, what, hint in _FOREIGN:
        # Two letters may begin a text as well.
        if head.startswith(start) and (len(start) > 3 or _binary(head)):
            raise ReadError(f"{what}, not a text", source=source, hint=hint)
    for at, mark, what, hint in _LATER:
        if head[at : at + len(mark)] == mark and _binary(head[:512]):
            raise ReadError(f"{what}, not a text", source=source, hint=hint)


def _refuse_binary(data: bytes, source: str) -> None:
    if _binary(data[:_HEAD]):
        raise ReadError("binary data of an unknown kind", source=source, hint="save it as text or PDF")


def _binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _utf16(head):
        return False
    return len(head) - len(head.translate(None, _CONTROL)) > 0.05 * len(head)


def _plain(data: bytes) -> bool:
    # What claims to be a PDF or an Office file is read as a text only if it is nothing else from end to end.
    if _INSIDES.search(data) or _binary(data):
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return not scrambled(text)


def _utf16(head: bytes) -> bool:
    # Without a byte order mark: Latin text has its zero bytes all on one side of each pair.
    even, odd = head[::2].count(0), head[1::2].count(0)
    return max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) < 0.02 * len(head)
