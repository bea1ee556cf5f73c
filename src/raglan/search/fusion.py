"""Hits into evidence: how much each passage should weigh, before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence

from raglan.protocols import Fusion
from raglan.types import Evidence, Hit, Query

__all__ = ["softmax"]


def softmax(*, temperature: float = 0.15) -> Fusion:
    """Weights ``exp(score / temperature)``, normed to 1. Equal scores weigh equally; no hits, no evidence."""
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}, must be above 0")

    def fuse(query: Query, hits: Sequence[Hit]) -> list[Evidence]:  # noqa: ARG001 (scores know the query)
        if not hits:
            return []
        top = max(hit.score for hit in hits)
        shares = [math.exp((hit.score - top) / temperature) for hit in hits]
        total = sum(shares)
        return [Evidence(hit.passage, share / total) for hit, share in zip(hits, shares, strict=True)]

    return fuse
