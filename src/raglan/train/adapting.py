"""Fitting a matrix for the queries of an encoder in closed form, in seconds.

Rows: queries with positives, maybe negatives. Objective: ``Σ |W q - d⁺|² + λ |W - I|²``, where ``d⁺`` is the mean of a
query's positives. λ is chosen with each question left out in turn, together with those that share a positive with it, which
the closed form gives without fitting again. :class:`raglan.encode.adapted.Adapted` serves the matrix.

Papers: Yoon et al. 2024 (Search-Adaptor); Hoerl and Kennard 1970 (ridge). Nearest relatives:
:mod:`raglan.train.contrastive`, which trains the encoder itself; Rocchio 1971, whose moved query is what ``push`` aims at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from raglan.encode.linear import Matrix, Ridge, unit
from raglan.errors import ConfigError
from raglan.train.labels import Labels
from raglan.train.negatives import nearest

__all__ = ["Adapter", "Settings", "adapter"]

_K = 10
_POOL = 4_000  # passages, beside the labelled ones, among which penalties are compared
_ASKED = 2_000  # questions by which they are compared, at most
_PART = 256  # of them scored at once
_NEAR, _SHARP = 16, 0.05  # the nearest wrong passages that push, and the temperature of their shares


@dataclass(frozen=True, slots=True)
class Settings:
    """``ridges`` are the penalties that are tried, in units of the mean square of the queries' coordinates.

    ``push`` moves the aim away from wrong passages that score near the positive, in ``steps`` fits; it is tried where a
    query names negatives, with the penalty that is best without it and its neighbours. ``seed`` draws what penalties are
    compared by. Raises :class:`ConfigError` for what cannot be.
    """

    ridges: tuple[float, ...] = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
    push: float = 0.5
    steps: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.ridges or not all(0 < one < math.inf for one in self.ridges):
            raise ConfigError(f"ridges are {self.ridges}, must be numbers above 0")
        if not (0 <= self.push < math.inf and self.steps >= 0):
            raise ConfigError(f"{self} must have push >= 0 and steps >= 0")


class Adapter(NamedTuple):
    """``matrix`` [d, d] (row: ``matrix @ query``), the ``penalty`` and ``push`` chosen; an infinite penalty is no change.

    ``mrr`` is the mean reciprocal rank at 10 of queries that were left out, ``before`` the same without a matrix.
    """

    matrix: Matrix
    penalty: float
    push: float
    before: float
    mrr: float


def adapter(labels: Labels, settings: Settings | None = None) -> Adapter:
    """W [d, d] with the penalty by which queries that are left out find their positives best, of equals the greatest."""
    settings = settings or Settings()
    fitting = _Fitting(labels.among(_POOL, settings.seed), settings)
    before = fitting.score(fitting.queries)
    ridges = sorted(settings.ridges, reverse=True)
    tried = [fitting.tried(one, 0.0) for one in ridges]
    if settings.push and any(map(len, labels.negatives)):
        best = max(range(len(tried)), key=lambda at: tried[at].mrr)
        tried += [fitting.tried(one, settings.push) for one in ridges[max(0, best - 1) : best + 2]]
    found = max(tried, key=lambda one: one.mrr)
    if found.mrr <= before:
        return Adapter(np.eye(labels.queries.shape[1]), math.inf, 0.0, before, before)
    return Adapter(fitting.matrix(found), found.penalty, found.push, before, found.mrr)


class _Tried(NamedTuple):
    """A penalty and a push, the aims [q, d] that these lead to, and what queries that are left out find."""

    penalty: float
    push: float
    aims: Matrix
    mrr: float


class _Fitting:
    """Fits to the same labels, of which the costly parts are shared."""

    def __init__(self, labels: Labels, settings: Settings) -> None:
        self.queries = labels.queries.astype(float)
        self._labels, self._steps = labels, settings.steps
        self._aims = np.array([labels.passages[right].mean(axis=0, dtype=float) for right in labels.positives])
        self._path, self._group = Ridge(self.queries), labels.groups
        chance = np.random.default_rng(settings.seed)
        self._asked = np.sort(chance.permutation(len(labels))[:_ASKED])

    def tried(self, ridge: float, push: float) -> _Tried:
        """What queries find by a matrix of this penalty that was fitted without them."""
        penalty, aims = ridge * self._path.scale, self._aims
        for _ in range(self._steps if push else 0):
            aims = self._aims + push * _pushed(unit(self._left_out(aims, penalty)), self._labels, self._aims)
        return _Tried(penalty, push, aims, self.score(self._left_out(aims, penalty)))

    def matrix(self, chosen: _Tried) -> Matrix:
        """[d, d], fitted to all queries."""
        return np.eye(self.queries.shape[1]) + self._path.matrix(chosen.aims - self.queries, chosen.penalty)

    def score(self, queries: Matrix) -> float:
        """The mean reciprocal rank at 10 of the best positive of ``queries`` [q, d] among the passages."""
        ranks = [rank for start in range(0, len(self._asked), _PART) for rank in self._ranks(queries, start)]
        return float(np.mean([1 / rank if rank <= _K else 0.0 for rank in ranks]))

    def _ranks(self, queries: Matrix, start: int) -> list[int]:
        part = self._asked[start : start + _PART]
        scores = unit(queries[part]).astype(np.float32) @ self._labels.passages.T
        best = np.array([row[self._labels.positives[at]].max() for row, at in zip(scores, part, strict=True)])
        found: list[int] = (1 + (scores > best[:, None]).sum(axis=1)).tolist()
        return found

    def _left_out(self, aims: Matrix, penalty: float) -> Matrix:
        return self.queries + self._path.left_out(aims - self.queries, penalty, self._group)


def _pushed(queries: Matrix, labels: Labels, aims: Matrix) -> Matrix:
    """Σ s (aim - wrong) [q, d] over each query's negatives and its nearest wrong passages; s is a softmax's share.

    It is the gradient of the contrastive loss at ``queries``, so that fitting to it is a step of boosting (Friedman 2001).
    """
    pushed = np.zeros_like(aims)
    found, _ = nearest(queries, labels.passages, _NEAR + max(map(len, labels.positives)))
    for row, (right, wrong) in enumerate(zip(labels.positives, labels.negatives, strict=True)):
        others = np.union1d(np.setdiff1d(found[row], right), wrong).astype(np.int64)
        over = (labels.passages[others] @ queries[row] - (labels.passages[right] @ queries[row]).max()) / _SHARP
        # The positive itself is at 0; the greatest is taken out of all, so that nothing overflows.
        top = max(0.0, over.max(initial=0.0))
        shares = np.exp(over - top) / (math.exp(-top) + np.exp(over - top).sum())
        pushed[row] = shares.sum() * aims[row] - shares @ labels.passages[others]
    return pushed
