"""Which sentences say most of what all of them say: LexRank (Erkan and Radev 2004), without a threshold.

A sentence is central if it is like sentences that are central: p = d / n + (1 - d) · Aᵀ p, where A holds the cosines of
the sentences' tf-idf vectors, each row scaled to sum 1. No sentence votes for itself, and one that is like no other votes
for all alike: else it would keep an average share. With X the vectors, A p is X (Xᵀ p): no matrix of pairs is ever made.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Vector", "centrality", "cosine", "vectors"]

Vector = dict[str, float]  # weights by term; of length 1, or empty

_JUMP = 0.15  # the paper's d
_STEPS = 100
_STILL = 1e-9
_ALONE = 1e-9  # likeness below which a sentence is like no other


def vectors(texts: Sequence[Sequence[str]]) -> list[Vector]:
    """The tf-idf vectors of texts given by their terms; what all have in common weighs little, and not nothing."""
    counts = Counter(term for text in texts for term in set(text))
    idf = {term: math.log(1 + len(texts) / count) for term, count in counts.items()}
    found = []
    for text in texts:
        weights = {term: count * idf[term] for term, count in sorted(Counter(text).items())}
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        found.append({term: weight / length for term, weight in weights.items()} if length else {})
    return found


def cosine(one: Vector, other: Vector) -> float:
    """How alike two are, 0 to 1."""
    few, many = sorted((one, other), key=len)
    return math.fsum(weight * many[term] for term, weight in few.items() if term in many)


def centrality(sentences: Sequence[Vector]) -> list[float]:
    """For each sentence its share of all centrality; they sum to 1.

    >>> [round(one, 2) for one in centrality(vectors([["tea", "hot"], ["tea", "hot", "strong"], ["boat"]]))]
    [0.47, 0.47, 0.07]
    """
    import numpy as np

    n = len(sentences)
    if not n:
        return []
    columns: dict[str, int] = {}
    entries = [
        (row, columns.setdefault(term, len(columns)), weight)
        for row, vector in enumerate(sentences)
        for term, weight in vector.items()
    ]
    rows = np.array([row for row, _, _ in entries], np.int64)
    terms = np.array([term for _, term, _ in entries], np.int64)
    weights = np.array([weight for _, _, weight in entries], np.float64)

    own = np.array([float(bool(vector)) for vector in sentences])

    def like(p: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.bincount(terms, weights * p[rows], minlength=len(columns))
        found = np.asarray(np.bincount(rows, weights * summed[terms], minlength=n), np.float64) - own * p
        return np.maximum(found, 0.0)

    degree = like(np.ones(n))
    alone = degree < _ALONE
    shares = np.where(alone, 0.0, 1 / np.where(alone, 1.0, degree))
    p = np.full(n, 1 / n)
    for _ in range(_STEPS):
        after = _JUMP / n + (1 - _JUMP) * (like(p * shares) + p[alone].sum() / n)
        after /= after.sum()
        if np.abs(after - p).sum() < _STILL:
            break
        p = after
    return [float(one) for one in p]
