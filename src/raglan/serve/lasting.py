"""What a key is told ends with the key: one that is withdrawn, or expires, while an answer is made hears no more of it."""

from __future__ import annotations

from collections.abc import Iterator

from raglan.serve.answering import Step
from raglan.serve.keys import Key, Keys
from raglan.serve.problems import Problem

__all__ = ["lasting", "still"]


def still(keys: Keys, key: Key) -> None:
    """Raise :class:`Problem` 401 if ``key`` opens nothing any more."""
    if not keys.opens(key):
        raise Problem(401, "no_key", "the key was withdrawn, or expired, while this was worked on")


def lasting(keys: Keys, key: Key, steps: Iterator[Step]) -> Iterator[Step]:
    """``steps``, as long as ``key`` opens anything; raises :class:`Problem` before the first that comes after."""
    for step in steps:
        still(keys, key)
        yield step
