"""From keys that an index lists to hits whose passages are still there, for many searches at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from raglan.store.store import Store
from raglan.types import Hit

__all__ = ["living"]


def living(
    store: Store,
    listed: Callable[[Mapping[int, int]], Iterable[tuple[Sequence[int], Sequence[float]]]],
    count: int,
    k: int,
    by: str,
) -> list[list[Hit]]:
    """For each of ``count`` searches the ``k`` best hits whose passages are in ``store``, fetched together.

    ``listed`` takes how many keys each search, by its number, is to list at most, and gives keys and scores in that order.
    """
    found: list[list[Hit]] = [[] for _ in range(count)]
    limits = dict.fromkeys(range(count), k) if k > 0 else {}
    while limits:
        lists = list(listed(limits))
        there = store.get(sorted({key for keys, _ in lists for key in keys}))
        deeper: dict[int, int] = {}
        for (place, limit), (keys, scores) in zip(limits.items(), lists, strict=True):
            hits = [Hit(there[key], score, by) for key, score in zip(keys, scores, strict=True) if key in there]
            found[place] = hits[:k]
            # What another process dropped a moment ago may still be listed: look deeper.
            if len(hits) < k and len(keys) >= limit:
                deeper[place] = limit + 2 * (k - len(hits)) + 8
        limits = deeper
    return found
