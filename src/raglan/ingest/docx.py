"""Word documents: headings by style, paragraphs, lists, tables, notes, in the order of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raglan.ingest.blocks import Blocks
from raglan.ingest.grid import rows, tidy
from raglan.ingest.office import Package, damaged
from raglan.ingest.styles import Look, Styles, W, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from raglan.types import Document

__all__ = ["read_docx"]

_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOX = f"{W}txbxContent"
# Deleted or moved away; there twice, for old programs; how a word is pronounced; no text at all.
_ELSEWHERE = frozenset({f"{W}del", f"{W}moveFrom", _BOX, f"{W}rt", f"{W}pPr", f"{W}rPr", _FALLBACK})
_MARKS = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}softHyphen": ""}
_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
# A table whose cells hold this much is there for the look of the page, not for rows and columns.
_LONGEST_CELL = 600


def read_docx(data: bytes, source: str) -> list[Document]:
    """One document, in reading order; the headers and footers of its pages are left out."""
    package = Package(data, source)
    main = package.main()
    body = package.xml(main).find(f"{W}body")
    if body is None:
        raise damaged(source, "it has no body")
    word = _Word(Styles(package.optional(main, "styles")))
    word.add_all(body)
    for kind in ("footnotes", "endnotes"):
        word.add_notes(package.optional(main, kind))
    title = package.title() or word.title
    return [word.blocks.document(source, {"title": title} if title else {})]


class _Word:
    """A document on its way from elements to blocks."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self.blocks = Blocks()
        self.title = ""

    def add_all(self, parent: _Element) -> None:
        for child in parent:
            if child.tag == f"{W}p":
                self._add_paragraph(child)
            elif child.tag == f"{W}tbl":
                self._add_table(child)
            elif child.tag in _WRAPPERS and not _lists_contents(child):
                self.add_all(child)

    def add_notes(self, notes: _Element | None) -> None:
        for note in () if notes is None else notes:
            # A note with a type is the line that sets notes apart.
            if note.get(f"{W}type") in {None, "normal"}:
                self.blocks.add(_cell_text(note))

    def _add_paragraph(self, paragraph: _Element) -> None:
        look = self._styles.look(paragraph)
        if not look.contents:
            self._add_text(_text(paragraph), look)
        for box in _boxes(paragraph):
            self.add_all(box)

    def _add_text(self, text: str, look: Look) -> None:
        if look.level:
            self.blocks.add(tidy(text), "heading", level=look.level)
            self.title = self.title or (tidy(text) if look.title or look.level == 1 else "")
        else:
            self.blocks.add(text, "item" if look.item else "text")

    def _add_table(self, table: _Element) -> None:
        lines = [list(_cells(row)) for row in _inside(table, "tr")]
        if _for_looks(lines):
            for cell in (cell for line in lines for cell in line):
                self.add_all(cell)
            return
        first = next(_inside(table, "tr")).find(f"{W}trPr/{W}tblHeader")
        header = True if first is not None and len(lines) > 1 else None
        for text, reading in rows(_grid(lines), header=header):
            self.blocks.add(text, "row", reading=reading)


def _text(paragraph: _Element) -> str:
    lines = "".join(_pieces(paragraph)).split("\n")
    return "\n".join(filter(None, map(tidy, lines)))


def _pieces(node: _Element) -> Iterator[str]:
    for child in node:
        if child.tag in {f"{W}t", _MATH_TEXT}:
            yield child.text or ""
        elif child.tag in _MARKS:
            yield _MARKS[child.tag]
        elif child.tag not in _ELSEWHERE and child.find(f"{W}rPr/{W}vanish") is None:
            yield from _pieces(child)


def _boxes(node: _Element) -> Iterator[_Element]:
    for child in node:
        if child.tag == _BOX:
            yield child
        elif child.tag != _FALLBACK:
            yield from _boxes(child)


def _inside(parent: _Element, name: str) -> Iterator[_Element]:
    """The rows of a table, the cells of a row: also those that a form field or a tracked change wraps."""
    for child in parent:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in _WRAPPERS:
            yield from _inside(child, name)


def _cells(row: _Element) -> Iterator[_Element]:
    return _inside(row, "tc")


def _for_looks(lines: list[list[_Element]]) -> bool:
    if max(map(len, lines), default=0) < 2:
        return True
    cells = [cell for line in lines for cell in line]
    return any(len(_cell_text(cell)) > _LONGEST_CELL or cell.find(f"{W}tbl") is not None for cell in cells)


def _grid(lines: list[list[_Element]]) -> list[list[str]]:
    """The text of each cell in its column: a cell over several columns fills the first, one over several rows all."""
    grid: list[list[str]] = []
    for line in lines:
        row: list[str] = []
        for cell in line:
            properties = cell.find(f"{W}tcPr")
            above = grid[-1][len(row)] if grid and len(row) < len(grid[-1]) else ""
            row.append(above if _continues(properties) else _cell_text(cell))
            row += [""] * (_span(properties) - 1)
        grid.append(row)
    return grid


def _continues(properties: _Element | None) -> bool:
    merge = None if properties is None else properties.find(f"{W}vMerge")
    return merge is not None and merge.get(f"{W}val", "continue") == "continue"


def _span(properties: _Element | None) -> int:
    span = "" if properties is None else value(properties, "gridSpan")
    return min(int(span), 64) if span.isdecimal() else 1


def _cell_text(cell: _Element) -> str:
    return tidy(" ".join(_text(paragraph) for paragraph in cell.iter(f"{W}p")))


def _lists_contents(wrapper: _Element) -> bool:
    gallery = wrapper.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"
