"""Rows of cells as text, and as they read aloud with the names of their columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["looks_like_header", "row_reading", "row_text", "rows"]

_NUMBER = re.compile(r"[^\w]*\d[\d.,:/\s%-]*[^\w]*\w{0,3}")
_LONGEST_NAME = 80


def rows(cells: Sequence[Sequence[str]], *, header: bool | None = None) -> Iterator[tuple[str, str]]:
    """Each row's text and reading; ``header`` says whether the first row names the columns, None to judge by its look.

    >>> list(rows([["Part", "Price"], ["Lid", "4"]]))
    [('Part | Price', ''), ('Lid | 4', 'Part: Lid; Price: 4')]
    """
    if header is None:
        header = len(cells) > 1 and looks_like_header(cells[0])
    names: Sequence[str] = cells[0] if header and cells else ()
    for number, row in enumerate(cells):
        yield row_text(row), row_reading(names, row) if names and number else ""


def row_text(row: Sequence[str]) -> str:
    """The cells that hold something, with a bar between them."""
    return " | ".join(filter(None, map(tidy, row)))


def row_reading(names: Sequence[str], row: Sequence[str]) -> str:
    """The cells that hold something, each after the name of its column."""
    named = list(names) + [""] * (len(row) - len(names))
    pairs = [(tidy(name), tidy(cell)) for name, cell in zip(named, row, strict=False)]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def looks_like_header(row: Sequence[str]) -> bool:
    """Whether ``row`` could name columns: short words, none twice, only the corner left empty.

    >>> looks_like_header(["", "2023 plan", "Price"]), looks_like_header(["Lid", "4"])
    (True, False)
    """
    names = [tidy(cell) for cell in row]
    body = names[1:] if len(names) > 2 else names
    filled = [name for name in names if name]
    return (
        len(filled) > 1
        and all(body)
        and len(set(filled)) == len(filled)
        and all(len(name) <= _LONGEST_NAME for name in filled)
        and not any(_NUMBER.fullmatch(name) for name in filled if not _is_year(name))
    )


def tidy(cell: str) -> str:
    """``cell`` on one line."""
    return " ".join(cell.split())


def _is_year(name: str) -> bool:
    # Years head columns; other numbers are values.
    return name.isdigit() and 1900 <= int(name) <= 2100
