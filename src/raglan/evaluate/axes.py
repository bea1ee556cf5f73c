"""Where a value stands on an axis, and which values the axis names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Axis", "linear", "logarithmic", "share"]

_NOTHING = 1e-9
# Round numbers that an axis may reach, and the ticks that divide each. From 0.5 on the next is 1: most values are shares.
_STEPS = {1.0: 0.2, 1.5: 0.5, 2.0: 0.5, 2.5: 0.5, 3.0: 1.0, 4.0: 1.0, 5.0: 1.0, 10.0: 2.0}


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from ``low`` to ``high`` on pixels from ``start`` to ``end``; what lies beyond stands at its end."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of ``value``."""
        held = min(max(value, self.low), self.high)
        part = math.log(held / self.low, self.high / self.low) if self.log else self._part(held)
        return round(self.start + part * (self.end - self.start), 2)

    def _part(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


def linear(values: Iterable[float], start: float, end: float) -> Axis:
    """An axis from 0 that reaches round numbers beyond all ``values``, below 0 too where one is.

    >>> linear([0.3, 0.61], 0, 100).ticks
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    >>> linear([-0.02, 0.031], 0, 100).ticks
    (-0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04)
    """
    kept = [*values, 0.0]
    furthest = max(map(abs, kept))
    top, step = _round_up(furthest if furthest > _NOTHING else 1.0)
    first = math.floor(min(kept) / step + _NOTHING)
    last = 0 if first < 0 and max(kept) <= 0 else round(top / step)
    ticks = tuple(round(place * step, 12) for place in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def _round_up(value: float) -> tuple[float, float]:
    """The round number that is not below ``value``, and what to divide it by."""
    power = 10.0 ** math.floor(math.log10(value))
    times = next((one for one in _STEPS if one * power >= value * (1 - 1e-9)), 10.0)
    return times * power, _STEPS[times] * power


def share(start: float, end: float) -> Axis:
    """An axis of shares, from 0 to 1."""
    return linear([1.0], start, end)


def logarithmic(high: float, start: float, end: float) -> Axis:
    """An axis from 1 to at least 100 on which every doubling is as wide.

    >>> logarithmic(30, 0, 100).ticks
    (1, 2, 5, 10, 20, 50, 100)
    """
    ticks = [times * 10**power for power in range(9) for times in (1, 2, 5)]
    last = next((at for at, tick in enumerate(ticks) if tick >= max(high, 100)), len(ticks) - 1)
    return Axis(1, ticks[last], start, end, tuple(ticks[: last + 1]), log=True)
