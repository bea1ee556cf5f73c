"""An encoder that computes no vector twice, and none that an index has already: what lets a fit take seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from raglan.protocols import Encoder, covered
from raglan.search.dense import generation
from raglan.search.rows import kept
from raglan.search.seal import read_seal
from raglan.search.view import spoken
from raglan.store.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Known", "Told"]

Told = Callable[[int, int], object]  # how many are encoded, of how many
_PART = 256  # texts between two tellings


class Known:
    """``encoder``, with every vector that it has given, and those of :meth:`recall`, kept in memory."""

    def __init__(self, encoder: Encoder, *, told: Told | None = None) -> None:
        self.dim, self.identity = encoder.dim, encoder.identity
        self._encoder, self._told = encoder, told
        self._seen: dict[tuple[str, str], NDArray[np.float32]] = {}

    def covers(self, texts: Sequence[str]) -> list[float]:
        """As the encoder says."""
        return covered(self._encoder, texts)

    def recall(self, store: Store) -> int:
        """Take the vectors that an index over the folder of ``store`` has, whichever are there; returns how many."""
        folder = (store.folder or Path()) / "vectors" / generation(self.identity)
        seal = read_seal(folder) if store.folder else None
        found = kept(folder, self.dim) if seal and seal.holds(folder) else None
        if found is None:
            return 0
        keys = found.keys.tolist()
        passages = store.get(keys)
        rows = [at for at, key in enumerate(keys) if key in passages]
        vectors = np.asarray(found.rows[rows], np.float32)
        self._seen |= {("passage", spoken(passages[keys[at]])): row for at, row in zip(rows, vectors, strict=True)}
        return len(rows)

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim]; in parts, of which ``told`` hears."""
        new = list(dict.fromkeys(text for text in texts if (role, text) not in self._seen))
        for start in range(0, len(new), _PART):
            part = new[start : start + _PART]
            vectors = self._encoder.encode(part, role=role)
            self._seen |= {(role, text): row for text, row in zip(part, vectors, strict=True)}
            if self._told is not None:
                self._told(start + len(part), len(new))
        return np.array([self._seen[role, text] for text in texts], np.float32).reshape(len(texts), self.dim)
