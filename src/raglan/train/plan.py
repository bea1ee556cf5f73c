"""How long a run is to be, how far it is, when it will be over, and what it came to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Outcome", "Pace", "Plan", "Progress", "Watch"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to run, and when to do what else.

    ``steps`` batches in all. Checkpoints lie in ``place`` (none: nothing is saved), written every ``save_steps`` steps and
    every ``save_minutes`` (0: not for that reason), and at both ends. With ``resume`` a run that lies there goes on; where
    none does, one begins. Evaluation is before the first step, every ``evaluate_steps`` (0: never) and at the end; the best
    by its value ``best_by``, higher being better, is kept beside the last. ``settings`` are those that a run is gone on with
    only if it was begun with them (:mod:`raglan.train.begun`).
    """

    steps: int
    place: Path | None = None
    resume: bool = False
    save_steps: int = 0
    save_minutes: float = 10.0
    evaluate_steps: int = 0
    best_by: str = "score"
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """After ``step`` of ``steps``: its ``report``, and the seconds ``left``, ``None`` while unknown.

    ``evaluation`` is the last one, ``evaluated`` the step that it was made after, -1 if none was.
    """

    step: int
    steps: int
    report: Mapping[str, float]
    left: float | None = None
    evaluation: Mapping[str, float] = field(default_factory=dict)
    evaluated: int = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the ``best`` value and its step (``None`` and -1 without any), and what it ``recovered`` from."""

    steps: int
    report: Mapping[str, float]
    best: float | None
    best_step: int
    recovered: str


Watch = Callable[[Progress], None]


class Pace:
    """Where the time goes: the mean of late steps, of evaluations, of saves; from which follows when it will be over."""

    def __init__(self, clock: Callable[[], float], *, late: int = 100) -> None:
        self._clock = clock
        self._late: deque[float] = deque(maxlen=late)
        self._spent = {"step": 0.0, "look": 0.0, "save": 0.0}
        self._count = dict.fromkeys(self._spent, 0)
        self._last = dict.fromkeys(self._spent, clock())

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Time what is within."""
        began = self._clock()
        yield
        self._last[what] = self._clock()
        self._spent[what] += self._last[what] - began
        self._count[what] += 1
        if what == "step":
            self._late.append(self._last[what] - began)

    def since(self, what: str) -> float:
        """Seconds since the last one."""
        return self._clock() - self._last[what]

    def left(self, steps: int, looks: int) -> float | None:
        """Seconds for so many steps and evaluations more; ``None`` until enough was seen."""
        if self._spent["step"] < 0.5 or (looks and not self._count["look"]):
            return None
        a_step = sum(self._late) / len(self._late) + self._spent["save"] / self._count["step"]
        return steps * a_step + (looks * self._spent["look"] / self._count["look"] if looks else 0.0)
