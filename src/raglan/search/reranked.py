"""A search whose hits a reranker puts in another order."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.protocols import Reranker, Retriever
from raglan.types import Hit, Query

__all__ = ["Reranked"]


class Reranked:
    """``reranker`` chooses the hits that are given among ``times`` as many of ``retriever``."""

    def __init__(self, retriever: Retriever, reranker: Reranker, *, times: int = 4) -> None:
        self.retriever = retriever
        self.reranker = reranker
        self.times = times

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first."""
        found = self.retriever.search(queries, self.times * k)
        return [self.reranker.rerank(query, hits)[:k] for query, hits in zip(queries, found, strict=True)]
