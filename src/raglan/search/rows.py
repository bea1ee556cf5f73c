"""The files behind search by meaning: rows of vectors that only grow, their keys, and a graph over most of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.search.seal import Seal, read_seal, sealed_file, write_seal
from raglan.store.store import Change, Store
from raglan.types import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Rows", "VectorFiles", "common", "kept"]

_ROWS, _KEYS, _GRAPH = "rows.f16", "keys.i64", "graph"
_STEP = 256  # passages between two seals: what a killed process encodes again at most
_WORN = 0.25  # share of dead rows above which everything is encoded anew
# Edges a row, and how far to look when adding and when searching: of the 10 rows nearest to a question among 100,000,
# 16, 96 and 64 find 73 %, these find 98 % and take two milliseconds more (bench/search.py --vectors mixture).
_EDGES, _LOOK_ADDING, _LOOK = 32, 256, 400


class Rows(NamedTuple):
    """What one search looks at: rows float16 [n, dim], keys int64 [n], a graph over the first rows, its file."""

    rows: Any
    keys: Any
    graph: Any = None
    file: str = ""


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
        # Swapped as a whole: another thread may be searching.
        self.now: Rows | None = None

    @property
    def count(self) -> int:
        """How many rows there are, dead ones too."""
        return 0 if self.now is None else len(self.now.keys)

    def load(self, folder: Path | None, seal: Seal) -> None:
        """Use the rows that ``seal`` tells of; bytes after them are of a process that was killed."""
        self.now = _read(folder, seal, self._dim)
        self._folder = folder

    def worn(self, dead: int, live: int) -> bool:
        """Dead rows cost a little time and no truth, so there may be many."""
        return dead > 1_000 and dead > _WORN * (dead + live)

    def apply(self, came: Sequence[Change], gone: Sequence[int], seal: Seal, seq: int) -> Iterator[Seal]:
        """Encode what came, step by step; what went stays as a dead row. What only has another key keeps its vector."""
        import numpy as np

        for start in range(0, len(came), _STEP):
            part = came[start : start + _STEP]
            moved, known = self._known({change.key: change.was for change in part if change.was})
            there = self._store.get([change.key for change in part if change.key not in set(moved)])
            places, vectors = self._encode(list(there.values()))
            keys = list(there)
            both = np.concatenate([known, np.asarray(vectors, np.float16).reshape(-1, self._dim)])
            seal = self._appended(seal, [*moved, *(keys[place] for place in places)], both, part[-1].seq)
            yield seal
        self._extend_graph()
        yield self._sealed(seal, seq, seal.dead + len(gone))

    def _known(self, was: Mapping[int, int]) -> tuple[list[int], NDArray[np.float16]]:
        """Of new keys, each with the one it was before, those whose vectors are there, and these [n, dim]."""
        import numpy as np

        assert self.now is not None
        old = np.fromiter(was.values(), np.int64, len(was))
        _, mine, places = np.intersect1d(old, self.now.keys, return_indices=True)
        keys = list(was)
        return [keys[at] for at in mine.tolist()], np.asarray(self.now.rows[places], np.float16)

    def _appended(self, seal: Seal, keys: list[int], vectors: NDArray[np.float16], seq: int) -> Seal:
        import numpy as np

        rows, marks = np.ascontiguousarray(vectors, np.float16), np.array(keys, np.int64)
        if self._folder is None:
            assert self.now is not None
            old = self.now
            self.now = old._replace(rows=np.concatenate([old.rows, rows]), keys=np.concatenate([old.keys, marks]))
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

        assert self.now is not None
        now, covered = self.now, len(self.now.graph) if self.now.graph is not None else 0
        if self.count <= self._exact or self.count - covered < max(self._exact // 4, covered // 10):
            return
        graph: Any = Index(ndim=self._dim, metric="ip", dtype="i8", connectivity=_EDGES)
        if covered and self._folder:
            graph.load(str(self._folder / now.file))
        # A file does not tell how far to look: usearch would look a fraction as far.
        graph.expansion_add, graph.expansion_search = _LOOK_ADDING, _LOOK
        fresh = np.arange(len(graph), self.count)
        # One thread: with several, usearch now and then leaves a row that no path leads to, and no build is like another.
        graph.add(fresh, np.asarray(now.rows[fresh], np.float32), threads=1)
        if self._folder is None:
            self.now = now._replace(graph=graph)
            return
        # A file of its own: the one that is sealed stays until the next seal tells of this one.
        made = self._folder / f"{_GRAPH}-{self.count}.usearch"
        graph.save(str(made))
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        self.now = now._replace(graph=_viewed(made), file=made.name)

    def _sealed(self, old: Seal, seq: int, dead: int) -> Seal:
        if self._folder is None:
            return Seal(seq, self.identity, dead)
        graph = self.now.file if self.now else ""
        names = [name for name in (_ROWS, _KEYS, graph) if name and (self._folder / name).exists()]
        files = tuple(sealed_file(self._folder, name, old.file(name)) for name in names)
        seal = Seal(seq, self.identity, dead, files)
        write_seal(self._folder, seal)
        for path in self._folder.glob(f"{_GRAPH}*"):
            if path.name != graph:
                # Where another process has it open, some systems will not let it go; the next seal tries again.
                with suppress(OSError):
                    path.unlink()
        return seal


def kept(folder: Path, dim: int) -> Rows | None:
    """The rows in a folder of vectors, to look at; ``None`` where there are none that can be read."""
    seal = read_seal(folder)
    if seal is None:
        return None
    try:
        return _read(folder, seal, dim)
    except (OSError, ValueError):
        return None


def common(one: Rows, other: Rows, most: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The rows of both, float32 [n, dim] each, for the same keys: all, or ``most`` of them, evenly spread."""
    import numpy as np

    keys, mine, its = np.intersect1d(one.keys, other.keys, return_indices=True)
    places = np.linspace(0, len(keys) - 1, min(most, len(keys))).astype(np.int64)
    return one.rows[mine[places]].astype(np.float32), other.rows[its[places]].astype(np.float32)


def _read(folder: Path | None, seal: Seal, dim: int) -> Rows:
    import numpy as np

    known = seal.file(_KEYS)
    if folder is None or known is None or not known.size:
        return Rows(np.empty((0, dim), np.float16), np.empty(0, np.int64))
    count = known.size // 8
    keys = np.fromfile(folder / _KEYS, np.int64, count)
    if len(keys) < count:
        raise ValueError(f"{_KEYS} is too short")
    rows = np.memmap(folder / _ROWS, np.float16, "r", shape=(count, dim))
    graph = next((file.name for file in seal.files if file.name.startswith(_GRAPH)), "")
    return Rows(rows, keys, _viewed(folder / graph) if graph else None, graph)


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

    graph: Any = Index.restore(str(path), view=True)
    if graph is not None:
        graph.expansion_search = _LOOK
    return graph
