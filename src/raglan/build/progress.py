"""How far a long job is, and when it will be done, by the pace of the last while."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Pace", "Progress", "Watch"]

_WINDOW = 30.0  # seconds: long enough to be steady, short enough to notice a change of pace


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of a ``stage``; ``left`` seconds at the present pace, ``None`` while none is known."""

    stage: str
    done: int
    total: int
    left: float | None = None
    note: str = ""


Watch = Callable[[Progress], None]


class Pace:
    """Turns counts into a :class:`Progress` with an honest estimate; ``start`` units were done before."""

    def __init__(
        self,
        stage: str,
        total: int,
        watch: Watch | None,
        *,
        start: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stage, self._total, self._watch, self._clock = stage, total, watch, clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), start)])

    def at(self, done: int, note: str = "") -> None:
        """Tell the watcher that ``done`` units are done."""
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        if self._watch is not None:
            self._watch(Progress(self._stage, done, self._total, self._left(done), note))

    def _left(self, done: int) -> float | None:
        since, before = self._seen[0]
        spent = self._seen[-1][0] - since
        if done <= before or spent < 0.5:
            return None
        return (self._total - done) * spent / (done - before)
