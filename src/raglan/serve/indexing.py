"""The one who works on jobs: a thread in every worker process, of which that one works who holds the lock.

It reads and writes through a library of its own, so that nobody who asks waits for a transaction; the encoder is the one
that all share. Stopped, or killed, a job goes on where it was: what was read is in the store, each file as a whole.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from raglan.build.parts import Library
from raglan.build.progress import Progress
from raglan.build.roots import prefix_for
from raglan.errors import ModelError, RaglanError, StoreError
from raglan.serve.intake import Intake
from raglan.serve.jobs import Job, Jobs
from raglan.store.ledger import FileState, Ledger

__all__ = ["Indexing"]

_LOG = logging.getLogger(__name__)
_LOOK = 1.0  # seconds between two looks for jobs that other processes took, or left behind
_TELL = 0.2  # seconds between two notes of how far a job is
_NO_FAULT: Mapping[str, str] = {"code": "", "message": ""}
_STATES = {"reading": "reading", "vectors": "encoding"}


class _Cancelled(Exception):  # noqa: N818  what was asked for, not a fault
    pass


class _Stopping(Exception):  # noqa: N818  likewise
    pass


class Indexing:
    """Works on the jobs of the store in ``folder`` until :meth:`close`; ``opened`` opens a library to write with."""

    def __init__(self, folder: Path, jobs: Jobs, opened: Callable[[], Library]) -> None:
        self._jobs, self._opened = jobs, opened
        self._intake = Intake(folder)
        self._lock = FileLock(folder / "jobs.lock", thread_local=False)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._library: Library | None = None
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        self._thread.start()

    def wake(self) -> None:
        """Look for jobs now."""
        self._wake.set()

    def close(self) -> None:
        """Stop behind the file that is being read; what is left of its job goes on after the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._library is not None:
            self._library.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._work()
            except RaglanError:
                _LOG.exception("jobs cannot be worked on; trying again")
            self._wake.wait(_LOOK)
            self._wake.clear()

    def _work(self) -> None:
        if self._jobs.next() is None:
            return
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return
        try:
            while not self._stopping.is_set() and (job := self._jobs.next()):
                self._do(job)
        finally:
            self._lock.release()

    def _do(self, job: Job) -> None:
        self._library = self._library or self._opened()
        watch = _Watch(self._jobs, job, self._stopping)
        try:
            watch(Progress("reading", 0, 0))
            watch(Progress("reading", 0, self._intake.begin(job.id, job.files)))
            self._library.sync(self._intake.root, watch=watch)
            self._library.encode(watch)
        except _Stopping:
            self._jobs.at(job.id, "queued")
            return
        except _Cancelled:
            self._end(self._library, job, "cancelled")
        except Exception as error:  # noqa: BLE001  whatever it is, the jobs behind it must have their turn
            _LOG.exception("job failed")
            self._end(self._library, job, "failed", _fault(error))
        else:
            self._end(self._library, job, "done")

    def _end(self, library: Library, job: Job, state: str, fault: Mapping[str, str] = _NO_FAULT) -> None:
        prefix = prefix_for(library.store, self._intake.root)
        ledger = Ledger(library.store)
        states = {name: ledger.state(prefix + name) for name in job.files}
        read = {name: found for name, found in states.items() if found and self._is_read(name, found)}
        self._intake.undo(job.id, [name for name in job.files if name not in read])
        skipped = [
            {"path": found.path, "reason": found.reason, "hint": found.hint} for found in read.values() if found.reason
        ]
        documents = [one for found in read.values() for one in library.store.documents(file=found.path)]
        outcome: dict[str, Any] = {"added": len(read) - len(skipped), "skipped": skipped, "documents": documents}
        self._jobs.end(job.id, state, {**outcome, **fault})
        self._intake.end(job.id)

    def _is_read(self, name: str, state: FileState) -> bool:
        """Whether the file that lies there is the one that the store knows."""
        with suppress(OSError):
            there = (self._intake.root / name).stat()
            return (there.st_size, there.st_mtime_ns) == (state.size, state.mtime)
        return False


class _Watch:
    """Notes how far a job is, now and then, and ends it where it is cancelled, or the server stops."""

    def __init__(self, jobs: Jobs, job: Job, stopping: threading.Event) -> None:
        self._jobs, self._job, self._stopping = jobs, job, stopping
        self._told = ("", 0.0)

    def __call__(self, progress: Progress) -> None:
        """Hear of a step."""
        if self._stopping.is_set():
            raise _Stopping
        state, now = _STATES.get(progress.stage, "reading"), time.monotonic()
        before, since = self._told
        if state == before and now - since < _TELL and progress.done < progress.total:
            return
        self._told = (state, now)
        if self._jobs.at(self._job.id, state, progress.done, progress.total):
            raise _Cancelled


def _fault(error: Exception) -> dict[str, str]:
    # Messages of these name folders of this machine.
    if isinstance(error, StoreError):
        return {"code": "store", "message": "the store cannot be written right now; add the files again"}
    if isinstance(error, ModelError):
        return {"code": "model", "message": "the encoder cannot be used right now; the server's log says more"}
    said = str(error) if isinstance(error, RaglanError) else f"{type(error).__name__}; the server's log says more"
    return {"code": "failed", "message": said}
