"""Tables in text files: a row for each record, under the names that the first one gives."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from raglan.datasets.dataset import Bad
from raglan.datasets.files import lines
from raglan.datasets.row import Row
from raglan.errors import DataError

__all__ = ["cells", "header", "records"]

Cells = tuple[int, list[str]]


def header(line: str) -> tuple[str, list[str]]:
    r"""The delimiter of a table and the names of its columns, told from its first line.

    >>> header("question\tanswer, if any\n")
    ('\t', ['question', 'answer, if any'])
    """
    delimiter = next((mark for mark in "\t;" if mark in line), ",")
    [names] = csv.reader([line.rstrip("\r\n")], delimiter=delimiter) if line.strip() else [[]]
    return delimiter, [name.strip() for name in names]


def cells(path: Path, delimiter: str, bad: Bad) -> Iterator[Cells]:
    """The records of a table that hold anything: the line on which each begins, and its cells.

    A quote that is never closed cannot swallow the file: a cell has an end at the :mod:`csv` module's limit.
    """
    reader = csv.reader((line for _, line in lines(path)), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            bad(DataError(f"is no record of a table ({error})", place=f"{path}:{number}"))
            continue
        if record is None:
            return
        if any(record):
            yield number, record


def records(path: Path, bad: Bad, *, needed: Sequence[str], delimiter: str = "\t") -> Iterator[Row]:
    """The records as rows of texts, by the names of the columns, of which ``needed`` must be there."""
    found = cells(path, delimiter, bad)
    number, names = next(found, (1, list[str]()))
    names = [name.strip() for name in names]
    for name in needed:
        if name not in names:
            raise DataError(f"has no column {name!r}; its columns are {', '.join(names)}", place=f"{path}:{number}")
    for number, record in found:
        if len(record) == len(names):
            yield Row(path, str(number), dict(zip(names, record, strict=True)))
        else:
            message = f"has {len(record)} cells where the header has {len(names)}"
            bad(DataError(message, place=f"{path}:{number}"))
