"""What the styles of a Word document say about its paragraphs: heading, list, or table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Look", "Styles", "W", "value"]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|titolo|заголовок)\s*([1-9])", re.IGNORECASE)
_LIST = re.compile(r"list\b", re.IGNORECASE)
# They repeat the headings, with page numbers.
_CONTENTS = re.compile(r"(?:toc|table of figures|table of authorities|index)\b", re.IGNORECASE)
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Look:
    """How a paragraph is to be understood; ``level`` 0 is no heading."""

    level: int = 0
    item: bool = False
    title: bool = False
    contents: bool = False


class Styles:
    """The paragraph styles of one document, each with what it has from those that it is based on."""

    def __init__(self, sheet: _Element | None) -> None:
        found = () if sheet is None else sheet.iterfind(f"{W}style")
        self._styles = {style.get(f"{W}styleId", ""): style for style in found}
        self._looks: dict[str, Look] = {}

    def look(self, paragraph: _Element) -> Look:
        """What ``paragraph`` is, by its own properties first, by its style where they are silent."""
        own = paragraph.find(f"{W}pPr")
        if own is None:
            return Look()
        base = self._named(value(own, "pStyle"))
        level, item = _level(own), _in_list(own)
        return Look(
            base.level if level is None else level, base.item if item is None else item, base.title, base.contents
        )

    def _named(self, name: str, depth: int = 0) -> Look:
        style = self._styles.get(name)
        # Styles that are based on each other in a circle end here.
        if style is None or depth > len(self._styles):
            return _by_name(name)
        if name not in self._looks:
            self._looks[name] = self._resolve(style, depth)
        return self._looks[name]

    def _resolve(self, style: _Element, depth: int) -> Look:
        by_name = _by_name(value(style, "name"))
        if by_name != Look():
            return by_name
        base = self._named(value(style, "basedOn"), depth + 1) if value(style, "basedOn") else Look()
        own = style.find(f"{W}pPr")
        level, item = (None, None) if own is None else (_level(own), _in_list(own))
        return Look(base.level if level is None else level, base.item if item is None else item, False, base.contents)


def value(parent: _Element, name: str) -> str:
    """The value of the child called ``name``, or nothing."""
    child = parent.find(f"{W}{name}")
    return "" if child is None else child.get(f"{W}val", "")


def _by_name(name: str) -> Look:
    heading = _HEADING.fullmatch(name.strip())
    if heading:
        return Look(level=int(heading[1]))
    if name.lower() in {"title", "标题", "標題"}:
        return Look(level=1, title=True)
    return Look(item=bool(_LIST.match(name)), contents=bool(_CONTENTS.match(name)))


def _level(properties: _Element) -> int | None:
    outline = value(properties, "outlineLvl")
    if not outline.isdecimal():
        return None
    return int(outline) + 1 if int(outline) < _BODY_LEVEL else 0


def _in_list(properties: _Element) -> bool | None:
    numbering = properties.find(f"{W}numPr")
    # List number 0 takes a paragraph out of the list that its style puts it in.
    return None if numbering is None else value(numbering, "numId") != "0"
