"""The sequence of changes, part by part: what came and what went, however much lies between two changes.

Keys are never used twice and ascend with the sequence, so the key of the last passage that an index may hold tells which of
those that went it has to forget.
"""

from __future__ import annotations

from raglan.store.store import Change, Store

__all__ = ["lost", "net", "newest"]


def newest(store: Store, seq: int) -> int:
    """The key of the last passage that had come by change ``seq``; 0 where none had."""
    rows = store.rows("SELECT passage FROM change WHERE seq <= ? AND sign > 0 ORDER BY seq DESC LIMIT 1", seq)
    return int(rows[0][0]) if rows else 0


def lost(store: Store, after: int, until: int) -> int:
    """How many of the passages that there were at change ``after`` went by change ``until``."""
    [[count]] = store.rows(
        "SELECT count(*) FROM change WHERE seq > ? AND seq <= ? AND sign < 0 AND passage <= ?",
        after,
        until,
        newest(store, after),
    )
    return int(count)


def net(store: Store, after: int, until: int, last: int) -> tuple[list[Change], list[int]]:
    """What came between two changes and is still there at the second, and what went of the keys up to ``last``."""
    came: dict[int, Change] = {}
    gone: list[int] = []
    for change in store.changes(after, until):
        if change.sign > 0:
            came[change.key] = change
        elif came.pop(change.key, None) is None and change.key <= last:
            gone.append(change.key)
    return list(came.values()), gone
