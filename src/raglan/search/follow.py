"""How a derived index stays true to its store: one lock, one seal, and the store's sequence of changes.

Whoever finds the index behind brings it up to date; if another process is already at it, one searches what is there.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from raglan.errors import StoreError
from raglan.search.seal import Seal, read_seal
from raglan.store.sequence import lost, net, newest
from raglan.store.store import Change, Store

__all__ = ["Derived", "Follower"]

_LOG = logging.getLogger(__name__)
_PART = 1 << 17  # changes that are taken in at a time: what is held in memory of a sequence of any length


class Derived(Protocol):
    """What a follower drives. ``folder`` is ``None`` for an index in memory."""

    identity: str

    def load(self, folder: Path | None, seal: Seal) -> None:
        """Use the files that ``seal`` tells of; with an empty seal there are none: make them."""

    def apply(self, came: Sequence[Change], gone: Sequence[int], seal: Seal, seq: int) -> Iterator[Seal]:
        """Take in keys that came and went since ``seal``; yields a seal after each step that is safely on disk."""

    def worn(self, dead: int, live: int) -> bool:
        """Whether so many dropped entries call for building anew."""


class Follower:
    """Keeps one derived index in ``store.folder / name`` in step with ``store``."""

    def __init__(self, store: Store, name: str, derived: Derived) -> None:
        self.store = store
        self.seal: Seal | None = None
        self._derived = derived
        self._folder = store.folder / name if store.folder else None
        self._guard = threading.RLock()
        self._lock = (
            FileLock(store.folder / f"{name.replace('/', '-')}.lock", thread_local=False) if store.folder else None
        )
        self._version: tuple[int, int] | None = None

    @property
    def behind(self) -> int:
        """How many changes of the store the index has not seen."""
        return self.store.seq - (self.seal.seq if self.seal else 0)

    def refresh(self, *, wait: bool = False) -> None:
        """Look whether anything was committed since the last look, by this process or another; if so, catch up."""
        version = self.store.version
        if self.seal is None or version != self._version:
            for _ in self.catch_up(wait=wait):
                pass
            self._seen(version)

    def look(self) -> None:
        """See what was indexed since the last look, without indexing anything oneself, and without waiting."""
        version = self.store.version
        if self.seal is not None and version == self._version:
            return
        # Another thread that indexes loads what it has done itself.
        if self._guard.acquire(blocking=self.seal is None):
            try:
                with self._alone(wait=False) as alone:
                    # What is loaded goes on serving, even if another process has replaced its files for good.
                    self._open(alone and self.seal is None)
            finally:
                self._guard.release()
            self._seen(version)

    def _seen(self, version: tuple[int, int]) -> None:
        # While another process indexes, nothing in the store tells how far it is: then look again next time.
        if not self.behind:
            self._version = version

    def catch_up(self, *, wait: bool = True) -> Iterator[int]:
        """Follow the store to its last change; yields how many changes are left, at the start and after each step.

        Without ``wait``, leave it to another process that is already at it.
        """
        with self._guard, self._alone(wait) as alone:
            self._open(alone)
            if alone and self.behind:
                yield from self._follow()

    @contextmanager
    def _alone(self, wait: bool) -> Iterator[bool]:
        if self._lock is None or self.store.writes:
            # What is not committed may be undone: it must not be indexed.
            yield not self.store.writes
            return
        try:
            self._lock.acquire(timeout=600 if wait else 0)
        except Timeout:
            if wait:
                raise StoreError(
                    "another process holds the index; try again when it is done", path=str(self._folder)
                ) from None
            yield False
            return
        try:
            yield True
        finally:
            self._lock.release()

    def _open(self, alone: bool) -> None:
        seal = read_seal(self._folder) if self._folder else self.seal
        if seal is None or seal.identity != self._derived.identity or seal.seq > self.store.seq:
            seal = None
        if seal is not None and self.seal is not None and seal == self.seal:
            return
        if self._folder is not None and alone and seal is not None and not seal.holds(self._folder):
            _LOG.warning("%s is not as it was sealed; building it anew", self._folder)
            seal = None
        if seal is not None and self._loaded(seal):
            self.seal = seal
        elif alone:
            self._clear()
        elif self.seal is None:
            # Another process is making the index: search an empty one meanwhile.
            self._derived.load(None, Seal(0, self._derived.identity))

    def _loaded(self, seal: Seal) -> bool:
        try:
            self._derived.load(self._folder, seal)
        except (OSError, ValueError, RuntimeError) as error:
            # Another process is just clearing it, or other versions of tantivy or usearch have made it.
            _LOG.warning("%s cannot be used (%s)", self._folder, error)
            return False
        return True

    def _clear(self) -> None:
        self.seal = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True, exist_ok=True)
        self.seal = Seal(0, self._derived.identity)
        self._derived.load(self._folder, self.seal)

    def _follow(self) -> Iterator[int]:
        assert self.seal is not None
        target = self.store.seq
        dead = self.seal.dead + lost(self.store, self.seal.seq, target)
        # Counting what is alive takes a while in a large store.
        if self.seal.seq and dead and self._derived.worn(dead, len(self.store)):
            self._clear()
        last = newest(self.store, self.seal.seq)
        yield target - self.seal.seq
        while self.seal.seq < target:
            until = min(self.seal.seq + _PART, target)
            came, gone = net(self.store, self.seal.seq, until, last)
            for seal in self._derived.apply(came, gone, self.seal, until):
                self.seal = seal
                yield target - seal.seq
