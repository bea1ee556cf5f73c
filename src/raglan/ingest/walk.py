"""The files below a folder, in a stable order; what cannot be read is named, never skipped in silence."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from raglan.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Found", "walk"]

_SKIPPED = frozenset({"node_modules", "__pycache__", "thumbs.db", "desktop.ini"})
_TEMPORARY = ("~", ".swp", ".swo", ".tmp", ".part", ".crdownload", ".lock")


@dataclass(frozen=True, slots=True)
class Found:
    """A file: where it lies, its name below the root (with ``/``), its size in bytes, when it was changed last."""

    path: Path
    source: str
    size: int
    mtime_ns: int


def walk(root: Path) -> Iterator[Found | ReadError]:
    """Every file below ``root``, or ``root`` itself where it is a file; a problem takes the place of what it hides.

    Files come sorted by ``source``; those behind links to folders come after all others, so that a file goes by its
    own name and not by a link's. Hidden files and folders, and what programs leave behind, are passed over.
    """
    status = _status(root, root.name)
    if isinstance(status, ReadError):
        yield status
    elif stat.S_ISDIR(status.st_mode):
        yield from _Walk([(root, "")]).steps()
    else:
        yield _file(root, root.name, status)


@dataclass(slots=True)
class _Walk:
    """One walk: what lies ahead, next last; links to folders, which come later; folders seen, by device and number."""

    ahead: list[tuple[Path, str]]
    links: list[tuple[Path, str]] = field(default_factory=list)
    seen: dict[tuple[int, int], str] = field(default_factory=dict)

    def steps(self) -> Iterator[Found | ReadError]:
        while self.ahead or self.links:
            following = not self.ahead
            path, source = self.links.pop(0) if following else self.ahead.pop()
            status = _status(path, source)
            if isinstance(status, ReadError):
                yield status
            elif not stat.S_ISDIR(status.st_mode):
                yield _file(path, source, status)
            elif source and path.is_symlink() and not following:
                self.links.append((path, source))
            else:
                yield from self._open(path, source, (status.st_dev, status.st_ino))

    def _open(self, path: Path, source: str, folder: tuple[int, int]) -> Iterator[ReadError]:
        if folder in self.seen:
            yield _seen_before(path, source, self.seen[folder])
            return
        self.seen[folder] = source
        try:
            entries = sorted(os.scandir(path), key=_order, reverse=True)
        except OSError as error:
            yield _problem(error, source)
            return
        kept = [entry for entry in entries if not _passed_over(entry.name)]
        self.ahead += [(Path(entry.path), f"{source}/{_readable(entry.name)}".lstrip("/")) for entry in kept]


def _order(entry: os.DirEntry[str]) -> str:
    # With the slash, a walk in this order gives the paths in theirs.
    return entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name


def _passed_over(name: str) -> bool:
    small = name.lower()
    return small.startswith((".", "~$")) or small in _SKIPPED or small.endswith(_TEMPORARY)


def _file(path: Path, source: str, status: os.stat_result) -> Found | ReadError:
    if not stat.S_ISREG(status.st_mode):
        return ReadError("a device or pipe, not a file", source=source)
    if not os.access(path, os.R_OK):
        return ReadError("no permission to read it", source=source, hint="change its permissions or leave it out")
    return Found(path, source, status.st_size, status.st_mtime_ns)


def _status(path: Path, source: str) -> os.stat_result | ReadError:
    try:
        return path.stat()
    except OSError as error:
        return _problem(error, source)


def _problem(error: OSError, source: str) -> ReadError:
    reason = "a link that leads in a circle or nowhere" if Path(error.filename or "").is_symlink() else ""
    return ReadError(reason or (error.strerror or str(error)).lower(), source=source or ".", hint="")


def _seen_before(path: Path, source: str, first: str) -> ReadError:
    if path.resolve() in path.absolute().parents or source.startswith(first + "/") or not first:
        return ReadError("a loop: this link leads back to a folder around it", source=source, hint="remove the link")
    return ReadError(f"a link to a folder that was read as {first}", source=source)


def _readable(name: str) -> str:
    # A name that is no valid text in the file system's encoding must still be one in ours.
    return os.fsencode(name).decode("utf-8", "replace")
