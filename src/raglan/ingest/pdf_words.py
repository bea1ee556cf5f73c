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
        return ((x - left, top - y), (y - bottom, x - left), (right - x, y - bottom), (top - y, right - x))[self.turn]

    def upright(self, box: Box, turn: int) -> Box:
        """A box as shown, on the page turned back by ``turn`` quarters."""
        wide, high = self.size
        left, top, right, bottom = box
        return (
            box,
            (top, wide - right, bottom, wide - left),
            (wide - right, high - bottom, wide - left, high - top),
            (high - bottom, left, high - top, right),
        )[turn]

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
        for start, end in pen.parts(match.start(), match.end()):
            word = pen.word(typed(_joined(text[start:end])), start, end - 1)
            # A shadow, or boldness by printing twice.
            where = (word.text, word.turn, round(word.box[0] / 2), round(word.base / 2)) if word else None
            if word is not None and where not in seen:
                seen.add(where)
                yield word


def _characters(text_page: Any) -> str:
    """The page's characters, one for each of the library's, so that positions can be asked for."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text_page)
    codes = (pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _joined(text: str) -> str:
    """``text`` with the two halves of rare characters put together."""
    if text.isascii() or not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Pen:
    """Asks the library where characters stand; the places that it writes to are made once, for speed."""

    def __init__(self, text_page: Any, view: PageView) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium: Any = pdfium
        self._page, self._view = text_page, view
        self._rect, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._name, self._flags = ctypes.create_string_buffer(128), ctypes.c_int()

    def parts(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretch of characters cut where the pen jumps, which the library does not always take for a space."""
        turn, size, _ = self._writing(start)
        if end - start < 2 or not self._jumps(start, end - 1, turn, size, end - start):
            yield start, end
            return
        first = start
        for index in range(start + 1, end):
            if self._jumps(index - 1, index, turn, size, 1):
                yield first, index
                first, (turn, size, _) = index, self._writing(index)
        yield first, end

    def word(self, text: str, first: int, last: int) -> Word | None:
        """The word from the first to the last character, unless it lies off the page or askew."""
        turn, size, askew = self._writing(first)
        corners = [*self._corners(first), *self._corners(last)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        shown = (min(xs), min(ys), max(xs), max(ys))
        wide, high = self._view.size
        if askew or shown[2] < 0 or shown[3] < 0 or shown[0] > wide or shown[1] > high:
            return None
        box = self._view.upright(shown, turn)
        return Word(text, box, self._origin(first, turn)[1], size, self._bold(first), turn)

    def _jumps(self, index: int, other: int, turn: int, size: float, steps: int) -> bool:
        (x, y), (x2, y2) = self._origin(index, turn), self._origin(other, turn)
        return abs(y2 - y) > 0.7 * size or not -size < x2 - x < 2.5 * size * steps

    def _writing(self, index: int) -> tuple[int, float, bool]:
        """By how many quarters the writing is turned, its size, and whether it runs at another angle."""
        matrix = self._matrix
        self._pdfium.FPDFText_GetMatrix(self._page, index, matrix)
        size = self._pdfium.FPDFText_GetFontSize(self._page, index) * math.hypot(matrix.c, matrix.d)
        across, along = abs(matrix.a), abs(matrix.b)
        # Quarters clockwise that the writing is turned on the plane, and the plane on the screen.
        quarters = (0 if matrix.a >= 0 else 2) if across >= along else (3 if matrix.b > 0 else 1)
        askew = min(across, along) > _ASKEW * max(across, along)
        return (quarters + self._view.turn) % 4, max(size, _LEAST_SIZE), askew

    def _corners(self, index: int) -> list[tuple[float, float]]:
        rect = self._rect
        self._pdfium.FPDFText_GetLooseCharBox(self._page, index, rect)
        return [self._view.point(rect.left, rect.top), self._view.point(rect.right, rect.bottom)]

    def _origin(self, index: int, turn: int) -> tuple[float, float]:
        self._pdfium.FPDFText_GetCharOrigin(self._page, index, self._x, self._y)
        point = self._view.point(self._x.value, self._y.value)
        return self._view.upright((*point, *point), turn)[:2]

    def _bold(self, index: int) -> bool:
        pdfium = self._pdfium
        if pdfium.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT:
            return True
        length = pdfium.FPDFText_GetFontInfo(self._page, index, self._name, len(self._name), self._flags)
        named = 0 < length <= len(self._name) and _BOLD_NAME.search(self._name.value)
        return bool(named or self._flags.value & _BOLD_FLAG)
