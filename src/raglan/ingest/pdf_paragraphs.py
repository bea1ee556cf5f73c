"""The lines of a column into paragraphs, headings, list items and table rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import quantiles
from typing import TYPE_CHECKING

from raglan.ingest.pdf_lines import LABEL, Line, rows_of, union

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from raglan.ingest.blocks import Box

__all__ = ["Piece", "pieces", "runs_on"]

# Distances in sizes of the font: between base lines at most, indents, room at the end of a line.
_LINE, _LOOSE_LINE, _INDENT, _ROOM = 1.6, 2.6, 0.8, 0.5
# The share of a column that a line leaves free only on purpose.
_MUCH_ROOM = 0.2
# How much further than usual apart two lines of one paragraph may stand, and how much their sizes may differ.
_LOOSER, _SAME_SIZE = 1.3, 0.08
_ENDS = re.compile(r"[.!?。！？:：;；…][\"'”’»)\]】》」』）]*$")
_CHINESE = re.compile(r"[㐀-鿿]")


@dataclass(slots=True)
class Piece:
    """What belongs together: lines of a text, or cells of a row (each with the lines in it)."""

    kind: str
    lines: list[Line]
    cells: list[list[Line]] = field(default_factory=list)

    @property
    def box(self) -> Box:
        """Around all of it."""
        return union(line.box for line in self.lines)

    @property
    def size(self) -> float:
        """The size of its letters."""
        return max(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Column:
    """What is usual in a column: the distance of lines, in sizes of the font, and where they end."""

    pitch: float
    right: float
    width: float

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Column:
        pitches = [(b.base - a.base) / a.size for a, b in pairwise(lines) if _alike(a, b)]
        usual = [pitch for pitch in pitches if 0.8 <= pitch <= _LOOSE_LINE]
        rights = sorted(line.right for line in lines)
        # One line that runs over must not make all others look short.
        right = rights[int(0.95 * (len(rights) - 1))] if len(rights) > 8 else rights[-1]
        return cls(
            quantiles(usual, n=4)[0] if len(usual) > 1 else _LINE / _LOOSER,
            right,
            right - min(line.left for line in lines),
        )


def pieces(lines: Sequence[Line]) -> Iterator[Piece]:
    """The pieces of one column, from top to bottom."""
    column = _Column.of(lines)
    current: Piece | None = None
    for row in rows_of(lines):
        line = row[0]
        if current is not None and len(row) == 1 and _continues(current, line, column):
            continue
        if current is not None:
            yield current
        current = _begun(row)
    if current is not None:
        yield current


def _begun(row: list[Line]) -> Piece:
    if len(row) > 1:
        return Piece("row", list(row), [[line] for line in row])
    return Piece("item" if _labelled(row[0]) else "text", list(row))


def _labelled(line: Line) -> bool:
    label = LABEL.match(line.text)
    return label is not None and len(label[0]) < len(line.text)


def _continues(piece: Piece, line: Line, column: _Column) -> bool:
    """Whether ``line`` belongs to ``piece``; if so, it is added."""
    if piece.kind == "row":
        cell = _cell_above(piece, line)
        if cell is not None:
            cell.append(line)
            piece.lines.append(line)
        return cell is not None
    if _joins(piece, line, column):
        piece.lines.append(line)
        return True
    return False


def _cell_above(row: Piece, line: Line) -> list[Line] | None:
    """The cell, other than the first, that ``line`` goes on in."""
    for cell in row.cells[1:]:
        last = cell[-1]
        if abs(last.left - line.left) < 3 and line.base - row.lines[-1].base < _LINE * last.size and _alike(last, line):
            return cell
    return None


def _joins(piece: Piece, line: Line, column: _Column) -> bool:
    last = piece.lines[-1]
    pitch = (line.base - last.base) / last.size
    if not _alike(last, line) or pitch > min(_LOOSE_LINE, max(_LOOSER * column.pitch, 1.0)):
        return False
    if _labelled(line) and not (line.text[:1].isdigit() and _unended(last, line, column)):
        return False
    if pitch > _LINE and _ENDS.search(last.text):
        return False
    if last.bold != line.bold:
        return line.text[:1].islower() and not _ENDS.search(last.text)
    if _centred(last, line):
        return True
    return _indented_alike(piece, line) and (_full(last, line, column) or (last.bold and pitch < _LINE))


def _alike(a: Line, b: Line) -> bool:
    return a.turn == b.turn and abs(a.size - b.size) <= _SAME_SIZE * max(a.size, b.size)


def _centred(a: Line, b: Line) -> bool:
    middles = abs((a.left + a.right) - (b.left + b.right)) / 2
    return middles < 0.5 * a.size and abs(a.left - b.left) > _INDENT * a.size


def _indented_alike(piece: Piece, line: Line) -> bool:
    """The second line may hang or stand out; those after it follow the second."""
    indent = _INDENT * line.size
    if len(piece.lines) == 1:
        # A list item hangs; another paragraph's first line is set in as far, at most.
        return piece.kind == "item" or -5 * line.size < line.left - piece.lines[0].left < 5 * line.size
    return abs(line.left - piece.lines[1].left) < indent


def _full(last: Line, line: Line, column: _Column) -> bool:
    """Whether the first word of ``line`` had no room behind ``last``: if it had, the writer broke the line.

    Programs that wrap lines by counting characters leave some room, but not much, and not only behind full stops.
    """
    opening = min(line.opening, 2 * line.size) if _CHINESE.search(line.text[:1]) else line.opening
    room = column.right - last.right - opening - _ROOM * last.size
    return room < (0 if _ENDS.search(last.text) else _MUCH_ROOM * column.width)


def _unended(last: Line, line: Line, column: _Column) -> bool:
    """Whether a sentence goes on in ``line``, which then begins with a number and not with an item's label."""
    return not _ENDS.search(last.text) and not LABEL.match(last.text) and _full(last, line, column)


def runs_on(piece: Piece, after: Piece) -> bool:
    """Whether a paragraph goes on in the next column."""
    if piece.kind not in {"text", "item"} or after.kind != "text" or not _alike(piece.lines[-1], after.lines[0]):
        return False
    if piece.bold != after.bold or _ENDS.search(piece.lines[-1].text):
        return False
    begins = after.lines[0].text[:1]
    return begins.islower() or bool(_CHINESE.match(begins) and _CHINESE.search(piece.lines[-1].text[-2:]))
