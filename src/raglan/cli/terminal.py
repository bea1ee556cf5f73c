"""Progress on standard error: one line that is written over on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

from raglan.build.progress import Progress

__all__ = ["Ticker"]

_EVERY = 10.0  # seconds between lines where nobody watches
_FAST = 0.1


class Ticker:
    """Prints how far a job is; silent about jobs that are done within a second."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._started = self._last = time.monotonic()
        self._open = False

    def __call__(self, progress: Progress) -> None:
        """Show it, unless the last one was a moment ago."""
        now = time.monotonic()
        if now - self._started < 1 or now - self._last < (_FAST if self._live else _EVERY):
            return
        self._last = now
        line = _line(progress)
        if self._live:
            print(f"\r\x1b[K{line[:110]}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line that is being written over."""
        if self._open:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._open = False


def _line(progress: Progress) -> str:
    share = progress.done / progress.total if progress.total else 1.0
    left = f", {_time(progress.left)} left" if progress.left is not None else ""
    count = "" if progress.stage == "reading" else f" {progress.done} of {progress.total}"
    return f"{progress.stage}{count} {share:.0%}{left}  {progress.note}".rstrip()


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
