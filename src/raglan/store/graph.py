"""What was read out of passages, in tables of its own: names, facts, short forms, sketches, and triples from elsewhere.

The rows of a passage go with it, in the statement that deletes it, so whatever was forgotten is forgotten here too. A fact
that several passages state has a row for each: it is there as long as one of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from raglan.store.store import Store

__all__ = ["FactRow", "GraphTables", "MentionRow", "Rows", "TripleRow"]

_READ, _IDENTITY = "graph.read", "graph.identity"  # settings: the last passage that was read, and by which rules
_OF = "JOIN passage p ON p.key = m.passage JOIN document d ON d.key = p.document"
_MENTION = f"SELECT m.* FROM mention m {_OF}"  # noqa: S608 (names of ours)
_ORDER = "ORDER BY m.passage, m.start, m.stop, m.kind"
_TABLES = ("mention", "fact", "alias", "sketch")


class MentionRow(NamedTuple):
    """A name at characters ``start`` to ``stop`` of the passage with key ``passage``."""

    passage: int
    start: int
    stop: int
    kind: str
    name: str
    said: str


class FactRow(NamedTuple):
    """A fact that characters ``start`` to ``stop`` of a passage state."""

    passage: int
    start: int
    stop: int
    head: str
    relation: str
    tail: str
    rule: str


class TripleRow(NamedTuple):
    """A fact from a file (``source``), not from a passage."""

    source: str
    head: str
    relation: str
    tail: str


class Rows(NamedTuple):
    """All that was read out of some passages; ``aliases`` are (passage, short, long), ``sketches`` (passage, hashes)."""

    mentions: list[MentionRow]
    facts: list[FactRow]
    aliases: list[tuple[int, str, str]]
    sketches: list[tuple[int, bytes]]


class GraphTables:
    """The tables of the graph in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, identity: str) -> int:
        """The key of the last passage that was read by the rules of this ``identity``; 0 for none."""
        known = self.store.setting(_IDENTITY) == identity
        return int(self.store.setting(_READ) or 0) if known else 0

    def left(self, since: int) -> int:
        """How many passages have keys above ``since``."""
        [[count]] = self.store.rows("SELECT count(*) FROM passage WHERE key > ?", since)
        return int(count)

    def keys(self, passages: Sequence[str]) -> dict[str, int]:
        """The keys of passages by their ids, a few; those that are gone are left out."""
        marks = ",".join("?" * len(passages))
        rows = self.store.rows(f"SELECT id, key FROM passage WHERE id IN ({marks}) ORDER BY key DESC", *passages)  # noqa: S608 (marks)
        return {name: int(key) for name, key in rows}

    def named(self, passages: Sequence[str]) -> list[str]:
        """The names in passages, by their ids, in the order of the text."""
        marks = ",".join("?" * len(passages))
        statement = f"SELECT m.name FROM mention m {_OF} WHERE m.kind != 'phrase' AND p.id IN ({marks}) {_ORDER}"  # noqa: S608 (marks)
        return list(dict.fromkeys(name for [name] in self.store.rows(statement, *passages)))

    def keep(self, rows: Rows, *, since: int, until: int, identity: str) -> bool:
        """Keep what was read out of the passages with keys above ``since`` up to ``until``, and that it was, or neither.

        False, and nothing is kept, if another process has read on meanwhile. Passages that are gone by now are left out.
        """
        with self.store.transaction():
            if self.read(identity) != since:
                return False
            if self.store.setting(_IDENTITY) != identity:
                self._clear()
            there = {
                key for [key] in self.store.rows("SELECT key FROM passage WHERE key > ? AND key <= ?", since, until)
            }
            self._insert("mention", 6, (row for row in rows.mentions if row.passage in there))
            self._insert("fact", 7, (row for row in rows.facts if row.passage in there))
            self._insert("alias", 3, (row for row in rows.aliases if row[0] in there))
            self._insert("sketch", 2, (row for row in rows.sketches if row[0] in there))
            self.store.set({_IDENTITY: identity, _READ: str(until)})
        return True

    def _insert(self, table: str, width: int, rows: Iterable[Sequence[object]]) -> None:
        marks = ",".join("?" * width)
        self.store.change(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608 (a name of ours)

    def _clear(self) -> None:
        for table in _TABLES:
            self.store.change(f"DELETE FROM {table}", [()])  # noqa: S608 (a name of ours)

    def mentions(self, kinds: Sequence[str] = (), *, document: str | None = None) -> list[MentionRow]:
        """Names of these kinds, or of all, in the order of passages; of one document, if one is named."""
        parts = [f"m.kind IN ({','.join('?' * len(kinds))})"] if kinds else []
        parts += ["d.id = ?"] if document is not None else []
        values = (*kinds, *([document] if document is not None else []))
        rows = self.store.rows(f"{_MENTION} WHERE {' AND '.join(parts or ['1'])} {_ORDER}", *values)
        return [MentionRow(*row) for row in rows]

    def facts(self, *, document: str | None = None) -> list[FactRow]:
        """All facts, a row a passage that states one, in the order of passages; of one document, if one is named."""
        if document is None:
            rows = self.store.rows("SELECT * FROM fact ORDER BY passage, start, stop, head, relation, tail")
        else:
            rows = self.store.rows(
                "SELECT m.* FROM fact m JOIN passage p ON p.key = m.passage JOIN document d ON d.key = p.document "
                "WHERE d.id = ? ORDER BY m.passage, m.start, m.stop, m.head, m.relation, m.tail",
                document,
            )
        return [FactRow(*row) for row in rows]

    def aliases(self) -> list[tuple[str, str]]:
        """Pairs of a short form and what it stands for, as often as passages say so."""
        return [
            (short, long)
            for short, long in self.store.rows("SELECT short, long FROM alias ORDER BY passage, short, long")
        ]

    def sketches(self) -> Mapping[str, list[bytes]]:
        """The sketches of the passages of each document, by its id, as documents came."""
        found: dict[str, list[bytes]] = {}
        rows = self.store.rows(
            "SELECT d.id, s.hashes FROM sketch s JOIN passage p ON p.key = s.passage JOIN document d ON d.key = p.document "
            "ORDER BY d.key, p.start, p.key"
        )
        for name, hashes in rows:
            found.setdefault(name, []).append(hashes)
        return found

    def documents(self) -> dict[int, tuple[str, str]]:
        """For each passage's key its document's id, and its title or an empty text."""
        rows = self.store.rows(
            "SELECT p.key, d.id, coalesce(json_extract(p.meta, '$.title'), json_extract(d.meta, '$.title'), '') "
            "FROM passage p JOIN document d ON d.key = p.document ORDER BY p.key"
        )
        return {key: (name, str(title)) for key, name, title in rows}

    def bring(self, source: str, triples: Iterable[tuple[str, str, str]]) -> int:
        """Keep the triples of a file, in place of those that it brought before; how many there are."""
        with self.store.transaction():
            self.store.change("DELETE FROM triple WHERE source = ?", [(source,)])
            self.store.change(
                "INSERT OR IGNORE INTO triple VALUES (?, ?, ?, ?)", ((source, *triple) for triple in triples)
            )
            [[count]] = self.store.rows("SELECT count(*) FROM triple WHERE source = ?", source)
        return int(count)

    def triples(self) -> list[TripleRow]:
        """All that files brought."""
        return [
            TripleRow(*row) for row in self.store.rows("SELECT * FROM triple ORDER BY source, head, relation, tail")
        ]

    def ids(self) -> dict[int, str]:
        """For each passage's key its id."""
        return {int(key): name for key, name in self.store.rows("SELECT key, id FROM passage")}
