"""Granting documents to groups: one by one, by file, or by folder, for what is there and for what comes later.

What was granted stays when a file is read again, or goes and comes back; it counts more than what the file says of itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from raglan.store.groups import packed
from raglan.store.store import Store

__all__ = ["grant", "grants"]

_THERE = """
SELECT id, file FROM document
WHERE id = ?1 OR file = ?1
OR ((?1 = '' OR ?1 LIKE '%/') AND substr(coalesce(nullif(file, ''), nullif(source, ''), id), 1, length(?1)) = ?1)
ORDER BY key
"""


def grant(store: Store, name: str, groups: Iterable[str]) -> list[str]:
    """Let members of ``groups`` alone see what is called ``name``; everybody, if there are none.

    That is the id of a document, a file as the store knows it, or a folder with a slash at its end; empty for all that is
    not named otherwise. Returns the ids of the documents that this concerns. Their passages get new keys, so that every
    index notices; their vectors are kept.
    """
    with store.transaction():
        row = (name, packed(set(groups)))
        store.change("INSERT OR REPLACE INTO access VALUES (?, ?)", [row])
        there = store.rows(_THERE, name)
        for document, file in there:
            _put_again(store, document, file)
    return [document for document, _ in there]


def grants(store: Store) -> dict[str, tuple[str, ...]]:
    """What was granted to whom, by name."""
    rows = store.rows("SELECT name, groups FROM access ORDER BY name")
    return {name: tuple(json.loads(groups or "[]")) for name, groups in rows}


def _put_again(store: Store, name: str, file: str | None) -> None:
    document = store.document(name)
    if document is not None:
        store.put(document, list(store.passages(name).values()), file=file)
