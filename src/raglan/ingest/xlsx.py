"""Workbooks (.xlsx, .xls, .ods and others): every sheet a heading, every row a line with the names of its columns."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from raglan.errors import ReadError
from raglan.ingest.blocks import Blocks
from raglan.ingest.containers import ENCRYPTED, OLE, ole_streams, unzipped
from raglan.ingest.grid import looks_like_header, row_reading, row_text

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

    from raglan.types import Document

__all__ = ["cell_text", "read_xlsx"]

Cell = int | float | str | bool | time | date | datetime | timedelta
# How far down the names of the columns may stand, under titles and remarks.
_DEEPEST_HEADER = 10


def read_xlsx(data: bytes, source: str) -> list[Document]:
    """One document for the workbook; sheets that its author hid are left out and named in ``meta``."""
    workbook = _opened(data, source)
    blocks = Blocks()
    shown, hidden = _sheet_names(workbook)
    for name in shown:
        rows = [[cell_text(cell) for cell in row] for row in _rows(workbook, name, source)]
        if any(map(any, rows)):
            blocks.add(name, "heading", level=1)
            _add_rows([row for row in rows if any(row)], blocks)
    return [blocks.document(source, {"sheets_hidden": hidden} if hidden else {})]


def cell_text(cell: Cell) -> str:
    """A value as a person would write it.

    >>> cell_text(24.0), cell_text(0.1 + 0.2), cell_text(datetime(2024, 5, 1)), cell_text(timedelta(minutes=90))
    ('24', '0.3', '2024-05-01', '1:30:00')
    """
    match cell:
        case bool():
            return str(cell).upper()
        case float():
            # Fifteen digits are what a sheet shows; the sixteenth is the error of binary fractions.
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "seconds" if cell.second else "minutes")
        case time():
            return cell.isoformat("seconds" if cell.second else "minutes")
        case _:
            return str(cell).strip()


def _opened(data: bytes, source: str) -> CalamineWorkbook:
    from python_calamine import CalamineError, PasswordError, load_workbook

    _refuse_early(data, source)
    try:
        return load_workbook(io.BytesIO(data))
    except PasswordError as error:
        raise ReadError("encrypted", source=source, hint=ENCRYPTED) from error
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(source, str(error)) from error


def _refuse_early(data: bytes, source: str) -> None:
    if not data:
        raise ReadError("empty", source=source, hint="the file has no bytes; copy it again if it should have")
    if not data.startswith(OLE):
        unzipped(data, source).close()
    elif "EncryptedPackage" in ole_streams(data):
        raise ReadError("encrypted", source=source, hint=ENCRYPTED)


def _sheet_names(workbook: CalamineWorkbook) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    shown = tuple(sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible)
    return shown, tuple(sheet.name for sheet in sheets if sheet.name not in shown)


def _rows(workbook: CalamineWorkbook, name: str, source: str) -> list[list[Cell]]:
    from python_calamine import CalamineError

    try:
        return workbook.get_sheet_by_name(name).to_python()
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(source, f"sheet {name}: {error}") from error


def _damaged(source: str, why: str) -> ReadError:
    return ReadError(f"damaged: {why}", source=source, hint="open it in its program and save it anew")


def _add_rows(rows: list[list[str]], blocks: Blocks) -> None:
    header = _header(rows)
    titles = header if header is not None else len(rows) if max(map(_filled, rows)) == 1 else 0
    for number, row in enumerate(rows):
        if number < titles and _filled(row) == 1:
            blocks.add(row_text(row))
        else:
            named = header is not None and number > header
            blocks.add(row_text(row), "row", reading=row_reading(rows[header or 0], row) if named else "")


def _header(rows: list[list[str]]) -> int | None:
    """The number of the row that names the columns: the first wide one, if it looks like names."""
    widest = max(map(_filled, rows))
    for number, row in enumerate(rows[: min(_DEEPEST_HEADER, len(rows) - 1)]):
        if _filled(row) >= max(2, 0.6 * widest):
            first, last = row.index(next(filter(None, row))), len(row) - next(i for i, c in enumerate(row[::-1]) if c)
            return number if looks_like_header(row[first:last]) else None
    return None


def _filled(row: list[str]) -> int:
    return sum(map(bool, row))
