"""What people said of answers: kept for good, for training to read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from raglan.store.store import Store

__all__ = ["Feedback", "FeedbackLog", "hashed"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One opinion: of ``passage`` (id) as an answer to ``query``, from -1 (wrong) to 1 (right). ``at`` is ISO 8601.

    ``person`` is whatever tells who said it from others, a made-up name too; empty if that is not known. ``hash`` is that
    (:func:`hashed`) of the text that was judged, which may not be what the passage says by now; empty if that is not known.
    """

    at: str
    query: str
    passage: str
    verdict: float
    note: str = ""
    person: str = ""
    hash: bytes = b""


def hashed(text: str) -> bytes:
    """Equal for equal texts: 16 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class FeedbackLog:
    """The table of feedback in a store; entries are added, never changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, feedback: Feedback) -> None:
        """Keep one opinion, durably; without a hash, of what the passage says now, if it is there."""
        known = None if feedback.hash else self._store.find(feedback.passage)
        one = replace(feedback, hash=hashed(known[1].text)) if known else feedback
        row = (one.at, one.query, one.passage, one.verdict, one.note, one.person, one.hash)
        self._store.change(
            "INSERT INTO feedback(at, query, passage, verdict, note, person, hash) VALUES (?, ?, ?, ?, ?, ?, ?)", [row]
        )

    def all(self) -> list[Feedback]:
        """Everything that was said, oldest first."""
        rows = self._store.rows("SELECT at, query, passage, verdict, note, person, hash FROM feedback ORDER BY key")
        return [Feedback(*row) for row in rows]
