"""Fills a store with passages of a corpus once, going on where it was: with real vectors, or with ones made up of real ones.

Encoding a hundred thousand passages takes the better part of an hour on two cores. To measure opening, adding and asking,
vectors need not be true, only alike: ``mixture`` encodes the first few thousand passages for real and gives every other
passage a point between the vectors of one of these and of two of its near neighbours, plus noise. Queries are always
encoded for real. What a search finds in such a store means nothing; its time, and how near it comes to an exact search
over the same vectors, does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from bench.peers.running import Clock, Json, serve

from raglan.build.parts import Library, library
from raglan.build.sync import encode_rest
from raglan.datasets.folder import passages
from raglan.protocols import Covers, Encoder
from raglan.search.dense import DenseIndex
from raglan.search.view import spoken
from raglan.store.adding import add_passages
from raglan.types import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

REAL = 4_000  # passages that have their own vectors in a mixture
NEAR = 16  # neighbours that one is mixed with
NOISE = 0.4  # its length, before all is brought to length 1
AT_ONCE = 5_000  # passages in one transaction


class Mixture:
    """Stands in for ``real`` while passages are encoded, under its identity; deterministic in text and ``seed``."""

    def __init__(self, real: Encoder, known: Sequence[str], vectors: NDArray[np.float32], seed: int) -> None:
        self.dim, self.identity = real.dim, real.identity
        self._real, self._vectors, self._seed = real, vectors, seed
        self._known = {text: row for row, text in enumerate(known)}
        likeness = vectors @ vectors.T
        np.fill_diagonal(likeness, -1.0)
        self._near = np.argpartition(-likeness, NEAR, axis=1)[:, :NEAR]

    def covers(self, texts: Sequence[str]) -> list[float]:
        """What the real encoder would refuse gets no vector here either."""
        return self._real.covers(texts) if isinstance(self._real, Covers) else [1.0] * len(texts)

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim], of length 1."""
        assert role == "passage", "queries are encoded for real"
        made = np.stack([self._one(text) for text in texts]) if texts else np.empty((0, self.dim))
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)

    def _one(self, text: str) -> NDArray[np.float64]:
        if text in self._known:
            return np.asarray(self._vectors[self._known[text]], np.float64)
        mark = hashlib.blake2b(text.encode(), digest_size=8, salt=self._seed.to_bytes(8, "little")).digest()
        random = np.random.default_rng(int.from_bytes(mark, "little"))
        first = random.integers(len(self._vectors))
        rows = [first, *random.choice(self._near[first], 2, replace=False)]
        mixed = random.dirichlet((1.0, 1.0, 1.0)) @ self._vectors[rows]
        return np.asarray(mixed + random.normal(0, NOISE / self.dim**0.5, self.dim))


def fill(options: Json) -> Json:
    """Make the store in ``folder`` hold the first ``n`` passages, found by words and by vectors."""
    clock = Clock()
    made = library(Path(options["folder"]))
    kind = made.store.setting("bench.vectors") or options["vectors"]
    if kind != options["vectors"]:
        raise SystemExit(f"{options['folder']} holds {kind} vectors; name another folder")
    made.store.set({"bench.vectors": kind})
    _put(made, islice(passages(Path(options["data"]) / "wiki"), options["n"]))
    made.words.follower.refresh()
    assert made.vectors is not None
    if kind == "mixture":
        encode_rest(DenseIndex(_mixture(made.vectors.encoder, options), made.store).follower)
    made.encode()
    count, size = (
        len(made.store),
        sum(file.stat().st_size for file in Path(options["folder"]).rglob("*") if file.is_file()),
    )
    made.close()
    return {"passages": count, "disk_mb": size / 1e6, "seconds": clock.lap()}


def _put(made: Library, every: Iterable[Passage]) -> None:
    there = set(made.store.documents())
    fresh = (passage for passage in every if passage.document not in there)
    while part := list(islice(fresh, AT_ONCE)):
        add_passages(made.store, part)


def _mixture(real: Encoder, options: Json) -> Mixture:
    known = [spoken(passage) for passage in islice(passages(Path(options["data"]) / "wiki"), min(REAL, options["n"]))]
    file = Path(options["folder"]).with_name(f"known-{len(known)}.npy")
    if not file.exists():
        np.save(file, real.encode(known, role="passage"))
    return Mixture(real, known, np.load(file), options["seed"])


if __name__ == "__main__":
    serve({"fill": fill}, "raglan")
