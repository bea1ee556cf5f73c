"""Where the shapes of a slide stand and what they are for: by their own word, or by that of the slide's layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element

    from raglan.ingest.blocks import Box

__all__ = ["A", "P", "Shape", "reading_order", "shapes"]

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_UNITS_PER_POINT = 12_700
# Shapes whose tops differ by less than this, in points, stand side by side.
_ROW = 24.0
# A move and a stretch along each axis, from the coordinates of a group to those of the slide.
_Frame = tuple[float, float, float, float]
_NO_FRAME: _Frame = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape: its element, the role of its placeholder (nothing if it is none), its place on the slide in points."""

    element: _Element
    role: str
    box: Box | None


def shapes(tree: _Element, layouts: Sequence[_Element]) -> Iterator[Shape]:
    """The shapes of a slide, those in groups too. ``layouts`` are what it is made after, nearest first."""
    yield from _below(tree, layouts, _NO_FRAME)


def reading_order(found: Iterator[Shape]) -> list[Shape]:
    """Titles first, then from top to bottom and, side by side, from left to right; without a place, last."""
    return sorted(found, key=_place)


def _place(shape: Shape) -> tuple[bool, bool, int, float]:
    left, top = (shape.box[0], shape.box[1]) if shape.box else (0.0, 0.0)
    return shape.role not in {"title", "ctrTitle"}, shape.box is None, round(top / _ROW), left


def _below(parent: _Element, layouts: Sequence[_Element], frame: _Frame) -> Iterator[Shape]:
    for child in parent:
        if child.tag == f"{P}grpSp":
            yield from _below(child, layouts, _inner(child, frame))
        elif child.tag in {f"{P}sp", f"{P}graphicFrame"}:
            yield _shape(child, layouts, frame)
        elif child.tag == f"{_MC}AlternateContent":
            # The first choice is what a new program shows; the others are the same for old ones.
            yield from _below(child[0] if len(child) else child, layouts, frame)


def _shape(element: _Element, layouts: Sequence[_Element], frame: _Frame) -> Shape:
    holder = element.find(f"./*/{P}nvPr/{P}ph")
    place = _offsets(element)
    if holder is None:
        return Shape(element, "", _framed(place, frame))
    for layout in layouts:
        place = place or _inherited(holder, layout)
    return Shape(element, holder.get("type", "obj"), _framed(place, frame))


def _inherited(holder: _Element, layout: _Element) -> Box | None:
    holders = [(element, element.find(f"./*/{P}nvPr/{P}ph")) for element in layout.iter(f"{P}sp")]
    for same in (_same_number, _same_role):
        for element, other in holders:
            if other is not None and same(holder, other):
                return _offsets(element)
    return None


def _same_number(holder: _Element, other: _Element) -> bool:
    return holder.get("idx") is not None and holder.get("idx") == other.get("idx")


def _same_role(holder: _Element, other: _Element) -> bool:
    # A slide may call title what its layout calls a centred title; a master knows one body for all.
    alike = {"ctrTitle": "title", "subTitle": "body", "obj": "body"}
    ours, theirs = holder.get("type", "obj"), other.get("type", "obj")
    return alike.get(ours, ours) == alike.get(theirs, theirs)


def _offsets(element: _Element) -> Box | None:
    """Left, top, width and height as written, in the units of the file."""
    transform = next(element.iter(f"{A}xfrm", f"{P}xfrm"), None)
    return None if transform is None else _pair(transform, "off", "ext")


def _pair(transform: _Element, at: str, size: str) -> Box | None:
    place, extent = transform.find(f"{A}{at}"), transform.find(f"{A}{size}")
    if place is None or extent is None:
        return None
    numbers = [place.get("x", ""), place.get("y", ""), extent.get("cx", ""), extent.get("cy", "")]
    if not all(number.lstrip("-").isdecimal() for number in numbers):
        return None
    left, top, width, height = map(float, numbers)
    return left, top, width, height


def _inner(group: _Element, frame: _Frame) -> _Frame:
    transform = group.find(f"{P}grpSpPr/{A}xfrm")
    outer, inner = (
        (None, None) if transform is None else (_pair(transform, "off", "ext"), _pair(transform, "chOff", "chExt"))
    )
    if outer is None or inner is None:
        return frame
    across = outer[2] / inner[2] if inner[2] else 1.0
    down = outer[3] / inner[3] if inner[3] else 1.0
    x, y, wide, high = frame
    return (
        x + wide * (outer[0] - inner[0] * across),
        y + high * (outer[1] - inner[1] * down),
        wide * across,
        high * down,
    )


def _framed(place: Box | None, frame: _Frame) -> Box | None:
    if place is None:
        return None
    x, y, wide, high = frame
    left, top = x + wide * place[0], y + high * place[1]
    corners = (left, top, left + wide * place[2], top + high * place[3])
    return tuple(round(corner / _UNITS_PER_POINT, 1) for corner in corners)  # type: ignore[return-value]
