"""Fitting a map from one encoder's space to another's, so that an index goes on serving while its encoder is replaced.

Rows: the same texts by both encoders, best both passages and questions. Objective: ``Σ |M s - t|²`` with M orthogonal, or
``+ λ |M|²``, whichever leads texts that were left out closer to where they belong; or no change, where that finds as much.
Held-out rows then say kept or rejected. :class:`raglan.encode.adapted.Translated` serves the matrix.

Of 2,048 passages of MedQuAD, by all-MiniLM-L6-v2 and by what training made of it, a quarter held out: of the ten nearest
neighbours the new vectors find 77 % as they are, 81 % turned, and 90 % by the ridge.

Paper: Vejendla 2025 (Drift-Adapter). Nearest relative: :mod:`raglan.train.adapting`, which moves queries within one space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from raglan.encode.linear import Matrix, Places, Ridge, Vectors, procrustes, unit
from raglan.errors import ConfigError

__all__ = ["Held", "Translation", "translation"]

_K = 10
_LEAST = 20  # held-out rows; fewer prove nothing
_RIDGES = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # in units of the mean square of a coordinate
_BLUR = 1e-6  # the same text twice is no error
_BLOCK = 256  # rows compared with all at once


class Held(NamedTuple):
    """Recall@10 and mean reciprocal rank (at 10) on the rows that were held out."""

    recall: float
    mrr: float


@dataclass(frozen=True, slots=True, eq=False)
class Translation:
    """``matrix`` [out, in], the ``penalty`` chosen, and what it did for ``held`` rows.

    A penalty of 0 is an orthogonal matrix, an infinite one no change. ``faults`` say why it is not kept; none if it is.
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
    """M [dt, ds] from ``source`` [n, ds] to ``target`` [n, dt], row by row the same texts, of length 1.

    A share of ``held`` rows, drawn by ``seed``, decides: recall@10 is the share of the ten rows of ``target`` nearest to
    their own that the mapped ones find, and must reach ``least``; the rank is that of their own. Before, the vectors are
    compared as they are, where dimensions agree. Raises :class:`ValueError` for too few rows and for numbers that are none.
    """
    if not 0 < held < 1:
        raise ConfigError(f"held is {held}, must be between 0 and 1")
    if len(source) != len(target) or len(source) < 2 * _LEAST:
        raise ValueError(f"{len(source)} and {len(target)} vectors: must be as many, and {2 * _LEAST} at least")
    for name, vectors in (("source", source), ("target", target)):
        if not np.isfinite(vectors).all():
            raise ValueError(f"{name} holds numbers that are none (NaN or infinite)")
    order = np.random.default_rng(seed).permutation(len(source))
    out, rest = np.split(order, [max(_LEAST, int(held * len(order)))])
    penalty, matrix = _closest(source[rest], target[rest], _RIDGES)
    same = source.shape[1] == target.shape[1]
    before = _neighbours(source[out], target, out) if same else Held(0.0, 0.0)
    after = _neighbours(source[out] @ matrix.T, target, out)
    if before.recall >= after.recall and same:
        penalty, matrix, after = math.inf, np.eye(len(matrix)), before
    faults = () if after.recall >= least else (f"recall@{_K} is {after.recall:.4f}, must be {least:.4f} at least",)
    return Translation(matrix, penalty, len(out), before, after, faults)


def _closest(source: Vectors, target: Vectors, ridges: Sequence[float]) -> tuple[float, Matrix]:
    """The penalty (0: orthogonal) by which a quarter of the rows comes closest, if fitted to the others; and the matrix."""
    check, fit = np.split(np.arange(len(source)), [len(source) // 4])
    path = Ridge(source[fit])

    def close(penalty: float) -> float:
        tried = path.matrix(target[fit], penalty) if penalty else procrustes(source[fit], target[fit])
        return float((unit(source[check] @ tried.T) * unit(target[check])).sum())

    whole = Ridge(source)
    penalty = max((0.0, *(one * whole.scale for one in ridges)), key=close)
    return penalty, whole.matrix(target, penalty) if penalty else procrustes(source, target)


def _neighbours(mapped: Vectors, target: Vectors, rows: Places) -> Held:
    """How ``mapped`` [h, d] finds its own ``rows`` of ``target`` [n, d], and the ten nearest to them."""
    shared: list[float] = []
    ranks: list[float] = []
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        places = np.arange(len(part)), part
        found, wanted = unit(mapped[start : start + _BLOCK]) @ target.T, target[part] @ target.T
        rank = 1 + (found > found[places][:, None] + _BLUR).sum(axis=1)
        ranks += np.where(rank <= _K, 1 / rank, 0.0).tolist()
        found[places] = wanted[places] = -np.inf
        nearest = (np.argpartition(-scores, _K - 1, axis=1)[:, :_K] for scores in (found, wanted))
        shared += [len({*mine} & {*its}) / _K for mine, its in zip(*(one.tolist() for one in nearest), strict=True)]
    return Held(float(np.mean(shared)), float(np.mean(ranks)))
