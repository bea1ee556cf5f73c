"""Files as text: lines, beginnings, JSON; gzipped or not, with a byte order mark or without.

A file that cannot be read to its end (it is not there, it is not text, it was cut off) raises whatever becomes of bad
rows: what it does not hold cannot be counted.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from raglan.datasets.dataset import Bad
from raglan.datasets.row import Row
from raglan.errors import DataError

__all__ = ["beginning", "either", "json_lines", "lines", "opened", "some", "whole"]

_GZIP = b"\x1f\x8b"


def either(path: Path) -> Path | None:
    """``path``, or the same with ``.gz`` behind it, whichever is there."""
    there = [one for one in (path, path.with_name(path.name + ".gz")) if one.is_file()]
    if len(there) > 1:
        raise DataError(f"stands beside {there[1].name}; keep one of them", place=str(path))
    return there[0] if there else None


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unzipped."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP
        return io.BufferedReader(gzip.open(path)) if zipped else path.open("rb")
    except OSError as error:
        raise DataError(_why(error), place=str(path)) from error


def some(read: Callable[[int], bytes], size: int, path: Path, line: int = 0) -> bytes:
    """What ``read(size)`` gives; what is wrong with the file becomes a :class:`DataError`."""
    try:
        return read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(_why(error), place=f"{path}:{line}" if line else str(path)) from error


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text, counted from 1, with the marks that end them."""
    with opened(path) as file:
        for number in count(1):
            line = some(file.readline, -1, path, number)
            if not line:
                return
            yield number, _text(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, f"{path}:{number}")


def beginning(path: Path, size: int = 1 << 18) -> str:
    """About the first ``size`` characters of a text; all of it where there are not so many."""
    with opened(path) as file:
        data = some(file.read, size, path)
    try:
        # A character may be cut in two where the part ends: an incremental decoder leaves it out.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError as error:
        raise DataError(_why(error), place=str(path)) from error


def whole(path: Path) -> Row:
    """The one JSON value that a file holds."""
    with opened(path) as file:
        data = some(file.read, -1, path)
    return Row.of_json(_text(data.removeprefix(codecs.BOM_UTF8), str(path)), path)


def json_lines(path: Path, bad: Bad) -> Iterator[Row]:
    """The rows of a file with a JSON value on each line; blank lines are none."""
    for number, line in lines(path):
        if line.isspace():
            continue
        try:
            row = Row.of_json(line, path, str(number))
        except DataError as error:
            bad(error)
        else:
            yield row


def _text(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(_why(error), place=place) from error


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.object[error.start]:#04x} at {error.start})"
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
        return f"is a damaged gzip file ({error})"
    return f"cannot be read ({getattr(error, 'strerror', None) or error})"
