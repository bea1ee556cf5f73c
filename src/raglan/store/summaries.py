"""What sums documents up, in tables of its own: for each document a few of its sentences, each where it stands.

A sentence goes with its passage, in the statement that deletes it. What a document's sentences were chosen from is kept
beside them, so that one whose passages changed is known to need others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from raglan.store.store import Store

__all__ = ["Summaries", "SummaryRow"]

_ORDER = "ORDER BY d.key, p.start, p.key, s.start"
_FROM = "FROM summary s JOIN passage p ON p.key = s.passage JOIN document d ON d.key = p.document"


class SummaryRow(NamedTuple):
    """A sentence at characters ``start`` to ``stop`` of the passage with this id, as it is told."""

    passage: str
    start: int
    stop: int
    says: str


class Summaries:
    """The summaries of the documents in a store, chosen by the rules of one ``identity``."""

    def __init__(self, store: Store, identity: str) -> None:
        self.store, self._identity = store, identity

    def due(self) -> list[str]:
        """The ids of documents that have none, or one of passages that are not theirs any more; as they came."""
        known = dict(self.store.rows("SELECT document, state FROM summarised"))
        names = self.store.rows("SELECT key, id FROM document ORDER BY key")
        states = self._states()
        return [name for key, name in names if known.get(key) != states[key]]

    def state(self, document: str) -> bytes:
        """What a document is summed up from: equal as long as it has the same passages in the same order."""
        [[key]] = self.store.rows("SELECT coalesce(max(key), 0) FROM document WHERE id = ?", document)
        return self._states(key)[key]

    def _states(self, document: int | None = None) -> defaultdict[int, bytes]:
        where = "" if document is None else "WHERE document = ?"
        rows = self.store.rows(
            f"SELECT document, key FROM passage {where} ORDER BY document, start, key",  # noqa: S608 (ours)
            *([] if document is None else [document]),
        )
        keys: dict[int, list[int]] = defaultdict(list)
        for owner, key in rows:
            keys[owner].append(key)
        found = {owner: self._hashed(own) for owner, own in keys.items()}
        return defaultdict(lambda: self._hashed([]), found)

    def _hashed(self, keys: Sequence[int]) -> bytes:
        return hashlib.blake2b(f"{self._identity} {keys}".encode(), digest_size=16).digest()

    def keep(self, document: str, state: bytes, sentences: Sequence[SummaryRow]) -> bool:
        """Keep what was chosen from a document in this ``state``, in place of what it had.

        False, and nothing is kept, if the document changed meanwhile or is gone.
        """
        with self.store.transaction():
            found = self.store.rows("SELECT key FROM document WHERE id = ?", document)
            if not found or self.state(document) != state:
                return False
            [[key]] = found
            of_it = "(SELECT key FROM passage WHERE document = ?)"
            self.store.change(f"DELETE FROM summary WHERE passage IN {of_it}", [(key,)])  # noqa: S608 (ours)
            self.store.change(
                "INSERT OR IGNORE INTO summary SELECT key, ?, ?, ? FROM passage WHERE document = ? AND id = ?",
                ((one.start, one.stop, one.says, key, one.passage) for one in sentences),
            )
            self.store.change("INSERT OR REPLACE INTO summarised VALUES (?, ?)", [(key, state)])
        return True

    def all(self) -> dict[str, list[SummaryRow]]:
        """For each document that has sentences those, in the order of its text; documents as they came."""
        found: dict[str, list[SummaryRow]] = {}
        for name, *row in self.store.rows(f"SELECT d.id, p.id, s.start, s.stop, s.says {_FROM} {_ORDER}"):
            found.setdefault(name, []).append(SummaryRow(*row))
        return found
