"""Passages that were cut already, a row each, from any place of their file on: such files are larger than the memory.

Each row comes with the place behind it, from which reading can go on another time. What is wrong with a row costs that row
and no other: a quote that nothing closes ends where its line does. Only a file that cannot be read any further raises.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from raglan.datasets.corpus import passage_of
from raglan.datasets.dpr import psgs_passage
from raglan.datasets.files import opened, some
from raglan.datasets.row import Row
from raglan.errors import DataError
from raglan.types import Passage

__all__ = ["BEGIN", "FARTHEST", "Place", "Stream", "Taken", "head_of", "sum_of"]

FARTHEST = 1 << 22  # where in its document a passage may end, in characters
_LONGEST = 1 << 22  # bytes of a line
_LINES = 100  # of a record
_HEAD, _BLOCK = 1 << 16, 1 << 20
_NAMED = frozenset(("id", "text", "title"))


class Place(NamedTuple):
    """Behind so many bytes of a text, unzipped, and lines; ``sum`` is the CRC-32 of these bytes."""

    at: int = 0
    line: int = 0
    sum: int = 0


BEGIN = Place()


class Taken(NamedTuple):
    """A row: its line, counted from 1, its passage or what is wrong with it, and the place behind it."""

    line: int
    row: Passage | str
    after: Place


class _Line(NamedTuple):
    text: str
    after: Place
    flaw: str = ""


class Stream:
    """The rows of a file in a form that :func:`raglan.datasets.recognise.of_passages` tells: ``psgs`` or ``corpus``."""

    def __init__(self, path: Path, form: str) -> None:
        self._path = path
        self._taken = self._records if form == "psgs" else self._objects
        self._text: BinaryIO = io.BytesIO()
        self._end = 0

    @property
    def done(self) -> int:
        """How many bytes of the file, zipped as it may be, were read so far."""
        if self._text.closed:
            return self._end
        raw = getattr(self._text, "raw", None)
        file: Any = raw.fileobj if isinstance(raw, gzip.GzipFile) else self._text
        return int(file.tell())

    def after(self, place: Place = BEGIN) -> Iterator[Taken]:
        """The rows behind ``place``; raises :class:`DataError` where the file cannot be read any further."""
        with opened(self._path) as self._text:
            yield from self._taken(place)
            self._end = self.done

    def _objects(self, place: Place) -> Iterator[Taken]:
        """JSON lines."""
        for line in self._lines(place):
            if line.flaw or line.text.strip():
                number = line.after.line
                yield Taken(number, line.flaw or self._of(number, _object, line.text), line.after)

    def _records(self, place: Place) -> Iterator[Taken]:
        """A table, whose first record names the columns."""
        number, header, after = next(_records(self._lines(BEGIN)), (1, "is empty", BEGIN))
        if isinstance(header, str):
            raise DataError(header, place=f"{self._path}:{number}")
        names = [name.strip() for name in header]
        for number, cells, behind in _records(self._lines(max(place, after)), len(names)):
            if isinstance(cells, str):
                yield Taken(number, cells, behind)
            elif len(cells) != len(names):
                yield Taken(number, f"has {len(cells)} cells where the header has {len(names)}", behind)
            else:
                yield Taken(number, self._of(number, _record, dict(zip(names, cells, strict=True))), behind)

    def _of(self, line: int, make: Callable[[Row], Passage], value: object) -> Passage | str:
        """The passage of a row, or what is wrong with it."""
        row = Row(self._path, str(line), value)
        try:
            return make(row)
        except DataError as error:
            return str(error).removeprefix(f"{row.place}: ")

    def _lines(self, place: Place) -> Iterator[_Line]:
        """The lines behind ``place``, which was behind a line."""
        try:
            self._text.seek(place.at)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"cannot be read up to where it was left ({error})", place=str(self._path)) from error
        while data := some(self._text.readline, _LONGEST, self._path, place.line + 1):
            first, flaw = not place.at, ""
            place = _behind(place, data)
            while not data.endswith(b"\n") and (more := some(self._text.readline, _LONGEST, self._path, place.line)):
                data, flaw = more, f"is longer than {_LONGEST:,} bytes"
                place = _behind(place, more)._replace(line=place.line)
            yield _line(data.removeprefix(codecs.BOM_UTF8) if first else data, place, flaw)


def _behind(place: Place, line: bytes) -> Place:
    return Place(place.at + len(line), place.line + 1, zlib.crc32(line, place.sum))


def _line(data: bytes, after: Place, flaw: str) -> _Line:
    if flaw:
        return _Line("", after, flaw)
    try:
        return _Line(data.decode(), after)
    except UnicodeDecodeError as error:
        byte = f"byte {data[error.start]:#04x} at {error.start}"
        return _Line(data.decode("utf-8", "replace"), after, f"is not UTF-8 ({byte})")


def _object(row: Row) -> Passage:
    passage = passage_of(Row.of_json(row.value, row.file, row.way))
    if not passage.text.strip():
        raise row.wrong("has no text")
    if passage.span.end > FARTHEST:
        raise row.wrong(f"'start' is {passage.span.start}: a document may have {FARTHEST:,} characters")
    return passage


def _record(row: Row) -> Passage:
    passage = psgs_passage(row)
    others = {name: value for name, value in row.value.items() if name not in _NAMED and name and value}
    return replace(passage, meta=others | dict(passage.meta)) if others else passage


class _Feed:
    """Hands lines to a :mod:`csv` reader, and those that a failed record took for nothing once more."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._again: deque[_Line] = deque()
        self.taken: list[_Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == _LINES:
            raise StopIteration  # to the reader, the file ends within a record
        self.taken.append(self._again.popleft() if self._again else next(self._lines))
        return self.taken[-1].text

    def settled(self) -> list[_Line]:
        """The lines of the last record, which was a good one."""
        lines, self.taken = self.taken, []
        return lines

    def failed(self) -> _Line:
        """The line with which a record began that is none: those behind it come again."""
        first, *others = self.settled()
        self._again.extendleft(reversed(others))
        return first


def _records(lines: Iterator[_Line], width: int = 0) -> Iterator[tuple[int, list[str] | str, Place]]:
    """The records that hold anything: the line on which each begins, its cells or what is wrong, the place behind it.

    A record of several lines has ``width`` cells: with more or fewer it is a quote too many.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter="\t", strict=True)
    while True:
        cells, problem = list[str](), ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"is no record of a table ({error})"
            reader = csv.reader(feed, delimiter="\t", strict=True)
        problem = next((line.flaw for line in feed.taken if line.flaw), problem)
        if not problem and len(feed.taken) > 1 and width not in (0, len(cells)):
            problem = "is no record of a table (a quote is never closed)"
        if problem:
            line = feed.failed()
            yield line.after.line, problem, line.after
        else:
            taken = feed.settled()
            if any(cells):
                yield taken[0].after.line, cells, taken[-1].after


def head_of(path: Path) -> str:
    """A hash of the beginning of a file, by which another file under its name is told."""
    try:
        with path.open("rb") as file:
            return hashlib.blake2b(file.read(_HEAD), digest_size=16).hexdigest()
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror or error})", place=str(path)) from error


def sum_of(path: Path, size: int) -> int:
    """The CRC-32 of the first ``size`` bytes of a text, unzipped; -1 where there are not so many."""
    total = 0
    with opened(path) as text:
        while size and (block := some(text.read, min(size, _BLOCK), path)):
            total, size = zlib.crc32(block, total), size - len(block)
    return -1 if size else total
