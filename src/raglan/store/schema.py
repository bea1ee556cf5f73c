"""The tables of a store, and how its database is opened.

SQLite holds the truth: what was read, how it was cut, what people said of the answers. Everything else in the folder is
derived from here and can be thrown away. ``change`` is the one sequence that the derived indexes follow: a passage's key
with +1 when it came and -1 when it went, in the order in which that was committed. Keys are never used twice: a passage
that is for other people from now on goes and comes under a new key, and the change tells which it had (``was``) and for
whom it is (``access``).
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from raglan.errors import StoreError

__all__ = ["DATABASE", "connect"]

DATABASE = "store.sqlite"
FORMAT = 3
_PATIENCE = 30.0  # seconds to wait for another process

_TABLES = """
CREATE TABLE IF NOT EXISTS document (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    file TEXT,
    text TEXT NOT NULL,
    meta TEXT NOT NULL,
    layout TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS document_file ON document(file);
CREATE TABLE IF NOT EXISTS passage (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES document(key) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    text TEXT NOT NULL,
    meta TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS passage_document ON passage(document);
CREATE INDEX IF NOT EXISTS passage_id ON passage(id);
CREATE TABLE IF NOT EXISTS tag (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES document(key) ON DELETE CASCADE,
    PRIMARY KEY (name, value, document)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tag_document ON tag(document);
CREATE TABLE IF NOT EXISTS change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    passage INTEGER NOT NULL,
    sign INTEGER NOT NULL,
    access TEXT NOT NULL DEFAULT '',
    was INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS access (name TEXT PRIMARY KEY, groups TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    hash BLOB NOT NULL,
    reason TEXT NOT NULL,
    hint TEXT NOT NULL,
    root TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feedback (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    query TEXT NOT NULL,
    passage TEXT NOT NULL,
    verdict REAL NOT NULL,
    note TEXT NOT NULL,
    person TEXT NOT NULL DEFAULT '',
    hash BLOB NOT NULL DEFAULT x''
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# What was read out of passages. Rows go with their passage, in the same statement: a delete is exact at once.
_GRAPH = (
    """CREATE TABLE IF NOT EXISTS mention (
        passage INTEGER NOT NULL REFERENCES passage(key) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        said TEXT NOT NULL,
        PRIMARY KEY (passage, start, stop, kind)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS mention_name ON mention(name)",
    """CREATE TABLE IF NOT EXISTS fact (
        passage INTEGER NOT NULL REFERENCES passage(key) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        head TEXT NOT NULL,
        relation TEXT NOT NULL,
        tail TEXT NOT NULL,
        rule TEXT NOT NULL,
        PRIMARY KEY (passage, start, stop, head, relation, tail)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS alias (
        passage INTEGER NOT NULL REFERENCES passage(key) ON DELETE CASCADE,
        short TEXT NOT NULL,
        long TEXT NOT NULL,
        PRIMARY KEY (passage, short, long)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS sketch (
        passage INTEGER PRIMARY KEY REFERENCES passage(key) ON DELETE CASCADE,
        hashes BLOB NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS triple (
        source TEXT NOT NULL,
        head TEXT NOT NULL,
        relation TEXT NOT NULL,
        tail TEXT NOT NULL,
        PRIMARY KEY (source, head, relation, tail)
    ) WITHOUT ROWID""",
)
# Sentences that sum a document up, and from which of its passages (``state``) they were chosen. They came without a new
# format: who does not know them can do without, and deletes them with their passages all the same.
_SUMMARIES = (
    """CREATE TABLE IF NOT EXISTS summary (
        passage INTEGER NOT NULL REFERENCES passage(key) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        says TEXT NOT NULL,
        PRIMARY KEY (passage, start, stop)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS summarised (
        document INTEGER PRIMARY KEY REFERENCES document(key) ON DELETE CASCADE,
        state BLOB NOT NULL
    )""",
)
# What each older format lacks; nothing that it has is touched.
_SINCE: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE feedback ADD COLUMN person TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE feedback ADD COLUMN hash BLOB NOT NULL DEFAULT x''",
    ),
    2: (
        "ALTER TABLE change ADD COLUMN access TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE change ADD COLUMN was INTEGER NOT NULL DEFAULT 0",
        "CREATE TABLE IF NOT EXISTS access (name TEXT PRIMARY KEY, groups TEXT NOT NULL) WITHOUT ROWID",
        *_GRAPH,
    ),
}


def connect(folder: Path | None) -> sqlite3.Connection:
    """Open, and where needed create, the database of ``folder``; in memory for ``None``. One of an older format becomes new.

    Raises :class:`StoreError` for a folder that cannot be used and for a format that this version does not know.
    """
    place = ":memory:" if folder is None else str(folder / DATABASE)
    try:
        return _prepared(place)
    except (sqlite3.DatabaseError, OSError) as error:
        raise StoreError(
            f"cannot be opened as a store ({error}); if it is damaged, delete the store's folder and run raglan index again",
            path=place,
        ) from error


def _prepared(place: str) -> sqlite3.Connection:
    database = sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        _configure(database, place)
    except BaseException:
        database.close()
        raise
    return database


def _configure(database: sqlite3.Connection, place: str) -> None:
    _write_ahead(database)
    # FULL: what is committed survives loss of power, not only of the process.
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        database.execute(f"PRAGMA {pragma}")
    found = _format(database)
    if found == 0:
        # Two processes may open a new store at once: the second finds the tables made.
        tables = _TABLES + "".join(f"{statement};" for statement in (*_GRAPH, *_SUMMARIES))
        database.executescript(f"BEGIN IMMEDIATE;{tables}PRAGMA user_version={FORMAT};COMMIT;")
    elif found in _SINCE:
        _renew(database)
    elif found != FORMAT:
        raise StoreError(f"has format {found}, this version reads up to {FORMAT}; use a newer raglan", path=place)
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'summarised'").fetchone():
        database.executescript(f"BEGIN IMMEDIATE;{''.join(f'{statement};' for statement in _SUMMARIES)}COMMIT;")


def _format(database: sqlite3.Connection) -> int:
    [found] = database.execute("PRAGMA user_version").fetchone()
    return int(found)


def _renew(database: sqlite3.Connection) -> None:
    """Bring an older format up to date: all of it or, if the process is killed, nothing."""
    database.execute("BEGIN IMMEDIATE")
    # Of two processes that find the store old, the second finds it renewed.
    for older in range(_format(database), FORMAT):
        for statement in _SINCE[older]:
            database.execute(statement)
    database.execute(f"PRAGMA user_version={FORMAT}")
    database.execute("COMMIT")


def _write_ahead(database: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side; of two processes that ask a new database for it at once, one waits."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # The time-out of the connection does not hold for this change.
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
