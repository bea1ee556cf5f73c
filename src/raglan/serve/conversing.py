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

_LOOKED_AT = 4_000  # characters of what was said at a time


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
        # Nobody says this much, and patterns take more than twice as long for a run of blanks that is twice as long.
        asked = _plain(query.text)
        history = [replace(turn, text=_plain(turn.text)[-_LOOKED_AT:]) for turn in query.history]
        rewrite = self._rewriter(asked, history)
        if switched(asked, rewrite.leans, history, self._weights.switching) >= self._switch:
            return replace(query, history=())
        return query if rewrite.text == asked else replace(query, text=rewrite.text)


def _plain(text: str) -> str:
    return " ".join(text.split())
