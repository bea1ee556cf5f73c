"""Fewer repetitions: maximal marginal relevance."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.search.view import body
from raglan.text.words import content_terms
from raglan.types import Hit, Query

__all__ = ["Mmr"]


class Mmr:
    """Picks, one by one, the hit that is relevant and unlike those picked before (Carbonell and Goldstein 1998).

    ``balance`` 1 keeps the order, 0 looks at difference alone. Likeness is the share of words in common (Jaccard), which
    needs no vectors and so works with any search. Only the ``depth`` best take part; the rest follows as it was.
    """

    def __init__(self, balance: float = 0.7, *, depth: int = 50) -> None:
        if not 0 <= balance <= 1:
            raise ValueError(f"balance is {balance}, must be from 0 to 1")
        self._balance = balance
        self._depth = depth

    def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:  # noqa: ARG002 (scores know the query)
        """The same hits in another order, with the scores that they came with."""
        left = list(hits[: self._depth])
        if not left:
            return []
        words = {hit.passage.id: frozenset(content_terms(body(hit.passage))) for hit in left}
        low, high = min(hit.score for hit in left), max(hit.score for hit in left)
        worth = {hit.passage.id: (hit.score - low) / (high - low) if high > low else 1.0 for hit in left}
        nearest = dict.fromkeys(words, 0.0)
        picked: list[Hit] = []
        while left:
            best = max(left, key=lambda hit: self._gain(worth[hit.passage.id], nearest[hit.passage.id]))
            left.remove(best)
            picked.append(best)
            for hit in left:
                name = hit.passage.id
                nearest[name] = max(nearest[name], _overlap(words[name], words[best.passage.id]))
        return picked + list(hits[self._depth :])

    def _gain(self, worth: float, nearest: float) -> float:
        return self._balance * worth - (1 - self._balance) * nearest


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / (len(a | b) or 1)
