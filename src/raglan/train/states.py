"""Where states of texts are kept: in memory, or in a folder of two files that a killed run leaves whole.

Rows of states are appended only; a record of 32 bytes a text says where its rows are and what their checksum is.
"""

from __future__ import annotations

import contextlib
import json
import logging
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from raglan.errors import ConfigError

__all__ = ["Disk", "Memory", "Rows"]

Rows = NDArray[Any]  # float16 or float32: the states of one text [t, d]

_RECORD = struct.Struct("<16sQII")  # digest of the text, first row, rows, checksum
_log = logging.getLogger(__name__)


class Memory:
    """States by the digest of their text, up to ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._rows: dict[bytes, Rows] = {}

    def get(self, key: bytes) -> Rows | None:
        """The states of a text by its digest, or ``None``."""
        return self._rows.get(key)

    def add(self, key: bytes, rows: Rows) -> None:
        """Keep them, if there is room."""
        if self._size + rows.nbytes <= self._most:
            self._rows[key] = rows
            self._size += rows.nbytes

    def close(self) -> None:
        """Let go of what is held."""
        self._rows.clear()


class Disk:
    """The same in a folder; rows are read through a memory map, so the system decides what stays in memory."""

    def __init__(self, place: Path, identity: str, shape: tuple[str, int], most: int) -> None:
        self._dtype, self._dim = np.dtype(shape[0]), shape[1]
        self._room = most // (self._dtype.itemsize * self._dim)  # rows
        place.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(place / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise ConfigError(f"{place} is in use by another run: wait for it, or name another folder") from error
        self._data, self._index = place / "states.bin", place / "index.bin"
        self._claim(place / "states.json", identity)
        self._where: dict[bytes, tuple[int, int, int]] = {}
        self._end = self._read()
        self._map: Rows = np.empty((0, self._dim), self._dtype)
        self._files = [path.open("ab") for path in (self._data, self._index)]

    def get(self, key: bytes) -> Rows | None:
        """The states of a text by its digest, or ``None``."""
        if key not in self._where:
            return None
        first, count, wanted = self._where[key]
        if first + count > len(self._map):
            self._map = np.memmap(self._data, self._dtype, "r", shape=(self._end, self._dim))
        rows = np.array(self._map[first : first + count])
        if zlib.crc32(rows.tobytes()) == wanted:
            return rows
        del self._where[key]
        return None

    def add(self, key: bytes, rows: Rows) -> None:
        """Keep them, if there is room."""
        if key in self._where or self._end + len(rows) > self._room:
            return
        data = rows.tobytes()
        entry = self._end, len(rows), zlib.crc32(data)
        try:
            # The record follows its rows: what has a record is whole, or its checksum tells.
            for file, part in zip(self._files, (data, _RECORD.pack(key, *entry)), strict=True):
                file.write(part)
                file.flush()
        except OSError as error:
            _log.warning("%s: %s; further states are computed at each use", self._data, error)
            self._room = 0
            return
        self._where[key] = entry
        self._end += len(rows)

    def close(self) -> None:
        """Let go of what is held."""
        for file in self._files:
            # What a full disk did not take is of no use later.
            with contextlib.suppress(OSError):
                file.close()
        self._map = np.empty((0, self._dim), self._dtype)
        self._lock.release()

    def _claim(self, path: Path, identity: str) -> None:
        """States of something else go."""
        claim = json.dumps({"identity": identity, "dtype": self._dtype.name, "dim": self._dim})
        if path.exists() and path.read_text(encoding="utf-8") == claim:
            return
        for file in (self._data, self._index):
            file.unlink(missing_ok=True)
        path.write_text(claim, encoding="utf-8")

    def _read(self) -> int:
        """Take in what is whole, cut off what is not; the number of rows."""
        for path in (self._data, self._index):
            path.touch()
        row = self._dtype.itemsize * self._dim
        there, end, records = self._data.stat().st_size // row, 0, 0
        for key, first, count, wanted in _RECORD.iter_unpack(_whole(self._index.read_bytes())):
            if first != end or first + count > there:
                break
            self._where[key] = first, count, wanted
            end, records = first + count, records + 1
        for path, size in ((self._data, end * row), (self._index, records * _RECORD.size)):
            with path.open("r+b") as file:
                file.truncate(size)
        return end


def _whole(data: bytes) -> bytes:
    return data[: len(data) // _RECORD.size * _RECORD.size]
