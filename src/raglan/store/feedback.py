"""What people said of answers: kept for good, for training to read."""

from __future__ import annotations

from dataclasses import dataclass

from raglan.store.store import Store

__all__ = ["Feedback", "FeedbackLog"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One opinion: of ``passage`` (id) as an answer to ``query``, from -1 (wrong) to 1 (right). ``at`` is ISO 8601."""

    at: str
    query: str
    passage: str
    verdict: float
    note: str = ""


class FeedbackLog:
    """The table of feedback in a store; entries are added, never changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, feedback: Feedback) -> None:
        """Keep one opinion, durably."""
        row = (feedback.at, feedback.query, feedback.passage, feedback.verdict, feedback.note)
        self._store.change("INSERT INTO feedback(at, query, passage, verdict, note) VALUES (?, ?, ?, ?, ?)", [row])

    def all(self) -> list[Feedback]:
        """Everything that was said, oldest first."""
        rows = self._store.rows("SELECT at, query, passage, verdict, note FROM feedback ORDER BY key")
        return [Feedback(*row) for row in rows]
