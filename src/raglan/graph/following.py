"""The graph follows its store: what came is read, what went is gone already, and a killed process goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator

from raglan.graph.extract import IDENTITY, extracted
from raglan.graph.found import Found
from raglan.store.graph import FactRow, GraphTables, MentionRow, Rows
from raglan.store.store import Store

__all__ = ["follow", "refreshed"]

_BATCH = 100  # passages that are read between two commits


def follow(store: Store, *, batch: int = _BATCH) -> Iterator[int]:
    """Read all passages that were not; yields how many are left, at the start and after each part that is kept.

    Keys ascend with the store's sequence of changes and are never used twice, so the last key that was read says it all. A
    graph that other rules made is made anew. Reading is done outside the writer's lock.
    """
    tables = GraphTables(store)
    while True:
        since = tables.read(IDENTITY)
        yield tables.left(since)
        keys = store.keys(since, batch)
        if not keys:
            return
        found = {key: extracted(passage) for key, passage in store.get(keys).items()}
        tables.keep(_rows(found), since=since, until=keys[-1], identity=IDENTITY)


def refreshed(store: Store) -> GraphTables:
    """The tables of a store, once all of its passages are read."""
    for _ in follow(store):
        pass
    return GraphTables(store)


def _rows(found: dict[int, Found]) -> Rows:
    rows = Rows([], [], [], [])
    for key, one in found.items():
        rows.mentions.extend(MentionRow(key, m.span.start, m.span.end, m.kind, m.name, m.said) for m in one.mentions)
        rows.facts.extend(FactRow(key, f.span.start, f.span.end, f.head, f.relation, f.tail, f.rule) for f in one.facts)
        rows.aliases.extend((key, alias.short, alias.long) for alias in one.aliases)
        if one.sketch:
            rows.sketches.append((key, one.sketch))
    return rows
