"""How near two vectors are, as scores of queries by passages: three measures that agree where vectors have length one.

For ``|q| = |p| = 1`` it holds that ``-|q - p|² = 2 q·p - 2`` and ``cos = q·p``: all three rank alike, so an index of inner
products serves them all. Without unit length they differ: dot prefers long vectors, distance those as long as the query;
:func:`products` then makes vectors that such an index ranks as the others do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Similarity", "cosine", "dot", "negative_squared_l2", "products"]

Similarity = Callable[[Tensor, Tensor], Tensor]  # queries [q, d], passages [p, d] -> scores [q, p], higher is nearer


def dot(queries: Tensor, passages: Tensor) -> Tensor:
    """Inner products [q, p] of ``queries`` [q, d] and ``passages`` [p, d]; any real number.

    The measure of DPR (Karpukhin et al. 2020); it goes with a softmax temperature of 1 unless vectors have unit length.
    """
    return queries @ passages.T


def cosine(queries: Tensor, passages: Tensor) -> Tensor:
    """Cosines [q, p], within -1 and 1, of ``queries`` [q, d] and ``passages`` [p, d]; a vector of zeros is at 0 to all.

    Goes with a softmax temperature near 0.05 (Sentence-BERT, Reimers and Gurevych 2019, at a scale of 20).
    """
    return functional.normalize(queries, dim=-1) @ functional.normalize(passages, dim=-1).T


def negative_squared_l2(queries: Tensor, passages: Tensor) -> Tensor:
    """``-|q - p|²`` [q, p], at most 0, of ``queries`` [q, d] and ``passages`` [p, d].

    By ``2 q·p - |q|² - |p|²``, which needs no [q, p, d] in memory; what rounding lifts above 0 is put back.
    """
    squares = queries.square().sum(dim=-1)[:, None] + passages.square().sum(dim=-1)[None, :]
    return torch.clamp(2 * queries @ passages.T - squares, max=0.0)


def products(vectors: NDArray[np.float32], role: str, similarity: str) -> NDArray[np.float32]:
    """``vectors`` [n, d] of a ``role`` as such [n, d or d + 1] whose inner products rank passages as a ``similarity`` does.

    It is ``cosine`` (length 1), ``dot`` (as they are) or ``l2``: of ``-|q - p|²`` what a query sees is ``q·p - |p|²/2``, so
    a passage gets ``-|p|²/2`` as one number more, and a query 1.
    """
    if similarity == "cosine":
        found: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return found
    if similarity != "l2":
        return vectors
    more = np.ones(len(vectors)) if role == "query" else -np.square(vectors).sum(axis=1) / 2
    return np.column_stack([vectors, more]).astype(np.float32)
