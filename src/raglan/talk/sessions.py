"""Conversations that outlive their process: a small SQLite file beside the store, one row an exchange.

A file of its own, so that a conversation never waits until another process has finished indexing. What :meth:`Sessions.add`
returned from is on the disk (synchronous=FULL): a process killed at any moment loses no exchange that was shown.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from raglan.errors import StoreError
from raglan.talk.exchange import Exchange, Find, read, written

__all__ = ["SESSIONS", "Session", "Sessions"]

SESSIONS = "sessions.sqlite"
_FORMAT = 1
_PATIENCE = 30.0  # seconds to wait for another process
_TABLE = """CREATE TABLE IF NOT EXISTS exchange (
    session TEXT NOT NULL,
    turn INTEGER NOT NULL,
    at TEXT NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (session, turn)
) WITHOUT ROWID"""


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation by name, how many exchanges it has, and when the last was (ISO 8601)."""

    name: str
    turns: int
    at: str


class Sessions:
    """The conversations kept in a folder, or in memory for ``None``. Usable from several threads and processes.

    ``clock`` gives the time in ISO 8601. Raises :class:`StoreError` for a file that cannot be used.
    """

    def __init__(self, folder: Path | None, *, clock: Callable[[], str]) -> None:
        self._place = ":memory:" if folder is None else str(folder / SESSIONS)
        self._clock = clock
        self._guard = threading.RLock()
        with self._told():
            self._database = sqlite3.connect(
                self._place, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        with self._told():
            self._database.execute(f"PRAGMA busy_timeout={int(1000 * _PATIENCE)}")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            [found] = self._database.execute("PRAGMA user_version").fetchone()
            if found > _FORMAT:
                raise StoreError(
                    f"has format {found}, this version reads up to {_FORMAT}; use a newer raglan", path=self._place
                )
            self._database.execute(_TABLE)
            self._database.execute(f"PRAGMA user_version={_FORMAT}")

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        with self._guard:
            self._database.close()

    def add(self, session: str, exchange: Exchange) -> None:
        """Keep an exchange as the last one of ``session``, durably."""
        said = json.dumps(written(exchange), ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
        insert = "INSERT INTO exchange SELECT ?, coalesce(max(turn), 0) + 1, ?, ? FROM exchange WHERE session = ?"
        with self._guard, self._told():
            # One statement: of two processes in the same session neither takes the other's place.
            self._database.execute(insert, (session, self._clock(), said, session))

    def of(self, session: str, find: Find) -> list[Exchange]:
        """The exchanges of ``session``, oldest first; none for a name that is new. ``find`` gives passages by id."""
        with self._guard, self._told():
            rows = self._database.execute(
                "SELECT said FROM exchange WHERE session = ? ORDER BY turn", (session,)
            ).fetchall()
        with self._told():
            return [read(json.loads(said), find) for [said] in rows]

    def all(self) -> list[Session]:
        """Every session, the latest first."""
        with self._guard, self._told():
            rows = self._database.execute(
                "SELECT session, count(*), max(at) FROM exchange GROUP BY session ORDER BY max(at) DESC, session"
            ).fetchall()
        return [Session(*row) for row in rows]

    def drop(self, session: str) -> int:
        """Forget a session; returns how many exchanges it had."""
        with self._guard, self._told():
            return self._database.execute("DELETE FROM exchange WHERE session = ?", (session,)).rowcount

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            what = f"the sessions cannot be used ({error}); move the file away to begin anew"
            raise StoreError(what, path=self._place) from error
