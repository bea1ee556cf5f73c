"""Joining the opinions of several searches into one ranked list.

Plain reciprocal rank fusion loses against the better single run on most corpora (docs/decisions); so scores are joined,
each list's scaled to [0, 1] first. A passage that a list does not name has 0 there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from raglan.protocols import Merge
from raglan.types import Hit, Query

__all__ = ["by_search", "joined", "minmax", "rrf", "scaled"]


def minmax(*, dense: float = 0.4, mentions: float = 0.35) -> Merge:
    """The weighted mean of scores scaled by each list's least and greatest (Fox and Shaw 1994, CombSUM).

    ``dense`` is the weight of lists by ``vectors``; the rest goes to words. A passage whose title is mentioned gets
    ``mentions`` on top. A list that is empty, because its search cannot read the query, has no say.
    """
    if not 0 <= dense <= 1:
        raise ValueError(f"dense is {dense}, must be from 0 to 1")
    if not 0 <= mentions < math.inf:
        raise ValueError(f"mentions is {mentions}, must be a number, 0 or more")
    weights = {"words": 1 - dense, "vectors": dense, "mentions": mentions}
    return lambda _, lists: joined(lists, weights)


def rrf(*, k: int = 60) -> Merge:
    """Reciprocal rank fusion (Cormack et al. 2009): the sum of 1 / (k + rank). For comparison."""

    def merge(query: Query, lists: Sequence[Sequence[Hit]]) -> list[Hit]:  # noqa: ARG001 (knows no query)
        full = [hits for hits in lists if hits]
        return _summed(
            [(hits, [(k + 1) / (k + rank) / len(full) for rank in range(1, len(hits) + 1)]) for hits in full]
        )

    return merge


def by_search(lists: Sequence[Sequence[Hit]]) -> dict[str, Sequence[Hit]]:
    """The lists that found anything, by whose they are."""
    return {hits[0].by: hits for hits in lists if hits}


def scaled(scores: Sequence[float]) -> list[float]:
    """Scores with the least at 0 and the greatest at 1."""
    low, high = min(scores), max(scores)
    # A list of equals says of each that it was found, no more.
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def joined(lists: Sequence[Sequence[Hit]], weights: Mapping[str, float]) -> list[Hit]:
    """The sum of scaled scores, each list weighed by whose it is, divided by the weights of those that found anything.

    A list of a search that has no weight counts as one by words.
    """
    full = [hits for hits in lists if hits]
    given = [weights.get(hits[0].by, weights["words"]) for hits in full]
    # Where nothing was found but by lists that weigh nothing, they still know an order.
    given = given if any(given) else [1.0] * len(full)
    total = sum(given)
    parts = [
        (hits, [score * weight / total for score in scaled([hit.score for hit in hits])])
        for hits, weight in zip(full, given, strict=True)
    ]
    return _summed(parts)


def _summed(parts: Sequence[tuple[Sequence[Hit], Sequence[float]]]) -> list[Hit]:
    totals: dict[str, float] = {}
    found: dict[str, list[Hit]] = {}
    for hits, scores in parts:
        for hit, score in zip(hits, scores, strict=True):
            name = hit.passage.id
            totals[name] = totals.get(name, 0.0) + score
            found.setdefault(name, []).append(hit)
    order = sorted((-score, name) for name, score in totals.items())
    return [Hit(found[name][0].passage, -score, "+".join([hit.by for hit in found[name]])) for score, name in order]
