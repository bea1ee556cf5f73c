"""Vectors drawn by chance, and labels over them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raglan.train.labels import Labels

Matrix = NDArray[np.floating[Any]]
DIM = 16


def unit(vectors: Matrix) -> Matrix:
    found: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def drawn(rows: int, columns: int = DIM, seed: int = 0) -> Matrix:
    return unit(np.random.default_rng(seed).normal(size=(rows, columns)))


def turn(dim: int = DIM, seed: int = 5) -> Matrix:
    """A rotation, or reflection, drawn by chance."""
    found: Matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]
    return found


def toy(
    queries: Matrix, passages: Matrix, right: Sequence[Sequence[int]], wrong: Sequence[Sequence[int]] = ()
) -> Labels:
    lists = [tuple(np.array(one, np.int64) for one in all_of) for all_of in (right, wrong or [[]] * len(right))]
    return Labels(queries.astype(np.float32), passages.astype(np.float32), *lists)
