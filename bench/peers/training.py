"""What measured trainings share: the pairs that they read, and their speed by the moments at which steps end.

Its drivers, ``train_NAME.py``, run as those of :mod:`bench.peers.running` do. Standard library only, for the same reason.
"""

from __future__ import annotations

import time

from bench.peers.running import Json, rows


def pairs(file: str) -> tuple[list[str], list[str]]:
    """Questions, and the passage that is right for each."""
    read = rows(file)
    return [row["question"] for row in read], [row["passage"] for row in read]


class Ends:
    """When steps ended."""

    def __init__(self) -> None:
        self._at: list[tuple[float, float]] = []

    def __call__(self, *_: object) -> None:
        """A step ended; whatever is told of it is not looked at."""
        self._at.append((time.perf_counter(), time.process_time()))

    def pace(self, warm: int) -> Json:
        """Steps a second, and seconds of all cores a step, after the first ``warm`` steps."""
        wall, cpu = (last - first for first, last in zip(self._at[warm - 1], self._at[-1], strict=True))
        count = len(self._at) - warm
        return {"steps_s": count / wall, "cpu_s": cpu / count, "steps": count}
