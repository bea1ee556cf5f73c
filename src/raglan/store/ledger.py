"""What is known of each file of a folder: as it was when last read, and why it was skipped if it was."""

from __future__ import annotations

from dataclasses import dataclass

from raglan.store.store import Store

__all__ = ["FileState", "Ledger"]


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was last seen: ``reason`` is empty if it was read, else why not, and ``hint`` what to do.

    ``root`` is the folder, or file, that was named when it was found. ``hash`` is that of its bytes, or a
    :class:`raglan.store.bookmark.Bookmark` if it is read row by row.
    """

    path: str
    size: int
    mtime: int
    hash: bytes
    reason: str = ""
    hint: str = ""
    root: str = ""


class Ledger:
    """The table of files in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def states(self) -> dict[str, FileState]:
        """All files, by path."""
        rows = self._store.rows("SELECT path, size, mtime, hash, reason, hint, root FROM file ORDER BY path")
        return {row[0]: FileState(*row) for row in rows}

    def roots(self) -> list[str]:
        """What was named when files were found, in order."""
        return [root for [root] in self._store.rows("SELECT DISTINCT root FROM file ORDER BY root")]

    def state(self, path: str) -> FileState | None:
        """One file, if it is known."""
        rows = self._store.rows("SELECT path, size, mtime, hash, reason, hint, root FROM file WHERE path = ?", path)
        return FileState(*rows[0]) if rows else None

    def note(self, state: FileState) -> None:
        """Keep what is now known of a file."""
        row = (state.path, state.size, state.mtime, state.hash, state.reason, state.hint, state.root)
        self._store.change("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?)", [row])

    def forget(self, path: str) -> None:
        """Drop a file and every document that came from it."""
        with self._store.transaction():
            self._store.drop(self._store.documents(file=path))
            self._store.change("DELETE FROM file WHERE path = ?", [(path,)])

    def thin(self, path: str, most: int) -> int:
        """Drop at most so many of the documents that came from a file; how many that were."""
        rows = self._store.rows("SELECT id FROM document WHERE file = ? ORDER BY key LIMIT ?", path, most)
        return self._store.drop(name for [name] in rows)
