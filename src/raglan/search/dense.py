"""Search by meaning: vectors of passages, exact up to tens of thousands, above that through a graph and re-scored exactly.

One folder holds the vectors of one encoder: ``rows.f16`` and ``keys.i64`` grow at their end, row by row. Up to a limit a
search compares the query with every row. Above, ``graph.usearch`` (HNSW, Malkov and Yashunin 2016) proposes candidates
among the rows that it covers; they are scored again with the stored vectors, and the rows after it are compared one by
one. A row whose passage is gone stays until a share of all is dead; then the folder is built anew, without encoding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from raglan.protocols import Covers, Encoder
from raglan.search.follow import Follower
from raglan.search.rows import VectorFiles
from raglan.search.view import spoken
from raglan.store.adding import add_passages
from raglan.store.store import Store
from raglan.types import Hit, Passage, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DenseIndex"]

_READABLE = 0.5  # share of letters that the encoder must know


class DenseIndex:
    """Cosine similarity of ``encoder``'s vectors over the passages of ``store``.

    Passages and queries of which the encoder cannot read half the letters (see
    :class:`raglan.protocols.Covers`) have no vector: such a query finds nothing here, and words decide. Without a store
    it keeps one of its own, in memory. Above ``exact`` rows a graph is built.
    """

    def __init__(self, encoder: Encoder, store: Store | None = None, *, exact: int = 20_000) -> None:
        self.store = Store() if store is None else store
        self.encoder = encoder
        mark = hashlib.blake2b(encoder.identity.encode(), digest_size=6).hexdigest()
        self.generation = mark
        self._files = VectorFiles(self.store, encoder.identity, encoder.dim, self._encode_passages, exact=exact)
        self.follower = Follower(self.store, f"vectors/{mark}", self._files)

    def add(self, passages: Iterable[Passage]) -> None:
        """Keep passages in the store and encode them."""
        add_passages(self.store, passages)
        self.follower.refresh(wait=True)

    def drop(self, documents: Iterable[str]) -> None:
        """Forget documents, in the store too."""
        self.store.drop(documents)
        self.follower.refresh(wait=True)

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first; what was written meanwhile is not waited for."""
        self.follower.look()
        found: list[list[Hit]] = [[] for _ in queries]
        shares = self._covers([query.text for query in queries])
        places = [place for place, share in enumerate(shares) if share >= _READABLE]
        if not places or not self._files.count:
            return found
        vectors = self.encoder.encode([queries[place].text for place in places], role="query")
        for place, vector in zip(places, vectors, strict=True):
            found[place] = self._nearest(vector, queries[place], k)
        return found

    def _nearest(self, vector: NDArray[np.float32], query: Query, k: int) -> list[Hit]:
        allowed = self.store.allowed(query.where) if query.where else None
        limit = k
        while True:
            keys, scores = self._files.nearest(vector, limit, allowed)
            there = self.store.get(keys)
            hits = [Hit(there[key], score, "vectors") for key, score in zip(keys, scores, strict=True) if key in there]
            if len(hits) >= k or len(keys) < limit:
                return hits[:k]
            limit += 2 * (k - len(hits)) + 8

    def _encode_passages(self, passages: Sequence[Passage]) -> tuple[list[int], NDArray[np.float32]]:
        texts = [spoken(passage) for passage in passages]
        places = [place for place, share in enumerate(self._covers(texts)) if share >= _READABLE]
        return places, self.encoder.encode([texts[place] for place in places], role="passage")

    def _covers(self, texts: Sequence[str]) -> list[float]:
        return self.encoder.covers(texts) if isinstance(self.encoder, Covers) else [1.0] * len(texts)
