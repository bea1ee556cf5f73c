"""A store as members of some groups see it: what is not for them is not there.

A view reads through a connection of its own, in which the tables are shadowed by views of SQLite that leave out every row
of a hidden document. So whatever is asked of it, by any statement, has the answer of a store without those documents; and
nothing that is derived from it can know more. Its sequence of changes holds those of visible passages alone: a passage
never changes sides, for it gets a new key when it is for other people.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import weakref
from collections.abc import Iterable
from pathlib import Path

from raglan.errors import StoreError
from raglan.store.schema import connect
from raglan.store.store import Store, Viewed

__all__ = ["VIEWS", "view", "view_folder"]

VIEWS = "views"
# Of each connection; there may be many views of one store.
_CACHE = 8 << 10  # KiB
_SEEN = """
SELECT * FROM main.{0} o
WHERE NOT EXISTS (SELECT 1 FROM main.tag a WHERE a.document = o.{1} AND a.name = 'access')
OR EXISTS (
    SELECT 1 FROM main.tag a
    WHERE a.name = 'access' AND a.value IN (SELECT name FROM temp.viewer) AND a.document = o.{1}
)
"""
_TOLD = """
SELECT * FROM main.change o
WHERE access = ''
OR EXISTS (SELECT 1 FROM json_each(o.access) g WHERE g.value IN (SELECT name FROM temp.viewer))
"""
_READ_FROM = "SELECT * FROM main.{} o WHERE EXISTS (SELECT 1 FROM temp.passage p WHERE p.key = o.passage)"
_SHADOWS = {
    "document": _SEEN.format("document", "key"),
    "passage": _SEEN.format("passage", "document"),
    "tag": _SEEN.format("tag", "document"),
    "change": _TOLD,
    "file": "SELECT * FROM main.file o WHERE EXISTS (SELECT 1 FROM temp.document d WHERE d.file = o.path)",
    # Questions that others asked, and who may see what, are nobody's business.
    "feedback": "SELECT * FROM main.feedback WHERE 0",
    "access": "SELECT * FROM main.access WHERE 0",
    **{table: _READ_FROM.format(table) for table in ("mention", "fact", "alias", "sketch", "summary")},
    "summarised": _SEEN.format("summarised", "document"),
    # Of triples that were brought in nobody said for whom they are.
    "triple": "SELECT * FROM main.triple WHERE 0",
}


def view(store: Store, groups: Iterable[str]) -> Store:
    """What of ``store`` members of ``groups`` see: documents for one of these, and those for everybody.

    It reads only, and follows what is written to ``store``; it closes when nobody holds it any more. Raises
    :class:`StoreError` for a store in memory, into which nobody else can look.
    """
    whole, names = store.whole, sorted(set(groups))
    if whole.folder is None:
        raise StoreError("a store in memory has no views; give it a folder", path=":memory:")
    database = connect(whole.folder)
    try:
        _limit(database, names)
        made = Store(view_folder(whole.folder, names), viewed=Viewed(whole, database))
    except BaseException:
        database.close()
        raise
    weakref.finalize(made, database.close)
    return made


def view_folder(folder: Path, groups: Iterable[str]) -> Path:
    """Where, in the folder of a store, the derived files of a view lie."""
    names = json.dumps(sorted(set(groups)), ensure_ascii=False)
    return folder / VIEWS / hashlib.blake2b(names.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _limit(database: sqlite3.Connection, groups: list[str]) -> None:
    database.execute(f"PRAGMA cache_size=-{_CACHE}")
    database.execute("CREATE TEMP TABLE viewer (name TEXT PRIMARY KEY) WITHOUT ROWID")
    database.executemany("INSERT INTO viewer VALUES (?)", [(name,) for name in groups])
    for table, rows in _SHADOWS.items():
        database.execute(f"CREATE TEMP VIEW {table} AS {rows}")
    database.execute("PRAGMA query_only=ON")
