"""Tables of web pages: which hold data, their rows, and how a row reads with the names of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from raglan.ingest.grid import looks_like_header, row_reading, row_text, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from raglan.ingest.boilerplate import Element

__all__ = ["data_table"]

# A table with any of these in its cells arranges a page.
_LAYOUT = ("table", "h1", "h2", "h3", "h4", "pre", "form", "article", "section")
_WIDEST = 200
_LONGEST_CELL = 1500


class _Row(NamedTuple):
    cells: list[str]  # as they stand
    spread: list[str]  # one per column, those that span several repeated
    names: bool  # nothing but header cells
    headed: bool  # the first cell names the row


def data_table(table: Element) -> list[tuple[str, str, str]]:
    """Text, kind and reading of each block of ``table``: its caption, then its rows without those that name columns.

    Nothing where ``table`` arranges parts of the page rather than data.
    """
    if table.get("role") in {"presentation", "none"} or any(inner is not table for inner in table.iter(*_LAYOUT)):
        return []
    rows = list(_rows(table))
    if all(len(row.cells) < 2 for row in rows) or any(len(cell) > _LONGEST_CELL for row in rows for cell in row.cells):
        return []
    count = _header_count(rows)
    if count == len(rows):
        count = 0
    names = _names(rows[:count])
    captions = [(_said(caption), "text", "") for caption in table.iter("caption")]
    return captions + [(row_text(row.cells), "row", _reading(names, row)) for row in rows[count:]]


def _header_count(rows: Sequence[_Row]) -> int:
    """How many rows at the top name the columns."""
    marked = next((at for at, row in enumerate(rows) if not row.names), len(rows))
    if marked or len(rows) < 3 or any(row.headed for row in rows):
        return marked
    # Without header cells two columns may as well be names and values.
    return 1 if len(rows[0].cells) > 2 and looks_like_header(rows[0].cells) else 0


def _names(rows: Sequence[_Row]) -> list[str]:
    """For each column what the header rows say over it, each thing once."""
    width = max((len(row.spread) for row in rows), default=0)
    columns = ([row.spread[at] for row in rows if at < len(row.spread)] for at in range(width))
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _reading(names: Sequence[str], row: _Row) -> str:
    if names:
        return row_reading(names, row.spread)
    if row.headed and len(row.cells) > 1:
        return f"{row.cells[0]}: {'; '.join(filter(None, row.cells[1:]))}"
    return ""


def _rows(table: Element) -> Iterator[_Row]:
    above: dict[int, tuple[str, int]] = {}  # by column, what reaches down from a row above, and for how many rows more
    for line in table.iter("tr"):
        cells = [cell for cell in line if cell.tag in {"td", "th"}]
        if cells:
            said = [_said(cell) for cell in cells]
            spread = _spread(cells, said, above)
            names = all(cell.tag == "th" for cell in cells)
            yield _Row(said, spread, names or line.getparent().tag == "thead", cells[0].tag == "th" and not names)


def _spread(cells: Sequence[Element], said: Sequence[str], above: dict[int, tuple[str, int]]) -> list[str]:
    spread: list[str] = []
    for cell, text in zip(cells, said, strict=True):
        _reach_down(spread, above)
        for _ in range(_count(cell, "colspan")):
            above[len(spread)] = text, _count(cell, "rowspan") - 1
            spread.append(text)
        if len(spread) > _WIDEST:
            break
    _reach_down(spread, above)
    return spread


def _reach_down(spread: list[str], above: dict[int, tuple[str, int]]) -> None:
    while (reach := above.get(len(spread))) and reach[1] > 0:
        above[len(spread)] = reach[0], reach[1] - 1
        spread.append(reach[0])


def _count(cell: Element, name: str) -> int:
    count = cell.get(name) or "1"
    return max(1, min(int(count), _WIDEST)) if count.isdecimal() and len(count) < 5 else 1


def _said(cell: Element) -> str:
    """The text of a cell on one line."""
    if not len(cell):
        return tidy(cell.text or "")
    parts: list[str] = []
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        apart = " " if element.tag in {"br", "p", "div", "li", "ul", "ol"} else ""
        if event == "start" and element.tag in {"script", "style", "button", "svg"}:
            walk.skip_subtree()
        elif event == "start":
            parts.append(apart + (element.text or ""))
        elif element is not cell:
            parts.append(apart + (element.tail or ""))
    return tidy("".join(parts))
