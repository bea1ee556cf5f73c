"""Batches that are worked on ahead: while a step learns from one, other threads make what they can of the next.

What does not hang on what is being learned, such as states of layers at rest, is half of the work and needs not be waited
for. The place in the data is that of the batch given last, so that a run resumes as one without.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from raglan.train.batches import Source
from raglan.train.checkpoint import State

__all__ = ["Ahead"]

B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)


class Counted(Source[B_co], Sized, Protocol[B_co]):
    """Batches of which one knows how many there are."""


class Ahead(Generic[B]):
    """The batches of ``source``, each made ready by ``ready``, which draws no random numbers, ``deep`` of them at a time."""

    def __init__(self, source: Counted[B], ready: Callable[[B], B], *, deep: int = 2) -> None:
        self._source, self._ready, self._deep = source, ready, deep
        self._pool = ThreadPoolExecutor(deep)
        self._coming: deque[tuple[Future[B], State]] = deque()
        self._state = source.state_dict()

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._source)

    def __next__(self) -> B:
        """The next batch; those after it are begun."""
        while len(self._coming) <= self._deep:
            batch = next(self._source)
            self._coming.append((self._pool.submit(self._ready, batch), self._source.state_dict()))
        coming, self._state = self._coming.popleft()
        return coming.result()

    def state_dict(self) -> State:
        """The place in the data."""
        return self._state

    def load_state_dict(self, state: State) -> None:
        """Go back there; what was begun is left."""
        self._coming.clear()
        self._state = state
        self._source.load_state_dict(state)
