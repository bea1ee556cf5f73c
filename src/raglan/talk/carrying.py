"""The evidence of the last turn as candidates for the next: a follow-up is often answered next to what answered before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from raglan.types import Hit

__all__ = ["carried"]

_EXACT = 1.0  # scores of exact matches begin here (raglan.search.hybrid)
_NEAR = 0.999


def carried(hits: Sequence[Hit], before: Sequence[Hit], *, discount: float, k: int) -> list[Hit]:
    """At most ``k`` of ``hits`` and of ``before``, best first; those from before at ``discount`` of their score then.

    What a query names outright stays where it is: nothing from before comes above an exact match, or takes its place. A
    passage that both hold keeps the better of its scores.
    """
    exact = [hit for hit in hits if hit.score >= _EXACT]
    rest = {hit.passage.id: hit for hit in hits if hit.score < _EXACT}
    named = {hit.passage.id for hit in exact}
    for hit in before:
        score = discount * min(hit.score, _NEAR)
        known = rest.get(hit.passage.id)
        if hit.passage.id in named or (known is not None and known.score >= score):
            continue
        by = f"{known.by}+before" if known else "before"
        rest[hit.passage.id] = replace(hit, score=score, by=by)
    ranked = sorted(rest.values(), key=lambda hit: (-hit.score, hit.passage.id))
    return [*exact, *ranked][:k]
