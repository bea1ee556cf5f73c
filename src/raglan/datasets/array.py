"""A file that is one JSON array, item by item: such files can be larger than the memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from raglan.datasets.files import opened, some
from raglan.datasets.row import Row
from raglan.errors import DataError

__all__ = ["array"]

_BLANK = re.compile(r"\s*")
_CHUNK = 1 << 20
# An item that is longer is no row of a dataset but a bracket that was never closed.
_LONGEST = 1 << 28


def array(path: Path) -> Iterator[Row]:
    """The items of the array, as rows."""
    with opened(path) as file:
        text = _Growing(file, path)
        text.take("[", str(path))
        empty = text.peek() == "]"
        for number in count():
            place = f"{path}:[{number}]"
            if not empty:
                yield Row(path, f"[{number}]", text.value(place))
            if text.take("]" if empty else ",]", place) == "]":
                break
        if text.peek():
            raise DataError("goes on behind the end of its array", place=str(path))


class _Growing:
    """The part of a file that is being understood; it grows until something can be made of it."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._buffer, self._at = "", 0

    def peek(self) -> str:
        """The next mark, none at the end."""
        while True:
            match = _BLANK.match(self._buffer, self._at)
            assert match is not None, "nothing matches too"
            self._at = match.end()
            if self._at < len(self._buffer) or not self._grow():
                return self._buffer[self._at : self._at + 1]

    def take(self, marks: str, place: str) -> str:
        """The next mark, which must be one of ``marks``."""
        mark = self.peek()
        if not mark or mark not in marks:
            wanted = " or ".join(repr(one) for one in marks)
            raise DataError(f"is not JSON (expected {wanted}, found {mark or 'the end'!r})", place=place)
        self._at += 1
        return mark

    def value(self, place: str) -> object:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._buffer) < _LONGEST and self._grow():
                    continue
                raise DataError(f"is not JSON ({getattr(error, 'msg', error)})", place=place) from error
            # A number may go on in the part that is still to come, behind a point or an exponent that were left aside.
            if end + len("e+") < len(self._buffer) or not self._grow():
                self._at = end
                return value

    def _grow(self) -> bool:
        """Whether there was more. Each time twice as much, so that a long item is tried a few times only."""
        data = some(self._file.read, max(_CHUNK, len(self._buffer) - self._at), self._path)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise DataError(f"is not UTF-8 (after {self._buffer[-20:]!r})", place=str(self._path)) from error
        if data:
            self._buffer, self._at = self._buffer[self._at :] + text, 0
        return bool(data)
