"""What repeats at the edges of pages (running headers and footers, page numbers) and is no part of the text."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from raglan.ingest.pdf_lines import Line, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["without_furniture"]

# The share of a page's height, from its top and from its bottom, and the number of rows there that may repeat.
_EDGE, _ROWS = 0.15, 3
# On more than half of the pages, or on most of the left or the right ones.
_MOST, _MOST_OF_A_SIDE, _FEWEST_OF_A_SIDE = 0.5, 0.8, 3
_NUMBER = re.compile(
    r"""[\W_]*(?:(?:page|seite|p|pg|pagina|página|第)[.\s]*)?(?:\d{1,4}|[ivxlc]{1,7})
    (?:\s*(?:/|of|von|de|sur|/\s*共|,?\s*共)\s*\d{1,4})?\s*[页頁]?(?:\s*[/,，]?\s*共\s*\d{1,4}\s*[页頁])?[\W_]*""",
    re.IGNORECASE | re.VERBOSE,
)
_DIGITS = re.compile(r"\d+")
_Key = tuple[bool, int, str]


def without_furniture(pages: Sequence[Sequence[Line]], heights: Sequence[float], body: float) -> list[list[Line]]:
    """The lines of each page without those that repeat. ``body`` is the size of the text: headings may count up."""
    edges = [dict(_edge_lines(lines, height, body)) for lines, height in zip(pages, heights, strict=True)]
    repeated = _repeated([set(found.values()) for found in edges])
    kept: list[list[Line]] = []
    for lines, found, height in zip(pages, edges, heights, strict=True):
        gone = {at for at, key in found.items() if key in repeated}
        rest = [line for at, line in enumerate(lines) if at not in gone]
        numbers = {id(line) for line in _page_numbers(rest, height)}
        kept.append([line for line in rest if id(line) not in numbers])
    return kept


def _edge_lines(lines: Sequence[Line], height: float, body: float) -> Iterator[tuple[int, _Key]]:
    """The lines near the top and the bottom: their number on the page, and what makes them the same as others."""
    position = {id(line): at for at, line in enumerate(lines)}
    rows = rows_of(lines)
    for top, outermost in ((True, rows[:_ROWS]), (False, rows[-_ROWS:])):
        for line in (line for row in outermost for line in row):
            if _in_edge(line, height, top=top):
                # "Step 3" in large letters is a heading; "Handbook, 3" in small ones is counted by the page.
                text = line.text if line.size > 1.1 * body else _DIGITS.sub("#", line.text)
                # A title may say what the running header repeats, but it says it larger.
                yield position[id(line)], (top, round(line.size), "".join(text.lower().split()))


def _in_edge(line: Line, height: float, *, top: bool) -> bool:
    return line.base < _EDGE * height if top else line.base > (1 - _EDGE) * height


def _repeated(found: Sequence[set[_Key]]) -> set[_Key]:
    counts = Counter(key for keys in found for key in keys)
    most = {key for key, count in counts.items() if count > max(1.0, _MOST * len(found))}
    for side in (found[::2], found[1::2]):
        on_side = Counter(key for keys in side for key in keys)
        fewest = max(_FEWEST_OF_A_SIDE, _MOST_OF_A_SIDE * len(side))
        most |= {key for key, count in on_side.items() if count >= fewest}
    return most


def _page_numbers(lines: Sequence[Line], height: float) -> Iterator[Line]:
    rows = rows_of(lines)
    for top, row in ((True, rows[:1]), (False, rows[-1:])):
        # A number beside other words is a cell or a date.
        if row and len(row[0]) == 1 and _in_edge(row[0][0], height, top=top) and _NUMBER.fullmatch(row[0][0].text):
            yield row[0][0]
