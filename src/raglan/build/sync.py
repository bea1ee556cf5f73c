"""A folder and its store in step: read what is new or changed, forget what is gone, name what cannot be read.

Each file is one transaction: it is in the store, whole, when it is reported, and what a killed process had reported is
there. Words can be searched while the rest is still being read; vectors follow.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from raglan.build.progress import Pace, Watch
from raglan.build.roots import root_name
from raglan.errors import ReadError
from raglan.ingest.walk import Found, walk
from raglan.protocols import Chunker
from raglan.search.follow import Follower
from raglan.store.ledger import FileState, Ledger
from raglan.store.store import Store
from raglan.types import Document

__all__ = ["Read", "Reading", "Skipped", "SyncReport", "encode_rest", "sync"]

_REFRESH = 2.0  # seconds between two looks of the word index at what was read

Read = Callable[[Path, str], Iterable[Document]]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the store, why, and what to do about it; ``new`` if that was found out just now."""

    path: str
    reason: str
    hint: str = ""
    new: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What is made of files: ``mark`` differs where something else would be; ``anew`` if it was something else so far."""

    mark: str = ""
    anew: bool = False


@dataclass(slots=True)
class SyncReport:
    """What a sync did: counts of files, and the files that were skipped, those of earlier syncs among them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def sync(
    store: Store,
    root: Path,
    *,
    read: Read,
    chunker: Chunker,
    words: Follower,
    prefix: str = "",
    watch: Watch | None = None,
    reading: Reading | None = None,
) -> SyncReport:
    """Bring ``store`` in step with the files below ``root``; their names in the store begin with ``prefix``.

    ``words`` follows every few seconds, and at the end. Interrupted, it goes on where it was when called again.
    """
    return _Sync(store, root, read, chunker, words, prefix, reading or Reading()).run(watch)


def encode_rest(vectors: Follower, watch: Watch | None = None) -> None:
    """Let an index by meaning follow the store to its end."""
    steps = vectors.catch_up()
    total = next(steps, 0)
    pace = Pace("vectors", total, watch)
    for left in steps:
        pace.at(total - left)


class _Sync:
    def __init__(
        self,
        store: Store,
        root: Path,
        read: Read,
        chunker: Chunker,
        words: Follower,
        prefix: str,
        reading: Reading,
    ) -> None:
        self._store, self._root, self._read, self._chunker, self._words = store, root, read, chunker, words
        self._prefix, self._reading = prefix, reading
        self._ledger = Ledger(store)
        self._report = SyncReport()

    def run(self, watch: Watch | None) -> SyncReport:
        mine = root_name(self._store, self._root)
        before = {path: state for path, state in self._ledger.states().items() if state.root == mine}
        found, problems = self._look()
        for problem in problems:
            self._report.skipped.append(Skipped(self._prefix + problem.source, problem.reason, problem.hint))
        self._remove(before, found, problems)
        fresh = [file for file in found if not self._same(file, before.get(self._prefix + file.source))]
        self._report.unchanged = len(found) - len(fresh)
        for path in {self._prefix + file.source for file in found} - {self._prefix + file.source for file in fresh}:
            if before[path].reason:
                self._report.unchanged -= 1
                self._report.skipped.append(Skipped(path, before[path].reason, before[path].hint, new=False))
        self._take_all(fresh, before, mine, watch)
        return self._report

    def _same(self, file: Found, state: FileState | None) -> bool:
        if self._reading.anew:
            # Only the hash of a file tells whether it was read in this way already.
            return False
        return state is not None and (state.size, state.mtime) == (file.size, file.mtime_ns)

    def _look(self) -> tuple[list[Found], list[ReadError]]:
        found, problems = [], []
        for one in walk(self._root):
            if isinstance(one, ReadError):
                problems.append(one)
            else:
                found.append(one)
        return found, problems

    def _remove(self, before: dict[str, FileState], found: Sequence[Found], problems: Sequence[ReadError]) -> None:
        """Forget files that are gone; what only cannot be looked at now is not gone."""
        if not self._root.exists() or any(problem.source == "." for problem in problems):
            return
        there = {self._prefix + file.source for file in found}
        hidden = {self._prefix + problem.source for problem in problems}
        below = tuple(f"{one}/" for one in hidden)
        for path in sorted(before.keys() - there - hidden):
            if not path.startswith(below):
                self._ledger.forget(path)
                self._report.removed += 1

    def _take_all(self, fresh: Sequence[Found], before: dict[str, FileState], mine: str, watch: Watch | None) -> None:
        pace = Pace("reading", sum(file.size for file in fresh), watch)
        done, looked = 0, time.monotonic()
        for file in fresh:
            self._take(file, before.get(self._prefix + file.source), mine)
            done += file.size
            pace.at(done, file.source)
            if time.monotonic() - looked > _REFRESH:
                self._words.refresh()
                looked = time.monotonic()
        self._words.refresh()

    def _take(self, file: Found, old: FileState | None, mine: str) -> None:
        name = self._prefix + file.source
        mark = _hash(file.path, self._reading.mark)
        state = FileState(name, file.size, file.mtime_ns, mark, root=mine)
        if old is not None and old.hash == mark and mark:
            self._ledger.note(replace(state, reason=old.reason, hint=old.hint))
            if old.reason:
                self._report.skipped.append(Skipped(name, old.reason, old.hint, new=False))
            else:
                self._report.unchanged += 1
            return
        documents = self._documents(file, name)
        # The first document is awaited outside the transaction: parsing may take long, and others want to write too.
        first = next(documents, None)
        with self._store.transaction():
            trouble = self._put(name, [] if first is None else chain([first], documents))
            reason, hint = trouble or ("", "")
            self._ledger.note(replace(state, reason=reason, hint=hint))
        if trouble:
            self._report.skipped.append(Skipped(name, *trouble))
        elif old is None or old.reason:
            self._report.added += 1
        else:
            self._report.changed += 1

    def _put(self, name: str, documents: Iterable[Document | ReadError]) -> tuple[str, str] | None:
        """Put the documents of a file in place of those that it had; the trouble, if it could not be read in full."""
        gone = set(self._store.documents(file=name))
        trouble = None
        for one in documents:
            if isinstance(one, ReadError):
                trouble = (one.reason, one.hint)
            else:
                self._store.put(one, self._chunker(one), file=name)
                gone.discard(one.id)
        self._store.drop(gone)
        return trouble

    def _documents(self, file: Found, name: str) -> Iterator[Document | ReadError]:
        try:
            yield from self._read(file.path, name)
        except ReadError as error:
            yield error


def _hash(path: Path, mark: str) -> bytes:
    """The hash of a file's bytes and a mark; empty if they cannot be read, which the reader will say better."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16, key=mark.encode())).digest()
    except OSError:
        return b""
