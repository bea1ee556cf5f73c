"""Several searches as one: each looks, a merge joins what they found, and what was named outright stays on top."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.protocols import Merge, Retriever
from raglan.types import Hit, Query

__all__ = ["Hybrid"]


class Hybrid:
    """Joins the ``depth`` best of each retriever by ``merge``.

    Hits of ``exact`` come before all others, ordered by how much of what was named they hold, then by merged score:
    an exact match of title, file name, identifier or quoted phrase is never lost.
    """

    def __init__(
        self, retrievers: Sequence[Retriever], merge: Merge, *, exact: Retriever | None = None, depth: int = 100
    ) -> None:
        self.retrievers = tuple(retrievers)
        self.merge = merge
        self.exact = exact
        self.depth = depth

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first; scores lie in [0, 1], and 1 or more higher for exact matches."""
        depth = max(k, self.depth)
        found = [retriever.search(queries, depth) for retriever in self.retrievers]
        named = self.exact.search(queries, depth) if self.exact else [[] for _ in queries]
        merged = [self.merge(query, lists) for query, *lists in zip(queries, *found, strict=True)]
        return [lifted(hits, first)[:k] for hits, first in zip(merged, named, strict=True)]


def lifted(hits: Sequence[Hit], named: Sequence[Hit]) -> list[Hit]:
    """``hits`` with those of ``named`` above all others, by 1 for each step of their score; missing ones are put in."""
    steps = sorted({round(hit.score, 3) for hit in named})
    above = {hit.passage.id: 1 + steps.index(round(hit.score, 3)) for hit in named}
    known = {hit.passage.id for hit in hits}
    raised = [_raised(hit, above[hit.passage.id]) if hit.passage.id in above else hit for hit in hits]
    raised += [Hit(hit.passage, above[hit.passage.id], hit.by) for hit in named if hit.passage.id not in known]
    return sorted(raised, key=lambda hit: (-hit.score, -above.get(hit.passage.id, 0), hit.passage.id))


def _raised(hit: Hit, by: int) -> Hit:
    return Hit(hit.passage, hit.score + by, f"{hit.by}+exact")
