"""What ends a run before its time: numbers that are no numbers, vectors that are all alike, a person.

A loss or gradient that is NaN or infinite is told before it reaches the weights (:class:`Diverged`); the loop then goes
back to the last checkpoint, once, at a lower rate (:class:`Recovery`). Collapse does not get better by itself, so it ends
the run. Ctrl-C waits for the step under way (:func:`stoppable`).
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from raglan.errors import ConfigError, ModelError

__all__ = ["Collapse", "Collapsed", "Diverged", "Recovery", "Slows", "finite", "spread", "stoppable"]


class Diverged(ModelError):  # noqa: N818 (says what happened)
    """A loss or a gradient that is NaN or infinite; the weights are as they were before it."""


class Collapsed(ModelError):  # noqa: N818 (says what happened)
    """All vectors are alike: what is searched with them is chance."""


@runtime_checkable
class Slows(Protocol):
    """A step that can go on at ``factor`` of its rate."""

    def slow(self, factor: float) -> None:
        """Multiply the rate of all further updates."""
        ...


def finite(value: float, what: str) -> float:
    """``value``, or :class:`Diverged` if it is NaN or infinite."""
    if not math.isfinite(value):
        raise Diverged(f"{what} became {value}")
    return value


class Recovery:
    """The one second chance: back to the last checkpoint, at ``factor`` of the rate.

    ``restore`` loads it and returns its step. ``used`` is part of what a run saves, so that resuming gives no third chance.
    """

    def __init__(self, restore: Callable[[], int] | None, step: object, *, factor: float = 0.25) -> None:
        self._restore = restore
        self._step = step
        self._factor = factor
        self.used = False

    def __call__(self, error: Diverged, at: int) -> str:
        """Recover from ``error`` in step ``at``; says what was done. Raises :class:`Diverged` if nothing can be."""
        if self.used:
            raise Diverged(
                f"step {at}: {error}, again, at {self._factor} of the rate; lower the rate, clip gradients tighter, "
                "or look at the rows of this batch"
            ) from error
        if self._restore is None or not isinstance(self._step, Slows):
            raise Diverged(f"step {at}: {error}, and there is no checkpoint to go back to; lower the rate") from error
        since = self._restore()
        self.used = True
        self._step.slow(self._factor)
        return f"step {at}: {error}; went back to step {since}, on at {self._factor} of the rate"


def spread(vectors: Tensor, *, most: int = 64) -> dict[str, float]:
    """How different ``vectors`` [n, d] are, for an objective's report; of the first ``most`` rows.

    ``alike`` is the mean cosine over pairs: 1 where all point one way. ``rank`` is the effective rank of what differs
    between them, the exponential of the entropy of its squared singular values (Roy and Vetterli 2007): 1 where all lie on
    a line, 0 where nothing differs, at most min(n - 1, d). Fewer than two rows tell nothing: 0 and infinity.
    """
    vectors = functional.normalize(vectors.detach()[:most].double(), dim=1)
    n = len(vectors)
    if n < 2:
        return {"alike": 0.0, "rank": math.inf}
    # The square of the sum counts every pair twice and every vector once.
    alike = float((vectors.sum(dim=0).square().sum() - vectors.square().sum()) / (n * (n - 1)))
    centred = vectors - vectors.mean(dim=0)
    energy = torch.linalg.eigvalsh(centred @ centred.T).clamp(min=0.0)  # [n]
    if float(energy.sum()) < 1e-12:
        return {"alike": alike, "rank": 0.0}
    return {"alike": alike, "rank": float(torch.special.entr(energy / energy.sum()).sum().exp())}


class _Reports(Protocol):
    @property
    def report(self) -> Mapping[str, float]: ...


class Collapse:
    """Watches reports that contain :func:`spread`; ends a run whose vectors are alike ``patience`` steps in a row.

    Alike means a mean cosine above ``alike``, or an effective rank below ``rank``. Raises :class:`Collapsed` with the
    reason; :class:`ConfigError` if a report tells nothing of the vectors, as a guard that does not look is worse than none.
    """

    def __init__(self, *, alike: float = 0.99, rank: float = 1.5, patience: int = 3) -> None:
        self._alike, self._rank, self._patience = alike, rank, patience
        self._seen = 0

    def __call__(self, progress: _Reports) -> None:
        """Look at one step's report."""
        report = progress.report
        if "alike" not in report or "rank" not in report:
            raise ConfigError(
                "the objective reports nothing of its vectors; let it return {**report, **spread(vectors)}"
            )
        self._seen = self._seen + 1 if report["alike"] > self._alike or report["rank"] < self._rank else 0
        if self._seen >= self._patience:
            raise Collapsed(
                f"the vectors collapsed: mean cosine {report['alike']:.3f}, effective rank {report['rank']:.1f}, for "
                f"{self._seen} steps; lower the rate, raise the temperature, or use more negatives that are less hard"
            )


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Within, Ctrl-C and SIGTERM are noted; what is given raises :class:`KeyboardInterrupt` if there was one.

    So a step is never cut in half. A second signal is raised at once. Threads other than the main one get no signals.
    """
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def stop() -> None:
        if asked:
            raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)} if main else {}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
