"""How many requests are let in at a time, and how long the others are asked to stay away."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Busy", "Queue"]

_SHARE = 0.1  # of a new measurement in the mean
_LONGEST = 60


class Busy(Exception):  # noqa: N818  an answer to a caller, not a fault
    """The queue is full; ``retry_after`` whole seconds are likely to help."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the server has as many requests as it can take; try again in {retry_after} s")
        self.retry_after = retry_after


class Queue:
    """Lets ``most`` requests in at once, those that are worked on among them; ``told`` hears of every change of how many."""

    def __init__(
        self, most: int, *, told: Callable[[int], None] = lambda _: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most, self._told, self._clock = most, told, clock
        self._guard = threading.Lock()
        self._seconds = 0.1
        self.depth = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue for as long as the block lasts; raises :class:`Busy` where there is none."""
        with self._guard:
            if self.depth >= self.most:
                raise Busy(self._wait())
            self.depth += 1
            self._told(self.depth)
        since = self._clock()
        try:
            yield
        finally:
            with self._guard:
                self.depth -= 1
                self._told(self.depth)
                self._seconds += _SHARE * (self._clock() - since - self._seconds)

    def _wait(self) -> int:
        """Until a quarter of the places is free, by what a request took lately."""
        # What a request took holds the wait in the queue already.
        return min(_LONGEST, max(1, math.ceil(self._seconds / 4)))
