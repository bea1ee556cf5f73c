"""Choosing one of a list: the conditional logit, weights that make the better options likelier.

Rows: of each list the features of its options and how good each is. Loss: cross-entropy between softmax(x w) and the wanted
shares, plus a ridge. Paper: McFadden 1974; Cao et al. 2007 (ListNet). Near: logistic (one option against none).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["conditional_logit"]

Matrix = NDArray[np.float64]


def conditional_logit(
    lists: Sequence[Matrix], wanted: Sequence[Matrix], weight: Sequence[float] | None = None, *, ridge: float = 1.0
) -> Matrix:
    """Weights [f] of lists x [n_i, f] whose options are wanted in shares [n_i] that sum to 1, by Newton's method.

    ``weight`` of each list is 1 unless given. Raises :class:`ValueError` where there is no list.
    """
    if not lists:
        raise ValueError("there is no list to learn from")
    width = lists[0].shape[1]
    given = [1.0] * len(lists) if weight is None else weight
    w = np.zeros(width)
    value = _loss(w, lists, wanted, given, ridge)
    for _ in range(50):
        gradient, curve = ridge * w, ridge * np.eye(width)
        for x, y, much in zip(lists, wanted, given, strict=True):
            # A list speaks of few features; the curve of the others stays as it is.
            here = np.flatnonzero(x.any(axis=0))
            p, part = _softmax(x @ w), x[:, here]
            mean = p @ part
            gradient[here] += much * ((p - y) @ part)
            curve[np.ix_(here, here)] += much * ((part * p[:, None]).T @ part - np.outer(mean, mean))
        step, size = np.linalg.solve(curve, gradient), 1.0
        # A full step may overshoot where the lists are short.
        while size > 1e-4 and _loss(w - size * step, lists, wanted, given, ridge) > value:
            size /= 2
        w = w - size * step
        value, before = _loss(w, lists, wanted, given, ridge), value
        if before - value < 1e-7 * abs(before):
            break
    return w


def _softmax(scores: Matrix) -> Matrix:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def _loss(w: Matrix, lists: Sequence[Matrix], wanted: Sequence[Matrix], given: Sequence[float], ridge: float) -> float:
    total = 0.5 * ridge * float(w @ w)
    for x, y, much in zip(lists, wanted, given, strict=True):
        scores = x @ w
        top = scores.max()
        total += much * float(top + np.log(np.exp(scores - top).sum()) - y @ scores)
    return total
