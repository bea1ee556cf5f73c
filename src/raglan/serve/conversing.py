"""A question after others, as it stands alone: what clients send with its history is searched for in whole.

Clients keep their conversations themselves, so that nothing of them is kept here. See :mod:`raglan.talk.conversation` for
one that a process holds, which also carries evidence over.
"""

from __future__ import annotations

from dataclasses import replace

from raglan.talk.conversation import Habits
from raglan.talk.rewriting import Rewriter, Weights
from raglan.talk.topics import switched
from raglan.types import Query

__all__ = ["Conversing"]


class Conversing:
    """Makes standalone queries of follow-ups (:class:`raglan.talk.rewriting.Rewriter`); may be called from any thread."""

    def __init__(self) -> None:
        self._weights = Weights.shipped()
        self._rewriter = Rewriter(self._weights)
        self._switch = Habits().switch

    def __call__(self, query: Query) -> Query:
        """``query`` as it stands alone; without its history where it is about something else."""
        if not query.history:
            return query
        rewrite = self._rewriter(query.text, query.history)
        if switched(query.text, rewrite.leans, query.history, self._weights.switching) >= self._switch:
            return replace(query, history=())
        return replace(query, text=rewrite.text)
