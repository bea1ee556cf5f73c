"""Vectors without a model: each word falls on a few places by its hash. For tests, and as the baseline to beat."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from raglan.text.words import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["HashingEncoder"]


class HashingEncoder:
    """Signed feature hashing (Weinberger et al. 2009) of words and Chinese pairs; deterministic, knows no synonyms."""

    def __init__(self, dim: int = 256) -> None:
        self.dim = dim

    @property
    def identity(self) -> str:
        """Two encoders of one dimension are the same."""
        return f"hashing:{self.dim}"

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:  # noqa: ARG002 (one tower for both)
        """Vectors float32 [n, dim], of length 1; a text without words gets the first axis."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                mark = int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")
                for part in (mark & 0xFFFFFFFF, mark >> 32):
                    vectors[row, (part >> 1) % self.dim] += 1.0 if part & 1 else -1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[norms[:, 0] == 0, 0] = 1.0
        return np.asarray(vectors / np.where(norms == 0, 1, norms), np.float32)
