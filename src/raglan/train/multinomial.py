"""Multinomial logistic regression in closed steps: a few features, some hundred rows, several classes.

By a bound of the loss's curvature (Böhning 1992): no step needs a search, and none overshoots. Near:
:mod:`raglan.train.logistic`, for two classes; :mod:`raglan.train.listwise`, for the best of a list.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["multinomial"]

Matrix = NDArray[np.float64]


def multinomial(x: Matrix, y: NDArray[np.int64], classes: int, *, ridge: float = 1.0, steps: int = 400) -> Matrix:
    """Weights [f + 1, classes], the last row the constants, of x [n, f] and y [n] of 0 to ``classes`` - 1.

    The constants are hardly shrunk by ``ridge``.
    """
    rows = np.hstack([x, np.ones((len(x), 1))])
    shrink = np.append(np.full(x.shape[1], ridge), 1e-3)
    inverse = np.linalg.inv(0.5 * (1 - 1 / classes) * rows.T @ rows + np.diag(shrink))
    weights: Matrix = np.zeros((rows.shape[1], classes))
    for _ in range(steps):
        odds = rows @ weights
        chances = np.exp(odds - odds.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        weights -= inverse @ (rows.T @ (chances - np.eye(classes)[y]) + shrink[:, None] * weights)
    return weights
