"""The files behind search by meaning: rows of vectors that only grow, their keys, and a graph over most of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.search.seal import Seal, SealedFile, sealed_file, write_seal
from raglan.store.store import Change, Store
from raglan.types import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["VectorFiles"]

_ROWS, _KEYS, _GRAPH = "rows.f16", "keys.i64", "graph.usearch"
_STEP = 256  # passages between two seals: what a killed process encodes again at most
_WORN = 0.25  # share of dead rows above which everything is encoded anew
_CANDIDATES = 64  # of the graph at least, to be scored again


class VectorFiles:
    """Float16 rows of unit vectors and int64 keys; what a :class:`raglan.search.follow.Follower` drives.

    ``encode`` gives float32 [n, dim] for passages, or no row for some: it returns which it encoded, and their vectors.
    """

    def __init__(
        self,
        store: Store,
        identity: str,
        dim: int,
        encode: Callable[[Sequence[Passage]], tuple[list[int], NDArray[np.float32]]],
        *,
        exact: int,
    ) -> None:
        self.identity = f"vectors-1 {identity}"
        self._store, self._dim, self._encode, self._exact = store, dim, encode, exact
        self._folder: Path | None = None
        self._rows: Any = None
        self._keys: Any = None
        self._graph: Any = None

    @property
    def count(self) -> int:
        """How many rows there are, dead ones too."""
        return 0 if self._keys is None else len(self._keys)

    def load(self, folder: Path | None, seal: Seal) -> None:
        """Use the rows that ``seal`` tells of; bytes after them are of a process that was killed."""
        import numpy as np

        keys = seal.file(_KEYS)
        if folder is None or folder != self._folder or not keys:
            self._rows, self._keys = np.empty((0, self._dim), np.float16), np.empty(0, np.int64)
            self._graph = None
        self._folder = folder
        if folder is not None and keys:
            count = keys.size // 8
            self._keys = np.fromfile(folder / _KEYS, np.int64, count)
            if count:
                self._rows = np.memmap(folder / _ROWS, np.float16, "r", shape=(count, self._dim))
            self._graph = _viewed(folder / _GRAPH) if seal.file(_GRAPH) else None

    def worn(self, dead: int, live: int) -> bool:
        """Dead rows cost a little time and no truth, so there may be many."""
        return dead > 1_000 and dead > _WORN * (dead + live)

    def apply(self, came: Sequence[Change], gone: Sequence[int], seal: Seal, seq: int) -> Iterator[Seal]:
        """Encode what came, step by step; what went stays as a dead row."""
        for start in range(0, len(came), _STEP):
            part = came[start : start + _STEP]
            there = self._store.get([change.key for change in part])
            places, vectors = self._encode(list(there.values()))
            keys = list(there)
            seal = self._appended(seal, [keys[place] for place in places], vectors, part[-1].seq)
            yield seal
        self._extend_graph()
        yield self._sealed(seal, seq, seal.dead + len(gone))

    def nearest(
        self, vector: NDArray[np.float32], k: int, allowed: set[int] | None = None
    ) -> tuple[list[int], list[float]]:
        """Keys and cosines of the ``k`` rows nearest to ``vector`` [dim], among ``allowed`` keys if given."""
        import numpy as np

        if allowed is not None:
            places = np.flatnonzero(np.isin(self._keys, np.fromiter(allowed, np.int64, len(allowed))))
        elif self._graph is not None:
            near = self._graph.search(vector, max(4 * k, _CANDIDATES)).keys.astype(np.int64)
            places = np.concatenate([near, len(self._graph) + self._scan(vector, k, len(self._graph))])
        else:
            places = self._scan(vector, k, 0)
        scores = self._rows[places].astype(np.float32) @ vector
        order = np.lexsort((self._keys[places], -scores))[:k]
        return self._keys[places[order]].tolist(), scores[order].tolist()

    def _scan(self, vector: NDArray[np.float32], k: int, start: int) -> NDArray[np.int64]:
        """The rows from ``start`` on that are nearest, counted from there, by comparing with each."""
        import numpy as np
        from usearch.compiled import MetricKind
        from usearch.index import search

        rows = self._rows[start:]
        # A few more than asked for: half precision may swap neighbours at the edge.
        wanted = min(k + 8, len(rows))
        if not wanted:
            return np.empty(0, np.int64)
        found = search(rows, vector.astype(np.float16), wanted, MetricKind.IP, exact=True, threads=1)
        return np.asarray(found.keys, np.int64)

    def _appended(self, seal: Seal, keys: list[int], vectors: NDArray[np.float32], seq: int) -> Seal:
        import numpy as np

        rows, marks = np.ascontiguousarray(vectors, np.float16), np.array(keys, np.int64)
        if self._folder is None:
            self._rows, self._keys = np.concatenate([self._rows, rows]), np.concatenate([self._keys, marks])
            return Seal(seq, self.identity, seal.dead)
        for name, data in ((_ROWS, rows), (_KEYS, marks)):
            known = seal.file(name)
            _append(self._folder / name, data.tobytes(), known.size if known else 0)
        seal = self._sealed(seal, seq, seal.dead)
        self.load(self._folder, seal)
        return seal

    def _extend_graph(self) -> None:
        """Cover the rows that are new since the graph was made, once they are many."""
        import numpy as np
        from usearch.index import Index

        covered = len(self._graph) if self._graph is not None else 0
        if self.count <= self._exact or self.count - covered < max(self._exact // 4, covered // 10):
            return
        graph = Index(ndim=self._dim, metric="ip", dtype="i8", connectivity=16, expansion_add=96, expansion_search=96)
        if covered and self._folder:
            graph.load(str(self._folder / _GRAPH))
        fresh = np.arange(len(graph), self.count)
        graph.add(fresh, np.asarray(self._rows[fresh], np.float32))
        if self._folder is None:
            self._graph = graph
            return
        made = self._folder / f"{_GRAPH}.new"
        graph.save(str(made))
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(self._folder / _GRAPH)
        self._graph = _viewed(self._folder / _GRAPH)

    def _sealed(self, old: Seal, seq: int, dead: int) -> Seal:
        if self._folder is None:
            return Seal(seq, self.identity, dead)
        files = []
        for name in (_ROWS, _KEYS, _GRAPH):
            if (self._folder / name).exists():
                known = old.file(name)
                grown = name != _GRAPH or (known is not None and _same(self._folder / name, known))
                files.append(sealed_file(self._folder, name, known if grown else None))
        seal = Seal(seq, self.identity, dead, tuple(files))
        write_seal(self._folder, seal)
        return seal


def _same(path: Path, known: SealedFile) -> bool:
    found = path.stat()
    return (found.st_size, found.st_mtime_ns) == (known.size, known.mtime)


def _append(path: Path, data: bytes, size: int) -> None:
    """Write ``data`` after the first ``size`` bytes, durably; what a killed process left behind them goes."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(size)
        file.seek(size)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _viewed(path: Path) -> Any:
    from usearch.index import Index

    return Index.restore(str(path), view=True)
