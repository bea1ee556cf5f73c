"""The words of a PDF page and where they stand: what the page draws, turned upright and measured from the top left."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from raglan.ingest.joining import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from raglan.ingest.blocks import Box

__all__ = ["PageView", "Word", "page_words"]

_WORD = re.compile(r"[^\s\x00]+")
_HALVES = re.compile(r"[\ud800-\udfff]")
_BOLD_NAME = re.compile(rb"bold|black|heavy|semi|demi|-bd\b|hei(?:ti)?$", re.IGNORECASE)
_BOLD_FLAG = 1 << 18
_BOLD_WEIGHT = 600
# What a font size may be when the file does not say one that makes sense.
_LEAST_SIZE = 1.0
# The slope, one in so many, from which writing no longer counts as running along an edge; scans are never quite level.
_ASKEW = 0.3


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without white space between them.

    ``box`` is as the reader of the text sees it, upright; ``turn`` says by how many quarters, clockwise, the page must
    be turned back to that. ``base`` is the line it stands on, ``size`` its font's size in points.
    """

    text: str
    box: Box
    base: float
    size: float
    bold: bool
    turn: int


@dataclass(frozen=True, slots=True)
class PageView:
    """How a page is shown: what part of its plane (left, bottom, right, top), turned by how many quarters clockwise."""

    plane: Box
    turn: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, bottom, right, top = self.plane
        wide, high = right - left, top - bottom
        return (high, wide) if self.turn % 2 else (wide, high)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the plane as shown, from the top left."""
        left, bottom, right, top = self.plane
        if not self.turn:
            return x - left, top - y
        return ((y - bottom, x - left), (right - x, y - bottom), (top - y, right - x))[self.turn - 1]

    def upright(self, box: Box, turn: int) -> Box:
        """A box as shown, on the page turned back by ``turn`` quarters."""
        if not turn:
            return box
        wide, high = self.size
        left, top, right, bottom = box
        return (
            (top, wide - right, bottom, wide - left),
            (wide - right, high - bottom, wide - left, high - top),
            (high - bottom, left, high - top, right),
        )[turn - 1]

    def shown(self, box: Box, turn: int) -> Box:
        """The way back from :meth:`upright`."""
        wide, high = self.size
        left, top, right, bottom = box
        return (
            box,
            (wide - bottom, left, wide - top, right),
            (wide - right, high - bottom, wide - left, high - top),
            (top, high - right, bottom, high - left),
        )[turn]


def page_words(text_page: Any, view: PageView) -> Iterator[Word]:
    """The words in the order in which the page draws them.

    Left out: what lies outside the page, what is drawn twice, and what runs across it (a stamp, a watermark).
    """
    seen = set()
    pen = _Pen(text_page, view)
    text = _characters(text_page)
    for match in _WORD.finditer(text):
        for start, end, writing in pen.parts(match.start(), match.end()):
            word = pen.word(typed(_joined(text[start:end])), start, end - 1, writing)
            # A shadow, or boldness by printing twice.
            where = (word.text, word.turn, round(word.box[0] / 2), round(word.base / 2)) if word else None
            if word is not None and where not in seen:
                seen.add(where)
                yield word


def _characters(text_page: Any) -> str:
    """The page's characters, one for each of the library's, so that positions can be asked for."""
    import pypdfium2.raw as pdfium

    count, code_of = pdfium.FPDFText_CountChars(text_page), pdfium.FPDFText_GetUnicode
    return "".join([chr(min(code_of(text_page, index), 0x10FFFF)) for index in range(count)])


def _joined(text: str) -> str:
    """``text`` with the two halves of rare characters put together."""
    if text.isascii() or not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class _Writing:
    """How characters are set: turned on the plane by so many quarters clockwise, or askew; their size."""

    quarters: int
    askew: bool
    size: float


class _Pen:
    """Asks the library where characters stand; the places that it writes to are made once, for speed."""

    def __init__(self, text_page: Any, view: PageView) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium: Any = pdfium
        self._page, self._view, self._extent = text_page, view, view.size
        self._rect, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._name, self._flags = ctypes.create_string_buffer(128), ctypes.c_int()

    def parts(self, start: int, end: int) -> Iterator[tuple[int, int, _Writing]]:
        """The stretch of characters cut where the pen jumps, which the library does not always take for a space."""
        writing = self._writing(start)
        if end - start > 1 and self._jumps(start, end - 1, writing, end - start):
            for index in range(start + 1, end):
                if self._jumps(index - 1, index, writing, 1):
                    yield start, index, writing
                    start, writing = index, self._writing(index)
        yield start, end, writing

    def word(self, text: str, first: int, last: int, writing: _Writing) -> Word | None:
        """The word from the first to the last character, unless it lies off the page or askew."""
        shown = self._shown(first, last)
        wide, high = self._extent
        if writing.askew or not math.isfinite(sum(shown) + writing.size):
            return None
        if shown[2] < 0 or shown[3] < 0 or shown[0] > wide or shown[1] > high:
            return None
        turn = (writing.quarters + self._view.turn) % 4
        origin = self._view.point(*self._origin(first))
        base = self._view.upright((*origin, *origin), turn)[1]
        return Word(text, self._view.upright(shown, turn), base, writing.size, self._bold(first), turn)

    def _jumps(self, index: int, other: int, writing: _Writing, steps: int) -> bool:
        (x, y), (x2, y2) = self._origin(index), self._origin(other)
        right, up = x2 - x, y2 - y
        along, across = ((right, up), (-up, right), (-right, up), (up, right))[writing.quarters]
        return abs(across) > 0.7 * writing.size or not -writing.size < along < 2.5 * writing.size * steps

    def _writing(self, index: int) -> _Writing:
        matrix = self._matrix
        self._pdfium.FPDFText_GetMatrix(self._page, index, matrix)
        a, b = matrix.a, matrix.b
        size = self._pdfium.FPDFText_GetFontSize(self._page, index) * math.hypot(matrix.c, matrix.d)
        quarters = (0 if a >= 0 else 2) if abs(a) >= abs(b) else (3 if b > 0 else 1)
        return _Writing(quarters, min(abs(a), abs(b)) > _ASKEW * max(abs(a), abs(b)), max(size, _LEAST_SIZE))

    def _shown(self, first: int, last: int) -> Box:
        rect, box_of = self._rect, self._pdfium.FPDFText_GetLooseCharBox
        box_of(self._page, first, rect)
        left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
        if last > first:
            box_of(self._page, last, rect)
            left, bottom = min(left, rect.left), min(bottom, rect.bottom)
            right, top = max(right, rect.right), max(top, rect.top)
        (x, y), (x2, y2) = self._view.point(left, top), self._view.point(right, bottom)
        return min(x, x2), min(y, y2), max(x, x2), max(y, y2)

    def _origin(self, index: int) -> tuple[float, float]:
        self._pdfium.FPDFText_GetCharOrigin(self._page, index, self._x, self._y)
        return self._x.value, self._y.value

    def _bold(self, index: int) -> bool:
        pdfium = self._pdfium
        if pdfium.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT:
            return True
        length = pdfium.FPDFText_GetFontInfo(self._page, index, self._name, len(self._name), self._flags)
        named = 0 < length <= len(self._name) and _BOLD_NAME.search(self._name.value)
        return bool(named or self._flags.value & _BOLD_FLAG)
