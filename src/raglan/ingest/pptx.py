"""Presentations: every slide a heading, its bullets, tables, charts and diagrams, and what the speaker noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raglan.ingest.blocks import Blocks
from raglan.ingest.grid import rows, tidy
from raglan.ingest.office import RELATION, Package, damaged
from raglan.ingest.shapes import A, P, Shape, reading_order, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from raglan.types import Document

__all__ = ["read_pptx"]

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TITLES = frozenset({"title", "ctrTitle"})
# Date, footer and number repeat on every slide.
_FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum"})


def read_pptx(data: bytes, source: str) -> list[Document]:
    """One document; a block's ``page`` is the number of its slide, hidden slides counted and read."""
    package = Package(data, source)
    main = package.main()
    ids = package.xml(main).find(f"{P}sldIdLst")
    parts = package.relations(main)
    deck = _Deck(package)
    for number, entry in enumerate(() if ids is None else ids, 1):
        _, part = parts.get(entry.get(f"{RELATION}id", ""), ("", ""))
        if not part:
            raise damaged(source, f"slide {number} is missing")
        deck.add_slide(part, number)
    title = package.title() or deck.title
    return [deck.blocks.document(source, {"title": title} if title else {})]


class _Deck:
    """A presentation on its way from elements to blocks."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._layouts: dict[str, list[_Element]] = {}
        self.blocks = Blocks()
        self.title = ""

    def add_slide(self, part: str, number: int) -> None:
        tree = self._package.xml(part).find(f"{P}cSld/{P}spTree")
        if tree is not None:
            for shape in reading_order(shapes(tree, self._layouts_of(part))):
                self._add_shape(shape, part, number)
        notes = self._package.optional(part, "notesSlide")
        for text in () if notes is None else _notes(notes):
            self.blocks.add(text, page=number)

    def _layouts_of(self, part: str) -> list[_Element]:
        names = self._package.related(part, "slideLayout")
        name = names[0] if names else ""
        if name not in self._layouts:
            found = self._package.optional(part, "slideLayout"), self._package.optional(name, "slideMaster")
            self._layouts[name] = [root for root in found if root is not None]
        return self._layouts[name]

    def _add_shape(self, shape: Shape, part: str, number: int) -> None:
        if shape.role in _FURNITURE:
            return
        if shape.role in _TITLES:
            self._add_title(shape, number)
            return
        for text, kind in _paragraphs(shape):
            self.blocks.add(text, kind, page=number, box=shape.box)
        for text, reading in self._graphics(shape, part):
            self.blocks.add(text, "row", reading=reading, page=number, box=shape.box)
        for text in self._labels(shape, part):
            self.blocks.add(text, "item", page=number, box=shape.box)

    def _add_title(self, shape: Shape, number: int) -> None:
        text = tidy(" ".join(text for text, _ in _paragraphs(shape)))
        self.title = self.title or text
        self.blocks.add(text, "heading", level=1, page=number, box=shape.box)

    def _graphics(self, shape: Shape, part: str) -> Iterator[tuple[str, str]]:
        """The rows of what a frame shows: a table, a chart's numbers."""
        for table in shape.element.iter(f"{A}tbl"):
            yield from rows(_table(table), header=_has_header(table))
        for chart in shape.element.iter(f"{_CHART}chart"):
            root = self._named(part, chart.get(f"{RELATION}id", ""))
            yield from rows(_chart(root), header=True) if root is not None else ()

    def _labels(self, shape: Shape, part: str) -> Iterator[str]:
        for diagram in shape.element.iter(f"{_DIAGRAM}relIds"):
            root = self._named(part, diagram.get(f"{RELATION}dm", ""))
            yield from map(_text, () if root is None else root.iter(f"{_DIAGRAM}t"))

    def _named(self, part: str, name: str) -> _Element | None:
        _, target = self._package.relations(part).get(name, ("", ""))
        return self._package.xml(target) if target else None


def _paragraphs(shape: Shape) -> Iterator[tuple[str, str]]:
    body = shape.element.find(f"{P}txBody")
    for paragraph in () if body is None else body.iterfind(f"{A}p"):
        yield _text(paragraph), "item" if _bulleted(paragraph, shape.role) else "text"


def _bulleted(paragraph: _Element, role: str) -> bool:
    look = paragraph.find(f"{A}pPr")
    if look is not None and look.find(f"{A}buNone") is not None:
        return False
    own = look is not None and any(
        look.find(f"{A}{bullet}") is not None for bullet in ("buChar", "buAutoNum", "buBlip")
    )
    # A content placeholder has its bullets from the master.
    return own or role in {"obj", "body"}


def _text(element: _Element) -> str:
    pieces = element.iter(f"{A}t", f"{A}br", _MATH_TEXT)
    return tidy("".join("\n" if piece.tag == f"{A}br" else piece.text or "" for piece in pieces))


def _notes(notes: _Element) -> Iterator[str]:
    tree = notes.find(f"{P}cSld/{P}spTree")
    for shape in () if tree is None else shapes(tree, ()):
        if shape.role == "body":
            yield from (text for text, _ in _paragraphs(shape))


def _table(table: _Element) -> list[list[str]]:
    grid: list[list[str]] = []
    for line in table.iterfind(f"{A}tr"):
        row: list[str] = []
        for cell in line.iterfind(f"{A}tc"):
            above = grid[-1][len(row)] if grid and len(row) < len(grid[-1]) else ""
            paragraphs = cell.iterfind(f"{A}txBody/{A}p")
            row.append(above if cell.get("vMerge") in {"1", "true"} else " ".join(map(_text, paragraphs)))
        grid.append(row)
    return grid


def _has_header(table: _Element) -> bool | None:
    look = table.find(f"{A}tblPr")
    return True if look is not None and look.get("firstRow") in {"1", "true"} else None


def _chart(root: _Element) -> list[list[str]]:
    """A chart as a table: a row per category, a column per series."""
    series = list(root.iter(f"{_CHART}ser"))
    columns = [_points(one, "val") or _points(one, "yVal") for one in series]
    categories = next(filter(None, (_points(one, "cat") or _points(one, "xVal") for one in series)), {})
    names = [tidy(" ".join(value.text or "" for value in one.iterfind(f"{_CHART}tx//{_CHART}v"))) for one in series]
    order = sorted(set(categories).union(*columns))
    return [["", *names], *([categories.get(at, ""), *(column.get(at, "") for column in columns)] for at in order)]


def _points(series: _Element, name: str) -> dict[int, str]:
    holder = series.find(f"{_CHART}{name}")
    points = () if holder is None else holder.iter(f"{_CHART}pt")
    numbered = ((point.get("idx", ""), tidy(point.findtext(f"{_CHART}v") or "")) for point in points)
    return {int(number): text for number, text in numbered if number.isdecimal()}
