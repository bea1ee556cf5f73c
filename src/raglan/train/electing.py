"""Weights by which the best of several answers is chosen, from answers that were right and ones that were not.

Rows: for each question the :class:`raglan.generate.electing.Features` of its answers, and how good each is (F1). The loss is
the cross-entropy of choosing a best one: ``-log Σ_(best) softmax(w^T f)``, with a ridge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raglan.generate.electing import Features
from raglan.train.logistic import Matrix

__all__ = ["elected"]

_STEPS, _RATE = 400, 0.1
_TOLD = 0.05  # F1 by which one answer must be better than another


def elected(
    rows: Sequence[Sequence[Features]], worth: Sequence[Sequence[float]], *, ridge: float = 1e-3
) -> list[float]:
    """The weights, one a feature; those of questions of which all answers are as good say nothing.

    Without any that do, the place that is likeliest wins. Features are scaled to deviation 1 while the weights are sought.
    """
    useful = [(np.array(row, float), np.array(how, float)) for row, how in zip(rows, worth, strict=True)]
    useful = [(x, y) for x, y in useful if len(x) > 1 and y.max() > y.min() + _TOLD]
    usual = [1.0, *[0.0] * (len(Features._fields) - 1)]
    if not useful:
        return usual
    scale = np.maximum(np.concatenate([x - x.mean(0) for x, _ in useful]).std(0), 1e-6)
    chosen = [((x / scale), y > y.max() - _TOLD) for x, y in useful]
    w: Matrix = np.array(usual) * scale
    first, second = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, _STEPS + 1):
        slope = ridge * w + _slope(chosen, w)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        # Adam: the scales of slopes differ, and a few hundred rows need no more.
        w -= _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8) / step**0.5
    return [round(float(one), 5) for one in w / scale]


def _slope(chosen: Sequence[tuple[Matrix, np.ndarray]], w: Matrix) -> Matrix:
    """The gradient of the mean loss."""
    found = np.zeros_like(w)
    for x, best in chosen:
        shares = np.exp(x @ w - (x @ w).max())
        shares /= shares.sum()
        wanted = shares * best
        found += (shares - wanted / max(wanted.sum(), 1e-12)) @ x
    return found / len(chosen)
