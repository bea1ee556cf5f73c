"""Fitting a matrix for queries in closed form, in seconds: to labels, or from one encoder's space to another's.

=====================  ==========================================  ====================================================
fit                    rows                                        objective
=====================  ==========================================  ====================================================
:func:`adapter`        queries with positives, maybe negatives     Σ |W q - d⁺|² + λ |W - I|²
:func:`translation`    the same texts by two encoders              Σ |M s - t|², M orthogonal, or + λ |M|²
=====================  ==========================================  ====================================================

``d⁺`` is the mean of a query's positives. The penalty is chosen with each question left out in turn, together with those
that share a positive with it, which the closed form gives without fitting again; then what was held out from all of that
says kept or rejected. :mod:`raglan.encode.adapted` serves the matrix.

Papers: Hoerl and Kennard 1970 (ridge); Cawley and Talbot 2003 (leave-one-out in closed form); Schönemann 1966 (orthogonal
Procrustes); Vejendla 2025 (Drift-Adapter). Nearest relatives: :mod:`raglan.train.contrastive`, which trains the encoder
itself; Rocchio 1971, whose moved query is what ``push`` aims at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raglan.errors import ConfigError, DataError
from raglan.metrics.retrieval import Ranked, recall_at, reciprocal_rank
from raglan.protocols import Encoder
from raglan.search.view import spoken
from raglan.train.negatives import checked, nearest, sound
from raglan.types import Example, Passage

__all__ = ["Fit", "Held", "Labels", "Settings", "adapter", "labelled", "procrustes", "ridge", "translation"]

Matrix = NDArray[np.float64]
Vectors = NDArray[np.floating[Any]]
Places = NDArray[np.int64]

_K = 10
_LEAST = 20  # held-out questions; fewer prove nothing
_SURE = 1.645  # standard errors: what lies further out is chance in one of twenty fits at most
_SLACK = 0.01  # of recall that a better order may cost
_POOL = 4_000  # passages, beside the labelled ones, among which penalties are compared
_NEAR, _SHARP = 16, 0.05  # the nearest wrong passages that push, and the temperature of their shares


@dataclass(frozen=True, slots=True)
class Settings:
    """``ridges`` are the penalties that are tried, in units of the mean square of the queries' coordinates.

    ``push`` moves the aim away from wrong passages that score near the positive, in ``steps`` fits; 0 does not. A share of
    ``held`` questions decides; ``seed`` draws them.
    """

    ridges: tuple[float, ...] = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
    push: float = 0.0
    steps: int = 3
    held: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.ridges or not all(0 < one < math.inf for one in self.ridges):
            raise ConfigError(f"ridges are {self.ridges}, must be numbers above 0")
        if not (0 <= self.push < math.inf and self.steps >= 0 and 0 < self.held < 1):
            raise ConfigError(f"{self} must have push >= 0, steps >= 0 and 0 < held < 1")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """``queries`` [q, d], the ``passages`` [p, d] that are searched, and each query's ``positives`` and ``negatives`` there.

    Raises :class:`ValueError` for other shapes and for numbers that are none, :class:`DataError` if there are no labels and
    for a query without a positive, with a row that is not there, or one that is named twice or as both.
    """

    queries: Vectors
    passages: Vectors
    positives: tuple[Places, ...]
    negatives: tuple[Places, ...]

    def __post_init__(self) -> None:
        asked, among = checked("queries", self.queries).shape, checked("passages", self.passages).shape
        lists = len(self.positives), len(self.negatives)
        if asked[1] != among[1] or lists != (asked[0], asked[0]):
            raise ValueError(f"queries {asked}, passages {among} and lists for {lists} do not go together")
        if not self.positives:
            raise DataError("there are none, so there is nothing to learn from", place="labels")
        for at, (right, wrong) in enumerate(zip(self.positives, self.negatives, strict=True)):
            named = [*right.tolist(), *wrong.tolist()]
            if not len(right) or len(set(named)) < len(named) or not 0 <= min(named) <= max(named) < among[0]:
                what = f"positives {right.tolist()} and negatives {wrong.tolist()} of {among[0]} passages"
                raise DataError(f"{what}: must be there, named once, and one of them positive", place=f"query {at}")

    def at(self, rows: Places) -> Labels:
        """Some of the queries, over the same passages."""
        chosen = [tuple(all_of[row] for row in rows) for all_of in (self.positives, self.negatives)]
        return Labels(self.queries[rows], self.passages, *chosen)

    def among(self, most: int, seed: int) -> Labels:
        """The same over fewer passages: those that are labelled, and ``most`` others."""
        named = np.unique(np.concatenate([*self.positives, *self.negatives]))
        others = np.setdiff1d(np.arange(len(self.passages)), named)
        drawn = np.random.default_rng(seed).permutation(others)[:most]
        kept = np.sort(np.concatenate([named, drawn]))
        moved = [tuple(np.searchsorted(kept, one) for one in all_of) for all_of in (self.positives, self.negatives)]
        return Labels(self.queries, self.passages[kept], *moved)


class Held(NamedTuple):
    """Recall@10 and mean reciprocal rank (at 10) on the rows that were held out."""

    recall: float
    mrr: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """``matrix`` [out, in], the ``penalty`` chosen (0: orthogonal; infinite: as it was), and what it did for ``held`` rows.

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


def labelled(examples: Sequence[Example], passages: Iterable[Passage], encoder: Encoder) -> Labels:
    """The labels of examples with a positive, encoded as an index encodes; queries of the same text are one.

    Raises :class:`DataError` for passages that share an id, and for examples that name unknown ones or are at odds with
    themselves.
    """
    every = list(passages)
    place = {one.id: at for at, one in enumerate(every)}
    if len(place) < len(every):
        raise DataError(f"{len(every) - len(place)} passages have the id of another", place="passages")
    rows: dict[str, tuple[set[int], set[int]]] = {}
    for at, one in enumerate(examples):
        if one.positives:
            sound(one, at, place)
            right, wrong = rows.setdefault(one.query.text, (set(), set()))
            right |= {place[name] for name in one.positives}
            wrong |= {place[name] for name in one.negatives}
    lists = [tuple(np.array(sorted(pair[side]), np.int64) for pair in rows.values()) for side in (0, 1)]
    vectors = encoder.encode([spoken(one) for one in every], role="passage")
    return Labels(encoder.encode(list(rows), role="query"), vectors, *lists)


def adapter(labels: Labels, settings: Settings | None = None) -> Fit:
    """W [d, d] for the queries of an encoder; kept if held-out questions, with other positives, surely find more by it.

    Surely is by the standard error of the mean gain in reciprocal rank; recall@10 must not fall by more than a hundredth.
    """
    settings = settings or Settings()
    group = _groups(labels)
    held = _drawn(group, settings.held, settings.seed)
    train = labels.at(np.flatnonzero(~held)).among(_POOL, settings.seed)
    penalty, matrix = _chosen(train, group[~held], settings)
    if not held.any():
        none = Held(math.nan, math.nan)
        return Fit(matrix, penalty, 0, none, none, ("all questions have positives in common: none can be held out",))
    asked = labels.at(np.flatnonzero(held))
    before, after = _ranked(asked.queries, asked), _ranked(asked.queries @ matrix.T, asked)
    faults = _worse(before, after, group[held])
    if math.isinf(penalty):
        faults = ["questions that were left out found more as they are than by any matrix"]
    return Fit(matrix, penalty, int(held.sum()), _told(before), _told(after), tuple(faults))


def _worse(before: Ranked, after: Ranked, group: Places) -> list[str]:
    """What speaks against ``after``; questions of one ``group`` [h] gain or lose together, so their sum counts as one."""
    gain = reciprocal_rank(after, _K) - reciprocal_rank(before, _K)
    error = math.sqrt(float(np.square(np.bincount(group, gain - gain.mean())).sum())) / len(gain)
    (recall, mrr), (recall_now, mrr_now) = _told(before), _told(after)
    few = f"{len(gain)} questions could be held out to try it on; {_LEAST} are needed"
    faults = [few] if len(gain) < _LEAST else []
    if gain.mean() <= _SURE * error:
        faults.append(f"MRR@{_K} {mrr:.4f} to {mrr_now:.4f} is not surely a gain (standard error {error:.4f})")
    if recall_now < recall - _SLACK:
        faults.append(f"recall@{_K} fell from {recall:.4f} to {recall_now:.4f}")
    return faults


def _told(found: Ranked) -> Held:
    return Held(float(recall_at(found, _K).mean()), float(reciprocal_rank(found, _K).mean()))


def translation(source: Vectors, target: Vectors, *, settings: Settings | None = None, least: float = 0.5) -> Fit:
    """M [dt, ds] from ``source`` [n, ds] to ``target`` [n, dt], row by row the same texts, best both passages and questions.

    Orthogonal or ridge, whichever leads rows that were left out closer (by cosine) to where they belong. Held-out rows
    decide: recall@10 is the share of the ten rows of ``target`` nearest to their own that the mapped ones find, and must
    reach ``least``; the rank is that of their own. Before, the vectors are compared as they are, where dimensions agree.
    """
    settings = settings or Settings()
    source, target = checked("source", source), checked("target", target)
    if len(source) != len(target) or len(source) < 2 * _LEAST:
        raise ValueError(f"{len(source)} and {len(target)} vectors: must be as many, and {2 * _LEAST} at least")
    order = np.random.default_rng(settings.seed).permutation(len(source))
    held, rest = np.split(order, [max(_LEAST, int(settings.held * len(order)))])
    penalty, matrix = _closest(source[rest], target[rest], settings.ridges)
    same = source.shape[1] == target.shape[1]
    before = _neighbours(source[held], target, held) if same else Held(0.0, 0.0)
    after = _neighbours(source[held] @ matrix.T, target, held)
    wanted = max(least, before.recall)
    faults = () if after.recall >= wanted else (f"recall@{_K} is {after.recall:.4f}, must be {wanted:.4f} at least",)
    return Fit(matrix, penalty, len(held), before, after, faults)


def _closest(source: Vectors, target: Vectors, ridges: Sequence[float]) -> tuple[float, Matrix]:
    """The penalty (0: orthogonal) by which a quarter of the rows comes closest, if fitted to the others; and the matrix."""
    check, fit = np.split(np.arange(len(source)), [len(source) // 4])

    def fitted(rows: Places, penalty: float) -> Matrix:
        return ridge(source[rows], target[rows], penalty) if penalty else procrustes(source[rows], target[rows])

    def close(penalty: float) -> float:
        return float((_unit(source[check] @ fitted(fit, penalty).T) * _unit(target[check])).sum())

    scale = float(np.square(source).sum()) / source.shape[1]
    penalty = max((0.0, *(one * scale for one in ridges)), key=close)
    return penalty, fitted(np.arange(len(source)), penalty)


def procrustes(source: Vectors, target: Vectors) -> Matrix:
    """The matrix [dt, ds] with orthogonal rows or columns that takes ``source`` [n, ds] closest to ``target`` [n, dt]."""
    left, _, right = np.linalg.svd(target.T.astype(float) @ source, full_matrices=False)
    found: Matrix = left @ right
    return found


def ridge(source: Vectors, target: Vectors, penalty: float) -> Matrix:
    """The matrix M [dt, ds] of least ``Σ |M s - t|² + penalty |M|²`` over the rows of ``source`` and ``target``."""
    return _Path(source).matrix(target, penalty)


class _Path:
    """The ridge solutions for ``queries`` [n, d], for any penalty: their eigenvectors are found once."""

    def __init__(self, queries: Vectors) -> None:
        plain = queries.astype(float)
        self._values, self._axes = np.linalg.eigh(plain.T @ plain)
        self._turned = plain @ self._axes

    @property
    def scale(self) -> float:
        """The mean square of a coordinate, summed over the queries: the unit of penalties."""
        return float(self._values.mean())

    def matrix(self, wanted: Vectors, penalty: float) -> Matrix:
        """[out, d] that takes each query closest to its row of ``wanted`` [n, out]."""
        found: Matrix = (wanted.T @ self._turned) / (self._values + penalty) @ self._axes.T
        return found

    def left_out(self, wanted: Matrix, penalty: float, group: Places) -> Matrix:
        """What each query would be taken to, [n, out], by a fit without the rows of its ``group`` [n]."""
        weighted = self._turned / (self._values + penalty)
        error = wanted - weighted @ (self._turned.T @ wanted)
        order = np.argsort(group, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
            own = np.eye(len(rows)) - weighted[rows] @ self._turned[rows].T
            error[rows] = np.linalg.solve(own, error[rows])
        found: Matrix = wanted - error
        return found


def _chosen(labels: Labels, group: Places, settings: Settings) -> tuple[float, Matrix]:
    """The penalty by which queries that are left out find their positives best, of equals the greatest; and its matrix."""
    queries, eye = labels.queries.astype(float), np.eye(labels.queries.shape[1])
    aims = np.array([labels.passages[right].mean(axis=0, dtype=float) for right in labels.positives])
    path = _Path(queries)
    tried = [(_score(queries, labels), math.inf, eye)]
    for one in sorted(settings.ridges, reverse=True):
        penalty, aim = one * path.scale, aims
        for _ in range(settings.steps if settings.push else 0):
            left_out = queries + path.left_out(aim - queries, penalty, group)
            aim = aims + settings.push * _pushed(_unit(left_out), labels, aims)
        left_out = queries + path.left_out(aim - queries, penalty, group)
        tried.append((_score(left_out, labels), penalty, eye + path.matrix(aim - queries, penalty)))
    _, penalty, matrix = max(tried, key=lambda one: one[0])
    return penalty, matrix


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


def _score(queries: Vectors, labels: Labels) -> float:
    return float(reciprocal_rank(_ranked(queries, labels), _K).mean())


def _ranked(queries: Vectors, labels: Labels) -> Ranked:
    """What ``queries`` [q, d] find among all passages, against the positives of each."""
    found, _ = nearest(_unit(queries), labels.passages, _K)
    gains = np.array([np.isin(row, right) for row, right in zip(found, labels.positives, strict=True)], float)
    most = max(map(len, labels.positives))
    ideal = np.array([[float(at < len(right)) for at in range(most)] for right in labels.positives])
    return Ranked(gains, ideal)


def _neighbours(mapped: Vectors, target: Vectors, rows: Places) -> Held:
    """How ``mapped`` [h, d] finds its own ``rows`` of ``target`` [n, d], and the ten nearest to them."""
    wanted, _ = nearest(target[rows], target, _K + 1)
    found, _ = nearest(_unit(mapped), target, _K + 1)
    ranks = [np.flatnonzero(near[:_K] == row) for near, row in zip(found, rows, strict=True)]
    shared = [
        len(set(near[near != row][:_K]) & set(true[true != row][:_K])) / _K
        for near, true, row in zip(found, wanted, rows, strict=True)
    ]
    return Held(float(np.mean(shared)), float(np.mean([1 / (1 + rank[0]) if len(rank) else 0.0 for rank in ranks])))


def _groups(labels: Labels) -> Places:
    """A number for each query [q], the same for those that share a positive, or are the same: they are left out together."""
    above: dict[object, object] = {}

    def root(one: object) -> object:
        while above.setdefault(one, one) != one:
            one = above[one]
        return one

    for query, right in zip(labels.queries, labels.positives, strict=True):
        for place in right.tolist():
            above[root(place)] = root(query.tobytes())
    roots = [root(query.tobytes()) for query in labels.queries]
    number = {one: at for at, one in enumerate(dict.fromkeys(roots))}
    return np.array([number[one] for one in roots], np.int64)


def _drawn(group: Places, share: float, seed: int) -> NDArray[np.bool_]:
    """Which queries are held out: whole groups, drawn, as long as they are no more than a ``share`` of all."""
    held = np.zeros(len(group), bool)
    sizes = np.bincount(group)
    for one in np.random.default_rng(seed).permutation(len(sizes)):
        if held.sum() + sizes[one] <= share * len(group):
            held |= group == one
    return held


def _unit(vectors: Vectors) -> Matrix:
    plain = vectors.astype(float)
    found: Matrix = plain / np.maximum(np.linalg.norm(plain, axis=1, keepdims=True), 1e-12)
    return found
