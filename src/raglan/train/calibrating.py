"""Fitting how likely answers are right, and which share of them is wrong above each threshold.

Rows: measures of answers (:class:`raglan.generate.calibrated.Measures`), and whether each was right. Shares are of rows that
the weights were not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.either import LEEWAY
from raglan.train.logistic import Matrix, logistic

__all__ = ["calibrated", "foretold", "risks"]

_FOLDS = 5
_LEAST = 50  # answers; the share of wrong ones among fewer says little
_STEPS = 100  # thresholds that are tried


def calibrated(
    rows: Sequence[Measures], right: Sequence[bool], held: Sequence[bool] = (), *, seed: int = 0
) -> Calibration | None:
    """The calibration of these answers; nothing for fewer than 50, and where all of them are right, or wrong.

    With ``held``, whether the best sentences of the same evidence hold an answer, also of whichever of both is told.
    """
    if len(rows) < _LEAST or all(right) or not any(right):
        return None
    sure = foretold(rows, right, seed=seed)
    found = Calibration(_weights(rows, right), risks(sure, np.array(right, float)))
    if not held or all(held) or not any(held):
        return found
    hold = foretold(rows, held, seed=seed)
    told = hold > sure + LEEWAY
    either = risks(np.where(told, hold, sure), np.where(told, held, right).astype(float))
    return replace(found, sentences=_weights(rows, held), either=either)


def _weights(rows: Sequence[Measures], came: Sequence[bool]) -> tuple[float, ...]:
    return tuple(round(float(one), 5) for one in logistic(np.array(rows, float), np.array(came, float)))


def risks(sure: Matrix, right: Matrix) -> tuple[tuple[float, float], ...]:
    """Thresholds of confidence, each with the share of wrong answers among those at least so sure, if they are enough."""
    found = []
    for threshold in np.arange(_STEPS) / _STEPS:
        kept = sure >= threshold
        if kept.sum() >= _LEAST:
            found.append((float(threshold), float(1 - right[kept].mean())))
    # A risk that a higher threshold does not keep was kept by chance.
    worst = np.maximum.accumulate([wrong for _, wrong in reversed(found)])[::-1]
    return tuple((threshold, round(float(wrong), 4)) for (threshold, _), wrong in zip(found, worst, strict=True))


def foretold(rows: Sequence[Measures], right: Sequence[bool], *, seed: int = 0) -> Matrix:
    """For each row the probability that ``right`` comes, by weights that four fifths of the others gave."""
    x, y = np.array(rows, float), np.array(right, float)
    fold = np.random.default_rng(seed).permutation(len(y)) % _FOLDS
    sure = np.zeros(len(y))
    for one in range(_FOLDS):
        made = Calibration(tuple(logistic(x[fold != one], y[fold != one]).tolist()))
        sure[fold == one] = [made.sure(Measures(*row)) for row in x[fold == one]]
    return sure
