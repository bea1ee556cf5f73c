"""Matrices in closed form: the ridge and the orthogonal one that lead rows of one space closest to rows of another.

Papers: Hoerl and Kennard 1970 (ridge); Cawley and Talbot 2003 (leave-one-out in closed form); Schönemann 1966 (orthogonal
Procrustes).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ridge", "procrustes", "ridge", "unit"]

Matrix = NDArray[np.float64]
Vectors = NDArray[np.floating[Any]]
Places = NDArray[np.int64]


def procrustes(source: Vectors, target: Vectors) -> Matrix:
    """The matrix [dt, ds] with orthogonal rows or columns that takes ``source`` [n, ds] closest to ``target`` [n, dt]."""
    left, _, right = np.linalg.svd(target.T.astype(float) @ source, full_matrices=False)
    found: Matrix = left @ right
    return found


def ridge(source: Vectors, target: Vectors, penalty: float) -> Matrix:
    """The matrix M [dt, ds] of least ``Σ |M s - t|² + penalty |M|²`` over the rows of ``source`` and ``target``."""
    return Ridge(source).matrix(target, penalty)


class Ridge:
    """The ridge solutions for ``source`` [n, d], for any penalty: their axes are found once, as many as n or d."""

    def __init__(self, source: Vectors) -> None:
        plain = source.astype(float)
        self._axes, self._values = _axes(plain)
        self._turned = plain @ self._axes
        self.scale = float(np.square(plain).sum()) / plain.shape[1]  # mean square of a column: the unit of penalties

    def matrix(self, target: Vectors, penalty: float) -> Matrix:
        """[out, d] that takes each row closest to its row of ``target`` [n, out]."""
        found: Matrix = (target.T @ self._turned) / (self._values + penalty) @ self._axes.T
        return found

    def left_out(self, target: Matrix, penalty: float, group: Places) -> Matrix:
        """What each row would be taken to, [n, out], by a fit without the rows of its ``group`` [n]."""
        weighted = self._turned / (self._values + penalty)
        error = target - weighted @ (self._turned.T @ target)
        order = np.argsort(group, kind="stable")
        several = [rows for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(rows) > 1]
        solved = [np.linalg.solve(self._others(weighted, rows), error[rows]) for rows in several]
        error /= 1 - (weighted * self._turned).sum(axis=1, keepdims=True)
        for rows, errors in zip(several, solved, strict=True):
            error[rows] = errors
        found: Matrix = target - error
        return found

    def _others(self, weighted: Matrix, rows: Places) -> Matrix:
        """What is left of the errors of ``rows`` [g], as a matrix [g, g], where all of them take part in the fit."""
        return np.eye(len(rows)) - weighted[rows] @ self._turned[rows].T


def _axes(plain: Matrix) -> tuple[Matrix, Matrix]:
    """The axes [d, min(n, d)] along which the rows of ``plain`` [n, d] lie, and the sum of their squares along each."""
    if len(plain) < plain.shape[1]:
        _, values, axes = np.linalg.svd(plain, full_matrices=False)
        return axes.T, np.square(values)
    values, found = np.linalg.eigh(plain.T @ plain)
    return found, values


def unit(vectors: Vectors) -> Matrix:
    """``vectors`` [n, d] of length 1; those of none stay so."""
    plain = vectors.astype(float)
    found: Matrix = plain / np.maximum(np.linalg.norm(plain, axis=1, keepdims=True), 1e-12)
    return found
