"""Fitting a map from one encoder's space to another's, so that an index goes on serving while its encoder is replaced.

Rows: the same texts by both encoders, best both passages and questions. Objective: ``Σ |M s - t|²`` with M orthogonal, or
``+ λ |M|²``, whichever leads texts that were left out closer to where they belong. Held-out rows then say kept or rejected.
:class:`raglan.encode.adapted.Translated` serves the matrix.

Paper: Vejendla 2025 (Drift-Adapter). Nearest relative: :mod:`raglan.train.adapting`, which moves queries within one space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from raglan.errors import ConfigError
from raglan.train.linear import Matrix, Places, Vectors, procrustes, ridge, unit
from raglan.train.negatives import checked, nearest

__all__ = ["Held", "Translation", "translation"]

_K = 10
_LEAST = 20  # held-out rows; fewer prove nothing
_RIDGES = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # in units of the mean square of a coordinate


class Held(NamedTuple):
    """Recall@10 and mean reciprocal rank (at 10) on the rows that were held out."""

    recall: float
    mrr: float


@dataclass(frozen=True, slots=True, eq=False)
class Translation:
    """``matrix`` [out, in], the ``penalty`` chosen (0: orthogonal), and what it did for ``held`` rows.

    ``faults`` say why it is not to be kept; none if it is.
    """

    matrix: Matrix
    penalty: float
    held: int
    before: Held
    after: Held
    faults: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """The verdict."""
        return not self.faults


def translation(
    source: Vectors, target: Vectors, *, held: float = 0.25, least: float = 0.5, seed: int = 0
) -> Translation:
    """M [dt, ds] from ``source`` [n, ds] to ``target`` [n, dt], row by row the same texts.

    A share of ``held`` rows, drawn by ``seed``, decides: recall@10 is the share of the ten rows of ``target`` nearest to
    their own that the mapped ones find, and must reach ``least``; the rank is that of their own. Before, the vectors are
    compared as they are, where dimensions agree. Raises :class:`ValueError` for too few rows and for numbers that are none.
    """
    if not 0 < held < 1:
        raise ConfigError(f"held is {held}, must be between 0 and 1")
    source, target = checked("source", source), checked("target", target)
    if len(source) != len(target) or len(source) < 2 * _LEAST:
        raise ValueError(f"{len(source)} and {len(target)} vectors: must be as many, and {2 * _LEAST} at least")
    order = np.random.default_rng(seed).permutation(len(source))
    out, rest = np.split(order, [max(_LEAST, int(held * len(order)))])
    penalty, matrix = _closest(source[rest], target[rest], _RIDGES)
    same = source.shape[1] == target.shape[1]
    before = _neighbours(source[out], target, out) if same else Held(0.0, 0.0)
    after = _neighbours(source[out] @ matrix.T, target, out)
    wanted = max(least, before.recall)
    faults = () if after.recall >= wanted else (f"recall@{_K} is {after.recall:.4f}, must be {wanted:.4f} at least",)
    return Translation(matrix, penalty, len(out), before, after, faults)


def _closest(source: Vectors, target: Vectors, ridges: Sequence[float]) -> tuple[float, Matrix]:
    """The penalty (0: orthogonal) by which a quarter of the rows comes closest, if fitted to the others; and the matrix."""
    check, fit = np.split(np.arange(len(source)), [len(source) // 4])

    def fitted(rows: Places, penalty: float) -> Matrix:
        return ridge(source[rows], target[rows], penalty) if penalty else procrustes(source[rows], target[rows])

    def close(penalty: float) -> float:
        return float((unit(source[check] @ fitted(fit, penalty).T) * unit(target[check])).sum())

    scale = float(np.square(source).sum()) / source.shape[1]
    penalty = max((0.0, *(one * scale for one in ridges)), key=close)
    return penalty, fitted(np.arange(len(source)), penalty)


def _neighbours(mapped: Vectors, target: Vectors, rows: Places) -> Held:
    """How ``mapped`` [h, d] finds its own ``rows`` of ``target`` [n, d], and the ten nearest to them."""
    wanted, _ = nearest(target[rows], target, _K + 1)
    found, _ = nearest(unit(mapped), target, _K + 1)
    ranks = [np.flatnonzero(near[:_K] == row) for near, row in zip(found, rows, strict=True)]
    shared = [
        len(set(near[near != row][:_K]) & set(true[true != row][:_K])) / _K
        for near, true, row in zip(found, wanted, rows, strict=True)
    ]
    return Held(float(np.mean(shared)), float(np.mean([1 / (1 + rank[0]) if len(rank) else 0.0 for rank in ranks])))
