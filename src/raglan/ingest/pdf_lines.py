"""Words into lines, and lines into the order in which a person reads them: columns, headlines across them, tables."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import TYPE_CHECKING, TypeVar

from raglan.ingest.joining import led, spaced
from raglan.ingest.noise import without_strange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from raglan.ingest.blocks import Box
    from raglan.ingest.pdf_words import Word

__all__ = ["LABEL", "Line", "level", "lines_of", "regions", "rows_of", "union"]

T = TypeVar("T")

# What begins a list item: a bullet, a number or a letter with its point or bracket.
LABEL = re.compile(
    r"(?:[•◦▪▫‣●○■□◆◇►▶➢➤✓✔·–—*-]|[(（]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5}|[一二三四五六七八九十]{1,3})[.)）、．]|[①-⑳])(?=\s|$|[㐀-鿿])"
)
# Distances in sizes of the font.
_SAME_BASE = 0.4
_WORD_GAP, _STRETCHED_GAP, _TOUCHING, _LABEL_GAP = 1.0, 1.8, 0.6, 4.0
_GUTTER = 0.4
# A column of running text: at least so many lines, half of them this wide (a Chinese character counts two).
_FEWEST_LINES, _NARROWEST = 2, 16
# So few lines, so far from the column below them, belong to all columns.
_MOST_ABOVE, _APART = 4, 1.8
# Beyond this, a page is a drawing; looking for its columns would take longer than it is worth.
_MOST_LINES = 1_500


@dataclass(frozen=True, slots=True)
class Line:
    """Words that follow each other on one base line; ``opening`` is the width of the first of them."""

    text: str
    box: Box
    base: float
    size: float
    bold: bool
    turn: int
    opening: float

    @classmethod
    def of(cls, words: Sequence[Word]) -> Line:
        """The line that ``words`` make."""
        first = words[0]
        box = union(word.box for word in words)
        bold = all(word.bold for word in words)
        return cls(_text(words), box, first.base, _size(words), bold, first.turn, first.box[2] - first.box[0])

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.box[0]

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.box[2]


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _text(words: Sequence[Word]) -> str:
    parts = [words[0].text]
    for before, word in pairwise(words):
        gap = word.box[0] - before.box[2]
        parts.append(" " if gap > 0.5 * word.size or spaced(before.text, word.text) else "")
        parts.append(word.text)
    return led(without_strange("".join(parts)))


def _size(words: Sequence[Word]) -> float:
    """The size of most of the characters."""
    counted: dict[float, int] = {}
    for word in words:
        counted[word.size] = counted.get(word.size, 0) + len(word.text)
    return max(counted, key=lambda size: (counted[size], size))


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Lines, from top to bottom. Words that a page draws one after the other may stand further apart than others."""
    drawn: list[list[Word]] = []
    for word in words:
        if drawn and _follows(drawn[-1], word):
            drawn[-1].append(word)
        else:
            drawn.append([word])
    rows = level(drawn, lambda words: (words[0].base, words[0].size))
    return [Line.of(words) for row in rows for words in _touching(row) if _text(words)]


def _follows(words: list[Word], word: Word) -> bool:
    last = words[-1]
    size = max(last.size, word.size)
    gap = (word.box[0] - last.box[2]) / size
    if word.turn != last.turn or abs(word.base - last.base) > _SAME_BASE * size or gap < -0.5:
        return False
    return gap <= _WORD_GAP or (gap <= _STRETCHED_GAP and gap * size <= 2 * _mean_gap(words))


def _mean_gap(words: list[Word]) -> float:
    """How far apart they stand: justified text is stretched evenly, cells of a table are not."""
    gaps = [word.box[0] - before.box[2] for before, word in pairwise(words)]
    return sum(gaps) / len(gaps) if len(gaps) > 1 else 0.0


def level(things: Iterable[T], place: Callable[[T], tuple[float, float]]) -> list[list[T]]:
    """Things whose base lines agree together, from top to bottom; ``place`` gives base line and font size."""
    rows: list[list[T]] = []
    for thing in sorted(things, key=place):
        base, size = place(thing)
        if rows and base - place(rows[-1][0])[0] <= _SAME_BASE * min(size, place(rows[-1][0])[1]):
            rows[-1].append(thing)
        else:
            rows.append([thing])
    return rows


def rows_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines on the same height together, from left to right; from top to bottom."""
    rows = level(lines, lambda line: (line.base, line.size))
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _touching(row: list[list[Word]]) -> Iterator[list[Word]]:
    """The runs of a row, joined where nothing but a word's space or a list label's lies between them."""
    ordered = sorted(row, key=lambda words: words[0].box[0])
    current = ordered[0]
    for words in ordered[1:]:
        gap = (words[0].box[0] - current[-1].box[2]) / max(words[0].size, current[-1].size)
        label = len(current) == 1 and LABEL.fullmatch(current[0].text)
        if words[0].turn == current[0].turn and -0.5 <= gap <= (_LABEL_GAP if label else _TOUCHING):
            current = current + words
        else:
            yield current
            current = words
    yield current


def regions(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The parts of a page in reading order, each one column, its lines from top to bottom."""
    ordered = sorted(lines, key=lambda line: (line.base, line.left))
    cut = _gutter(ordered) if len(ordered) <= _MOST_LINES else None
    if cut is None:
        yield ordered
        return
    for across, band in _bands(ordered, cut):
        if across:
            yield from regions(band)
        else:
            above, left, right = _beside(band, cut)
            yield from regions(above)
            yield from regions(left)
            yield from regions(right)


def _beside(band: Sequence[Line], cut: float) -> tuple[list[Line], list[Line], list[Line]]:
    """What stands above the columns (an author's name over one of them), what in the left one, what in the right."""
    left = [line for line in band if _side(line, cut) < 0]
    right = [line for line in band if _side(line, cut) > 0]
    above = 0
    for number, (line, below) in enumerate(pairwise(right[: _MOST_ABOVE + 1]), 1):
        if left and line.base < left[0].base and below.base - line.base > _APART * line.size:
            above = number
    return right[:above], left, right[above:]


def _bands(ordered: Sequence[Line], cut: float) -> Iterator[tuple[bool, list[Line]]]:
    """Lines across the cut (True) and lines beside it, in turn, from top to bottom."""
    for across, band in groupby(ordered, key=lambda line: _side(line, cut) == 0):
        yield across, list(band)


def _side(line: Line, cut: float) -> int:
    """-1 left of the cut, 1 right of it, 0 across."""
    if line.right <= cut - _GUTTER * line.size:
        return -1
    return 1 if line.left >= cut - 1 else 0


def _gutter(ordered: Sequence[Line]) -> float | None:
    """The left edge of the column that parts the lines best, if they stand in columns."""
    edges = Counter(round(line.left) for line in ordered)
    likely = [edge for edge in sorted(edges)[1:] if sum(edges[edge + near] for near in (-2, -1, 0, 1, 2)) > 1]
    best = max(((_parted(ordered, float(edge)), -edge) for edge in likely), default=(0, 0))
    return float(-best[1]) if best[0] else None


def _parted(ordered: Sequence[Line], cut: float) -> int:
    """How many lines stand beside each other if the page is cut here; 0 if that would tear a table or a text."""
    beside = 0
    lefts: list[Line] = []
    rights: list[Line] = []
    for across, band in _bands(ordered, cut):
        left = [line for line in band if _side(line, cut) < 0]
        if left and len(left) < len(band) and not across:
            beside += min(len(left), len(band) - len(left))
            lefts += left
            rights += [line for line in band if _side(line, cut) > 0]
    return beside if _running(lefts) and _running(rights) and _overlap(lefts, rights) else 0


def _running(lines: list[Line]) -> bool:
    """Whether the lines are those of a text, and not the cells of a table."""
    if len(lines) < _FEWEST_LINES:
        return False
    lengths = [sum(2 if "⺀" <= character <= "￯" else 1 for character in line.text) for line in lines]
    widest = max(line.right for line in lines) - min(line.left for line in lines)
    return median(lengths) >= _NARROWEST and median(line.right - line.left for line in lines) > 0.4 * widest


def _overlap(left: list[Line], right: list[Line]) -> bool:
    """Whether the two stand beside each other, and not one below the other."""
    top = max(min(line.base for line in left), min(line.base for line in right))
    bottom = min(max(line.base for line in left), max(line.base for line in right))
    return bottom > top
