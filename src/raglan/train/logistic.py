"""Logistic regression in closed steps: a few features, thousands of rows, no options."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Matrix", "logistic"]

Matrix = NDArray[np.float64]


def logistic(x: Matrix, y: Matrix, weight: Matrix | None = None, *, ridge: float = 1.0) -> Matrix:
    """Weights [f + 1], the last one the constant, of x [n, f] and y [n] of 0 and 1, by Newton's method.

    ``weight`` [n] of the rows is 1 unless given. The constant is not shrunk by ``ridge``.
    """
    weight = np.ones(len(y)) if weight is None else weight
    x = np.hstack([x, np.ones((len(x), 1))])
    w, penalty = np.zeros(x.shape[1]), np.diag([ridge] * (x.shape[1] - 1) + [1e-9])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ w)))
        step = np.linalg.solve(
            (x * (weight * p * (1 - p))[:, None]).T @ x + penalty, x.T @ (weight * (p - y)) + penalty @ w
        )
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w
