"""The words that a turn speaks of, found once however often a conversation comes back to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from raglan.text.words import content_terms
from raglan.types import Turn

__all__ = ["heard", "spoken"]


@lru_cache(maxsize=4096)
def spoken(text: str) -> frozenset[str]:
    """The terms of ``text`` that tell what it is about."""
    return frozenset(content_terms(text))


def heard(history: Sequence[Turn]) -> frozenset[str]:
    """Those of all turns together."""
    return frozenset().union(*(spoken(turn.text) for turn in history))
