"""A seal tells of the files of a derived index: up to which change they go, and that no byte of them was altered.

It is a small file beside them, replaced in one step after they are safely on disk. What is not under a seal that holds is
built anew, never trusted. Checking is cheap: contents are read again only where size or time of a file is not as sealed.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Seal", "SealedFile", "checksum", "read_seal", "sealed_file", "write_seal"]

_NAME = "seal"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file's first ``size`` bytes: their sum, and the time at which the file was last known to be good."""

    name: str
    size: int
    sum: int
    mtime: int

    def holds(self, folder: Path) -> bool:
        """Whether these bytes are still there, unaltered. Bytes after them do not matter."""
        try:
            found = (folder / self.name).stat()
        except OSError:
            return False
        if found.st_size == self.size and found.st_mtime_ns == self.mtime:
            return True
        return found.st_size >= self.size and checksum(folder / self.name, self.size) == self.sum


@dataclass(frozen=True, slots=True)
class Seal:
    """``seq`` is the last change that the files hold, ``identity`` says what made them, ``dead`` counts dropped entries."""

    seq: int
    identity: str
    dead: int = 0
    files: tuple[SealedFile, ...] = ()

    def holds(self, folder: Path) -> bool:
        """Whether every sealed file is as it was."""
        return all(file.holds(folder) for file in self.files)

    def file(self, name: str) -> SealedFile | None:
        """The record of one file."""
        return next((file for file in self.files if file.name == name), None)


def sealed_file(folder: Path, name: str, known: SealedFile | None = None) -> SealedFile:
    """The record of a file as it is now; of bytes that ``known`` already tells of, only the rest is read."""
    found = (folder / name).stat()
    if known is not None and (known.size, known.mtime) == (found.st_size, found.st_mtime_ns):
        return known
    done, start = (known.size, known.sum) if known is not None and known.size <= found.st_size else (0, 0)
    return SealedFile(name, found.st_size, checksum(folder / name, found.st_size, done, start), found.st_mtime_ns)


def checksum(path: Path, size: int, done: int = 0, start: int = 0) -> int:
    """CRC-32 of the first ``size`` bytes, going on from ``start``, the sum of the first ``done``; -1 if unreadable."""
    total, left = start, size - done
    try:
        with path.open("rb") as file:
            file.seek(done)
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                total, left = zlib.crc32(block, total), left - len(block)
    except OSError:
        return -1
    return total if left == 0 else -1


def write_seal(folder: Path, seal: Seal) -> None:
    """Put the seal in place, in one step and durably; the files must be on disk before."""
    lines = [
        f"{seal.seq}\t{seal.dead}\t{seal.identity}",
        *(f"{f.size}\t{f.sum}\t{f.mtime}\t{f.name}" for f in seal.files),
    ]
    text = "\n".join(lines) + "\n"
    fresh = folder / f"{_NAME}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(f"{text}{zlib.crc32(text.encode())}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / _NAME)


def read_seal(folder: Path) -> Seal | None:
    """The seal of a folder; ``None`` where there is none that can be read."""
    try:
        text = (folder / _NAME).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    body, _, total = text.rstrip("\n").rpartition("\n")
    if total != str(zlib.crc32(f"{body}\n".encode())):
        return None
    head, *lines = body.split("\n")
    seq, dead, identity = head.split("\t", 2)
    return Seal(int(seq), identity, int(dead), tuple(_records(lines)))


def _records(lines: Iterable[str]) -> Iterable[SealedFile]:
    for line in lines:
        size, total, mtime, name = line.split("\t", 3)
        yield SealedFile(name, int(size), int(total), int(mtime))
