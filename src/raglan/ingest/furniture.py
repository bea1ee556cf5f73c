"""What repeats at the edges of pages (running headers and footers, page numbers) and is no part of the text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.ingest.pdf_lines import Line, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["without_furniture"]

# The share of a page's height, from its top and from its bottom, and the number of rows there that may repeat.
_EDGE, _ROWS = 0.15, 3
# On more than half of the pages, or on most of the left or the right ones.
_MOST, _MOST_OF_A_SIDE, _FEWEST_OF_A_SIDE = 0.5, 0.8, 3
# Rows closer than this, in sizes of the font, are lines of one paragraph.
_PARAGRAPH = 1.6
_NUMBER = re.compile(
    r"""[\W_]*(?:(?:page|seite|p|pg|pagina|página|第)[.\s]*)?(?:\d{1,4}|[ivxlc]{1,7})
    (?:\s*(?:/|of|von|de|sur|/\s*共|,?\s*共)\s*\d{1,4})?\s*[页頁]?(?:\s*[/,，]?\s*共\s*\d{1,4}\s*[页頁])?[\W_]*""",
    re.IGNORECASE | re.VERBOSE,
)
_DIGITS = re.compile(r"\d+")
_Row = list[Line]
_Key = tuple[bool, int, str]


def without_furniture(pages: Sequence[Sequence[Line]], heights: Sequence[float], body: float) -> list[list[Line]]:
    """The lines of each page without those that repeat. ``body`` is the size of the text: headings may count up."""
    edges = [
        (_edge(lines, height, top=True), _edge(lines, height, top=False))
        for lines, height in zip(pages, heights, strict=True)
    ]
    repeated = _repeated([{key for edge in both for key in edge.keys(body)} for both in edges])
    kept = []
    for lines, both in zip(pages, edges, strict=True):
        gone = {id(line) for edge in both for line in edge.furniture(repeated, body)}
        kept.append([line for line in lines if id(line) not in gone])
    return kept


@dataclass(frozen=True, slots=True)
class _Edge:
    """The rows near one edge of a page, the outermost first, and the row behind them, if there is one."""

    top: bool
    rows: list[_Row]
    behind: list[_Row]

    def keys(self, body: float) -> Iterator[_Key]:
        return (_key(line, body, top=self.top) for row in self.rows for line in row)

    def furniture(self, repeated: set[_Key], body: float) -> Iterator[Line]:
        """The lines to leave out, from the edge inward up to the first row that holds anything else."""
        kept = [any(_key(line, body, top=self.top) not in repeated for line in row) for row in self.rows]
        outer = kept.index(True) if True in kept else len(kept)
        inner = [*self.rows[outer:], *self.behind]
        gone = self.rows[:outer]
        # Forms begin alike, too: what stands close to a row that stays belongs to it.
        while gone and inner and _close(gone[-1], inner[0]):
            inner.insert(0, gone.pop())
        yield from (line for row in gone for line in row)
        if len(gone) < len(self.rows):
            yield from _page_number(self.rows[len(gone)], repeated, body, top=self.top)


def _edge(lines: Sequence[Line], height: float, *, top: bool) -> _Edge:
    inward = rows_of(lines) if top else rows_of(lines)[::-1]
    limit = _EDGE * height
    near = [row for row in inward[:_ROWS] if (row[0].base if top else height - row[0].base) < limit]
    return _Edge(top, near, inward[len(near) : len(near) + 1])


def _key(line: Line, body: float, *, top: bool) -> _Key:
    """What makes a line the same as others; a title that says what running headers repeat says it larger."""
    # "Step 3" in large letters is a heading; "Handbook, 3" in small ones is counted by the page.
    text = line.text if line.size > 1.1 * body else _DIGITS.sub("#", line.text)
    return top, round(line.size), "".join(text.lower().split())


def _repeated(found: Sequence[set[_Key]]) -> set[_Key]:
    counts = Counter(key for keys in found for key in keys)
    most = {key for key, count in counts.items() if count > max(1.0, _MOST * len(found))}
    for side in (found[::2], found[1::2]):
        on_side = Counter(key for keys in side for key in keys)
        fewest = max(_FEWEST_OF_A_SIDE, _MOST_OF_A_SIDE * len(side))
        most |= {key for key, count in on_side.items() if count >= fewest}
    return most


def _close(row: _Row, other: _Row) -> bool:
    size = max(row[0].size, other[0].size)
    return abs(row[0].base - other[0].base) < _PARAGRAPH * size and round(row[0].size) == round(other[0].size)


def _page_number(row: _Row, repeated: set[_Key], body: float, *, top: bool) -> Iterator[Line]:
    """The number of the page: alone in its row, or beside a chapter's name in the same place on most pages."""
    for line in row:
        counted = len(row) == 1 or _key(line, body, top=top) in repeated
        if counted and _NUMBER.fullmatch(line.text):
            yield line
