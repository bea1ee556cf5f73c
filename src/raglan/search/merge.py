"""Joining the opinions of several searches into one ranked list.

Plain reciprocal rank fusion loses against the better single run on most corpora (docs/decisions); so scores are joined,
each list's scaled to [0, 1] first. A passage that a list does not name has 0 there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from raglan.protocols import Merge
from raglan.types import Hit, Query

__all__ = ["minmax", "rrf"]


def minmax(*, dense: float = 0.4) -> Merge:
    """The weighted mean of scores scaled by each list's least and greatest (Fox and Shaw 1994, CombSUM).

    ``dense`` is the weight of lists by ``vectors``; the rest goes to the others. A list that is empty, because its
    search cannot read the query, has no say.
    """
    if not 0 <= dense <= 1:
        raise ValueError(f"dense is {dense}, must be from 0 to 1")
    return _joined(lambda hits: _scaled([hit.score for hit in hits]), dense)


def rrf(*, k: int = 60) -> Merge:
    """Reciprocal rank fusion (Cormack et al. 2009): the sum of 1 / (k + rank). For comparison."""
    return _joined(lambda hits: [(k + 1) / (k + rank) for rank in range(1, len(hits) + 1)], 0.5)


def _scaled(scores: Sequence[float]) -> list[float]:
    low, high = min(scores), max(scores)
    # A list of equals says of each that it was found, no more.
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def _joined(scale: Callable[[Sequence[Hit]], Sequence[float]], dense: float) -> Merge:
    def merge(query: Query, lists: Sequence[Sequence[Hit]]) -> list[Hit]:  # noqa: ARG001 (knows no query)
        full = [hits for hits in lists if hits]
        weights = [dense if hits[0].by == "vectors" else 1 - dense for hits in full]
        total = sum(weights) or 1.0
        joined: dict[str, Hit] = {}
        for hits, weight in zip(full, weights, strict=True):
            for hit, score in zip(hits, scale(hits), strict=True):
                old = joined.get(hit.passage.id)
                by = f"{old.by}+{hit.by}" if old else hit.by
                joined[hit.passage.id] = Hit(hit.passage, (old.score if old else 0.0) + score * weight / total, by)
        return sorted(joined.values(), key=lambda hit: (-hit.score, hit.passage.id))

    return merge
