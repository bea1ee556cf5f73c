"""How sure a number is: bootstrap intervals, and a randomisation test of two systems over the same rows.

Both draw rows anew and compute the metric again, so they serve what is no mean (BLEU, AUROC) as well. Papers: Efron 1979
(bootstrap, percentile interval); Fisher 1935 and Noreen 1989 (randomisation), as Smucker et al. 2007 recommend for search.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from raglan.metrics.metric import Metric, first, mean
from raglan.metrics.value import Matrix, Statistics, Value

__all__ = ["Contest", "Resampling", "contest", "interval"]

_LEVEL = 0.95
_ALIKE = 1e-12  # sums of the same numbers in another order differ by less
_AT_ONCE = 4_000_000  # coin flips held at a time


@dataclass(frozen=True, slots=True)
class Resampling:
    """How often rows are drawn anew, and from which seed; a metric's draws hang on nothing else that is measured."""

    seed: int = 0
    draws: int = 1_000

    def chance(self, metric: Metric) -> np.random.Generator:
        """The generator for one metric: the same for every system, so that their intervals move together."""
        return np.random.default_rng([self.seed, zlib.crc32(metric.name.encode())])


@dataclass(frozen=True, slots=True)
class Contest:
    """One system against another over the rows where both have a value.

    ``difference`` is how much the metric is above the other's; ``p`` the chance of one as large if the two were alike
    (two-sided). ``wins`` and ``losses`` count rows, and are ``None`` where only a set has a value.
    """

    difference: float
    p: float
    rows: int
    wins: int | None = None
    losses: int | None = None


def interval(metric: Metric, rows: Matrix, drawn: Resampling) -> tuple[float, float] | None:
    """The middle 95 % of the metric over samples of ``rows`` [n, width], drawn with replacement.

    ``None`` where most samples have no value.
    """
    chance = drawn.chance(metric)
    found = [metric.value(rows[chance.integers(len(rows), size=len(rows))]) for _ in range(drawn.draws)]
    values = [value for value in found if isinstance(value, float)]
    if not values or len(values) * 2 < drawn.draws:
        return None
    low, high = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def contest(metric: Metric, one: Statistics, other: Statistics, drawn: Resampling) -> Contest | None:
    """``other`` against ``one``; ``None`` where no row has a value in both, or the metric has none over those rows."""
    both = one.defined & other.defined
    a, b = one.values[both], other.values[both]
    difference = _difference(metric.value(a), metric.value(b)) if len(a) else None
    if difference is None:
        return None
    if metric.each is None:
        return Contest(difference, _swapped(metric, a, b, abs(difference), drawn), len(a))
    gaps = metric.each(b) - metric.each(a)
    better = -gaps if metric.lower else gaps
    wins, losses = int((better > _ALIKE).sum()), int((better < -_ALIKE).sum())
    # Signs test the mean of the rows' scores, which is quick; the BLEU of a set is no such mean.
    averages = metric.value is mean and metric.each is first
    p = (
        _flipped(gaps, drawn.chance(metric), drawn.draws)
        if averages
        else _swapped(metric, a, b, abs(difference), drawn)
    )
    return Contest(difference, p, len(a), wins, losses)


def _difference(one: Value, other: Value) -> float | None:
    return other - one if isinstance(one, float) and isinstance(other, float) else None


def _flipped(gaps: Matrix, chance: np.random.Generator, draws: int) -> float:
    """The share of random signs that put the mean of ``gaps`` as far from 0 as it is; rows that tie change nothing."""
    moving = gaps[np.abs(gaps) > _ALIKE]
    reached, step = 0, max(1, _AT_ONCE // max(1, len(moving)))
    for start in range(0, draws, step):
        signs = chance.integers(2, size=(min(step, draws - start), len(moving)), dtype=np.int8)
        sums = (2.0 * signs - 1.0) @ moving
        reached += int((np.abs(sums) >= abs(moving.sum()) - _ALIKE).sum())
    return (1 + reached) / (1 + draws)


def _swapped(metric: Metric, a: Matrix, b: Matrix, least: float, drawn: Resampling) -> float:
    """The share of random exchanges of rows between two systems that leave them as far apart as they are."""
    reached, chance = 0, drawn.chance(metric)
    for _ in range(drawn.draws):
        change = chance.random(len(a)) < 0.5
        gap = _difference(metric.value(np.where(change[:, None], b, a)), metric.value(np.where(change[:, None], a, b)))
        # An exchange after which nothing can be said speaks against nothing.
        reached += gap is None or abs(gap) >= least - _ALIKE
    return (1 + reached) / (1 + drawn.draws)
