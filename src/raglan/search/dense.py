"""Search by meaning: vectors of passages, exact up to tens of thousands, above that through a graph and re-scored exactly.

One folder holds the vectors of one encoder: ``rows.f16`` and ``keys.i64`` grow at their end, row by row. Up to a limit a
search compares the query with every row. Above, ``graph.usearch`` (HNSW, Malkov and Yashunin 2016) proposes candidates
among the rows that it covers; they are scored again with the stored vectors, and the rows after it are compared one by
one. A row whose passage is gone stays until a share of all is dead; then the folder is built anew, without encoding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.protocols import Encoder, covered
from raglan.search.follow import Follower
from raglan.search.living import living
from raglan.search.rows import Rows, VectorFiles
from raglan.search.view import spoken
from raglan.store.adding import add_passages
from raglan.store.rows import dump
from raglan.store.store import Store
from raglan.types import Hit, Meta, Passage, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DenseIndex", "generation"]

_READABLE = 0.5  # share of letters that the encoder must know
_CANDIDATES = 64  # of the graph at least, to be scored again
_FEW = 8  # queries; for so many, turning rows to float32 pays
_BLOCK, _PRODUCTS = 2**25, 2**23  # bytes at most: of rows as float32, of their products with queries
# How far two rows may be apart and yet change places, in float32 and in float16 arithmetic.
_BLUR, _BLUR_HALF = 1e-5, 4e-3


def generation(identity: str) -> str:
    """The name of the folder, within ``vectors`` of a store, for those of an encoder."""
    return hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()


class _Near(NamedTuple):
    """The rows nearest to one query, best first: keys int64 [n], cosines float32 [n]."""

    keys: Any
    scores: Any


class _Seen(NamedTuple):
    """Which of ``rows`` a view shows, by their places, as of change ``seq`` and the store's ``version``."""

    rows: Rows | None
    version: tuple[int, int]
    seq: int
    places: NDArray[np.int64] | None


class DenseIndex:
    """Cosine similarity of ``encoder``'s vectors over the passages of ``store``.

    Passages and queries of which the encoder cannot read half the letters (see
    :class:`raglan.protocols.Covers`) have no vector: such a query finds nothing here, and words decide. Without a store
    it keeps one of its own, in memory. Above ``exact`` rows a graph is built. Over a view the vectors are those of the
    whole store, and a query is compared with all that are in the view and with no others.
    """

    def __init__(self, encoder: Encoder, store: Store | None = None, *, exact: int = 20_000) -> None:
        self.store = Store() if store is None else store
        self.encoder = encoder
        self.generation = generation(encoder.identity)
        whole = self.store.whole
        self._files = VectorFiles(whole, encoder.identity, encoder.dim, self._encode_passages, exact=exact)
        self.follower = Follower(whole, f"vectors/{self.generation}", self._files)
        self._seen = _Seen(None, (0, 0), 0, None)

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
        shares = covered(self.encoder, [query.text for query in queries])
        places = [place for place, share in enumerate(shares) if share >= _READABLE]
        rows = self._files.now
        if not places or rows is None or not len(rows.keys):
            return found
        asked = [queries[place] for place in places]
        vectors = self.encoder.encode([query.text for query in asked], role="query")

        def listed(limits: Mapping[int, int]) -> Iterator[tuple[list[int], list[float]]]:
            near = self._nearest(rows, vectors, asked, limits)
            return ((near[at].keys.tolist(), near[at].scores.tolist()) for at in limits)

        for place, hits in zip(places, living(self.store, listed, len(asked), k, "vectors"), strict=True):
            found[place] = hits
        return found

    def _nearest(
        self, rows: Rows, vectors: NDArray[np.float32], queries: Sequence[Query], limits: Mapping[int, int]
    ) -> dict[int, _Near]:
        """What is near to some of ``queries``, with ``vectors`` [n, dim]; those that look among the same, together."""
        alike: dict[tuple[str, int], list[int]] = {}
        for at, limit in limits.items():
            alike.setdefault((dump(dict(queries[at].where)), limit), []).append(at)
        found: dict[int, _Near] = {}
        for (_, limit), group in alike.items():
            among = self._among(rows, queries[group[0]].where)
            found.update(zip(group, _nearest(rows, vectors[group], limit, among), strict=True))
        return found

    def _among(self, rows: Rows, where: Meta) -> NDArray[np.int64] | None:
        """The places among ``rows``, ascending, of those that may be found; ``None`` for all."""
        if where:
            return _places(rows, self.store.allowed(where))
        if not self.store.limited:
            return None
        version, seen = self.store.version, self._seen
        if seen.rows is not rows or seen.version != version:
            seq = self.store.seq
            same = seen.rows is rows and seen.seq == seq
            # Swapped as a whole: another thread may be searching.
            places = seen.places if same else _places(rows, set(self.store.keys()))
            seen = self._seen = _Seen(rows, version, seq, places)
        return seen.places

    def _encode_passages(self, passages: Sequence[Passage]) -> tuple[list[int], NDArray[np.float32]]:
        texts = [spoken(passage) for passage in passages]
        places = [place for place, share in enumerate(covered(self.encoder, texts)) if share >= _READABLE]
        return places, self.encoder.encode([texts[place] for place in places], role="passage")


def _places(rows: Rows, allowed: set[int]) -> NDArray[np.int64]:
    """Where in ``rows`` these keys stand, ascending."""
    import numpy as np

    return np.flatnonzero(np.isin(rows.keys, np.fromiter(allowed, np.int64, len(allowed))))


def _nearest(rows: Rows, vectors: NDArray[np.float32], k: int, among: NDArray[np.int64] | None) -> list[_Near]:
    """The ``k`` of ``rows`` nearest to each of ``vectors`` [n, dim], at the places ``among`` if given; n results."""
    import numpy as np

    if among is not None:
        return _scan(rows, among, vectors, k, apart=True)
    if rows.graph is None:
        return _scan(rows, np.arange(len(rows.keys)), vectors, k)
    found = _scan(rows, np.arange(len(rows.graph), len(rows.keys)), vectors, k)
    for at, vector in enumerate(vectors):
        proposed = rows.graph.search(vector, max(4 * k, _CANDIDATES)).keys.astype(np.int64)
        found[at] = _best(found[at], rows.keys[proposed], rows.rows[proposed], vector, k)
    return found


def _scan(
    rows: Rows, places: NDArray[np.int64], vectors: NDArray[np.float32], k: int, *, apart: bool = False
) -> list[_Near]:
    """The same, of the rows at ``places``, which ascend, by comparing with each; block by block, to bound the memory.

    ``apart`` rows are fetched one by one wherever they stand: the time must not tell what stands between them.
    """
    import numpy as np

    found = [_Near(np.empty(0, np.int64), np.empty(0, np.float32))] * len(vectors)
    few = len(vectors) < _FEW
    step = max(1, _BLOCK // (4 * vectors.shape[1]))
    for start in range(0, len(places), step):
        part = places[start : start + step]
        taken: Any = np.take(rows.rows, part, axis=0) if apart else _taken(rows.rows, part)
        block = taken if few else taken.astype(np.float32)
        near = _by_halves(block, vectors, k) if few else _by_products(block, vectors, k)
        for at, these in enumerate(near):
            found[at] = _best(found[at], rows.keys[part[these]], block[these], vectors[at], k)
    return found


def _taken(rows: Any, places: NDArray[np.int64]) -> Any:
    """``rows`` at ``places``, which ascend; not copied if they stand side by side."""
    import numpy as np

    first, last = places[0], places[-1]
    return np.asarray(rows[first : last + 1] if last - first < len(places) else rows[places])


def _by_products(block: NDArray[np.float32], vectors: NDArray[np.float32], k: int) -> Iterator[NDArray[np.int64]]:
    """Which of ``block`` [rows, dim] may be among the ``k`` nearest, for each of ``vectors``; many at a time."""
    import numpy as np

    step, last = max(1, _PRODUCTS // (4 * len(block))), max(0, len(block) - k)
    for start in range(0, len(vectors), step):
        cosines = vectors[start : start + step] @ block.T
        least = np.partition(cosines, last, axis=1)[:, last, None] - _BLUR
        yield from map(np.flatnonzero, cosines >= least)


def _by_halves(block: NDArray[np.float16], vectors: NDArray[np.float32], k: int) -> Iterator[NDArray[np.int64]]:
    """The same, one by one and in half precision, which blurs the order of near ones."""
    import numpy as np
    from usearch.compiled import MetricKind
    from usearch.index import search

    for vector in vectors.astype(np.float16):
        for wanted in (2 * k + 64, len(block)):
            found = search(block, vector, min(wanted, len(block)), MetricKind.IP, exact=True, threads=1)
            within = found.distances <= found.distances[:k][-1] + _BLUR_HALF
            # So many lie close together only now and then.
            if not within[-1]:
                break
        yield found.keys[within].astype(np.int64)


def _best(known: _Near, keys: Any, rows: Any, vector: NDArray[np.float32], k: int) -> _Near:
    """The ``k`` best of those ``known`` and of ``rows`` [n, dim] with ``keys``, scored exactly."""
    import numpy as np

    # Unlike a matrix product's, each row's result is the same whichever rows stand beside it.
    scores = np.einsum("ij,j->i", np.asarray(rows, np.float32), vector)
    keys, scores = np.concatenate([known.keys, keys]), np.concatenate([known.scores, scores])
    order = np.lexsort((keys, -scores))[:k]
    return _Near(keys[order], scores[order])
