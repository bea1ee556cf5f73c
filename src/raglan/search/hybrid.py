"""Several searches as one: each looks, a merge joins what they found, and what was named is not lost."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.protocols import Merge, Retriever
from raglan.types import Hit, Query

__all__ = ["FIRST", "Hybrid", "lifted", "raised"]

FIRST = 3  # ranks among which the best of what is mentioned stands


class Hybrid:
    """Joins the ``depth`` best of each retriever by ``merge``.

    Hits of ``exact`` come before all others, ordered by how much of what was named they hold, then by merged score: a
    file name, an identifier, a quoted phrase, or a title that is the query is never lost. Those of ``mentions`` are one more
    list for the merge; whatever it thinks of them, the best one is among the first three.
    """

    def __init__(
        self,
        retrievers: Sequence[Retriever],
        merge: Merge,
        *,
        exact: Retriever | None = None,
        mentions: Retriever | None = None,
        depth: int = 100,
    ) -> None:
        self.retrievers = tuple(retrievers)
        self.merge = merge
        self.exact = exact
        self.mentions = mentions
        self.depth = depth

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first; scores lie in [0, 1], and 1 or more higher for exact matches."""
        depth = max(k, self.depth)
        found = [retriever.search(queries, depth) for retriever in self.retrievers]
        named = _asked(self.exact, queries, depth)
        mentioned = _asked(self.mentions, queries, depth)
        merged = [self.merge(query, lists) for query, *lists in zip(queries, *found, mentioned, strict=True)]
        return [
            lifted(raised(hits, said), first)[:k] for hits, said, first in zip(merged, mentioned, named, strict=True)
        ]


def _asked(retriever: Retriever | None, queries: Sequence[Query], depth: int) -> list[list[Hit]]:
    if retriever is None:
        return [[] for _ in queries]
    return retriever.search(queries, depth)


def raised(hits: list[Hit], mentioned: Sequence[Hit]) -> list[Hit]:
    """``hits`` with the best one of those ``mentioned`` among the first three, beside the one whose place it takes."""
    meant = {hit.passage.id for hit in mentioned}
    best = next((rank for rank, hit in enumerate(hits) if hit.passage.id in meant), 0)
    if best < FIRST:
        return hits
    hit = hits[best]
    above = Hit(hit.passage, hits[FIRST - 1].score, hit.by)
    return [*hits[: FIRST - 1], above, *hits[FIRST - 1 : best], *hits[best + 1 :]]


def lifted(hits: Sequence[Hit], named: Sequence[Hit]) -> list[Hit]:
    """``hits`` with those of ``named`` above all others, by 1 for each step of their score; missing ones are put in."""
    steps = sorted({round(hit.score, 3) for hit in named})
    above = {hit.passage.id: 1 + steps.index(round(hit.score, 3)) for hit in named}
    known = {hit.passage.id for hit in hits}
    there = [_lifted(hit, above[hit.passage.id]) for hit in hits if hit.passage.id in above]
    there += [Hit(hit.passage, above[hit.passage.id], hit.by) for hit in named if hit.passage.id not in known]
    there.sort(key=lambda hit: (-hit.score, -above[hit.passage.id], hit.passage.id))
    return [*there, *(hit for hit in hits if hit.passage.id not in above)]


def _lifted(hit: Hit, by: int) -> Hit:
    return Hit(hit.passage, hit.score + by, f"{hit.by}+exact")
