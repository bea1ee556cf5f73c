"""Jobs of adding documents, in a table that every worker process reads: one of them works, and all can tell how far it is.

The table lies in ``jobs.sqlite`` in the store's folder. A job whose worker died is taken up again by another.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from raglan.errors import StoreError

__all__ = ["Job", "Jobs"]

_PATIENCE = 30.0  # seconds to wait for another process
_KEPT = 30 * 24 * 3600.0  # seconds for which a job that ended is remembered
_TABLE = """
CREATE TABLE IF NOT EXISTS job (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    files TEXT NOT NULL,
    created REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    cancelled INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '{}'
)
"""
_ALL = "SELECT id, owner, files, state, cancelled, done, total, outcome FROM job"


@dataclass(frozen=True, slots=True)
class Job:
    """Files to be read, by their names in the store, and how far that is.

    ``state`` is queued, reading (``done`` of ``total`` are bytes), encoding (passages), done, cancelled or failed.
    ``outcome`` has what a job that ended tells: added, skipped, documents, message.
    """

    id: str
    owner: str
    files: tuple[str, ...]
    state: str = "queued"
    cancelled: bool = False
    done: int = 0
    total: int = 0
    outcome: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Jobs:
    """The table of jobs of the store in ``folder``. Usable from several threads and processes."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / "jobs.sqlite"
        self._clock = clock
        self._guard = threading.Lock()
        self._database = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _TABLE):
            self._run(statement)

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        with self._guard:
            self._database.close()

    def new(self, files: Sequence[str], owner: str, job: str = "") -> Job:
        """A new job for files that lie ready; durable when this returns. Forgets jobs that ended a month ago."""
        made = Job(job or uuid4().hex, owner, tuple(files))
        row = (made.id, owner, json.dumps(files, ensure_ascii=False), self._clock())
        self._run("DELETE FROM job WHERE created < ? AND ended", self._clock() - _KEPT)
        self._run("INSERT INTO job(id, owner, files, created) VALUES (?, ?, ?, ?)", *row)
        return made

    def get(self, job: str) -> Job | None:
        """A job by id."""
        rows = self._run(f"{_ALL} WHERE id = ?", job)
        return _job(rows[0]) if rows else None

    def next(self) -> Job | None:
        """The oldest job that has not ended."""
        rows = self._run(f"{_ALL} WHERE NOT ended ORDER BY key LIMIT 1")
        return _job(rows[0]) if rows else None

    def at(self, job: str, state: str, done: int = 0, total: int = 0) -> bool:
        """Say how far a job is; whether it was cancelled meanwhile."""
        self._run("UPDATE job SET state = ?, done = ?, total = ? WHERE id = ?", state, done, total, job)
        return bool(self._run("SELECT cancelled FROM job WHERE id = ?", job)[0][0])

    def end(self, job: str, state: str, outcome: Mapping[str, Any]) -> None:
        """Say how a job ended."""
        packed = json.dumps(outcome, ensure_ascii=False)
        self._run("UPDATE job SET state = ?, outcome = ?, ended = 1 WHERE id = ?", state, packed, job)

    def cancel(self, job: str) -> None:
        """Ask for a job that has not ended to be given up."""
        self._run("UPDATE job SET cancelled = 1 WHERE id = ? AND NOT ended", job)

    def _run(self, statement: str, *values: object) -> list[Any]:
        with self._guard:
            try:
                return self._database.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"the table of jobs cannot be used ({error})", path=str(self._path)) from error


def _job(row: Sequence[Any]) -> Job:
    name, owner, files, state, cancelled, done, total, outcome = row
    return Job(name, owner, tuple(json.loads(files)), state, bool(cancelled), done, total, json.loads(outcome))
