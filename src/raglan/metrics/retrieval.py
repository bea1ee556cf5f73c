"""How well passages are ranked: recall, success, precision, reciprocal rank, nDCG and average precision.

Every function takes all questions at once (:class:`Ranked`) and a cutoff ``k`` (``None``: the whole list) and gives a
number for each question. Values are those of ``trec_eval``: grades above 0 are relevant and are the gain of nDCG as they
stand. A row of which nothing is relevant has no value. Papers: Järvelin and Kekäläinen 2002 (nDCG); Voorhees 1999
(reciprocal rank).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raglan.metrics.metric import Metric, Run, cutoff, named
from raglan.metrics.value import Flags, Matrix, Statistics

__all__ = [
    "Ranked",
    "average_precision",
    "dcg_share",
    "graded",
    "map_",
    "mrr",
    "ndcg",
    "precision",
    "precision_at",
    "ranked",
    "recall",
    "recall_at",
    "reciprocal_rank",
    "success",
    "success_at",
]

NOTHING = "no passage is known to be relevant"


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """``gains`` [rows, ranks]: the grade of what stands at each rank, 0 where that is not relevant or the list is over.

    ``ideal`` [rows, most]: the grades of all that is relevant, highest first, then zeros.
    """

    gains: Matrix
    ideal: Matrix

    @property
    def relevant(self) -> Matrix:
        """How many passages are relevant to each row [rows]."""
        return _count(self.ideal > 0)


def ranked(rankings: Sequence[Sequence[str]], grades: Sequence[Mapping[str, float]]) -> Ranked:
    """Rankings of ids, best first, against the grades of each row; an id that comes again is passed over.

    >>> ranked([["b", "a", "b", "c"]], [{"b": 2, "c": 1, "d": 0}]).gains.tolist()
    [[2.0, 0.0, 1.0]]
    """
    # Only the few relevant ids are looked up, not the many ranked ones.
    placed = [{name: rank for rank, name in enumerate(dict.fromkeys(ranking))} for ranking in rankings]
    wanted = [{name: grade for name, grade in row.items() if grade > 0} for row in grades]
    gains = np.zeros((len(placed), max(map(len, placed), default=0)))
    ideal = np.zeros((len(wanted), max(map(len, wanted), default=0)))
    for row, (places, relevant) in enumerate(zip(placed, wanted, strict=True)):
        ideal[row, : len(relevant)] = sorted(relevant.values(), reverse=True)
        for name, grade in relevant.items():
            if name in places:
                gains[row, places[name]] = grade
    return Ranked(gains, ideal)


def recall_at(found: Ranked, k: int | None = None) -> Matrix:
    """The share of what is relevant that is among the first ``k``."""
    return _hits(found, k) / _known(found)


def success_at(found: Ranked, k: int | None = None) -> Matrix:
    """1 where anything relevant is among the first ``k``, else 0 (called recall@k or accuracy@k in the papers on DPR)."""
    return np.where(_hits(found, k) > 0, 1.0, 0.0)


def precision_at(found: Ranked, k: int) -> Matrix:
    """The share of relevant ones among ``k``, however short the list is."""
    return _hits(found, k) / k


def reciprocal_rank(found: Ranked, k: int | None = None) -> Matrix:
    """One over the rank of the first relevant one; 0 where there is none among the first ``k``."""
    hits = found.gains[:, :k] > 0
    best: Matrix = np.where(hits, 1 / np.arange(1, hits.shape[1] + 1), 0.0).max(axis=1, initial=0.0)
    return best


def dcg_share(found: Ranked, k: int | None = None) -> Matrix:
    """nDCG: gains discounted by the logarithm of their rank, as a share of those of the best possible list."""
    best = _dcg(found.ideal[:, :k])
    return _dcg(found.gains[:, :k]) / np.where(best > 0, best, 1.0)


def average_precision(found: Ranked, k: int | None = None) -> Matrix:
    """The mean, over all that is relevant, of the precision at its rank; 0 for what is not among the first ``k``."""
    hits = (found.gains[:, :k] > 0).astype(float)
    there: Matrix = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    total: Matrix = (hits * there).sum(axis=1)
    return total / _known(found)


def recall(at: int | None = None) -> Metric:
    """The mean of :func:`recall_at`."""
    return _metric("recall", recall_at, at)


def success(at: int | None = None) -> Metric:
    """The mean of :func:`success_at`."""
    return _metric("success", success_at, at)


def precision(at: int) -> Metric:
    """The mean of :func:`precision_at`."""
    return _metric("precision", lambda found, _: precision_at(found, at), at)


def mrr(at: int | None = None) -> Metric:
    """The mean of :func:`reciprocal_rank`."""
    return _metric("mrr", reciprocal_rank, at)


def ndcg(at: int | None = None) -> Metric:
    """The mean of :func:`dcg_share`."""
    return _metric("ndcg", dcg_share, at)


def map_(at: int | None = None) -> Metric:
    """The mean of :func:`average_precision`."""
    return _metric("map", average_precision, at)


def _metric(name: str, score: Callable[[Ranked, int | None], Matrix], at: int | None) -> Metric:
    k = cutoff(at)

    def rows(run: Run) -> Statistics:
        found = run.once(graded)
        why = tuple("" if count else NOTHING for count in found.relevant)
        return Statistics(score(found, k)[:, None], why)

    return Metric(named(name, k), frozenset({"ranking"}), rows)


def graded(run: Run) -> Ranked:
    """The rankings of ``run`` against what is known to be relevant to each row."""
    known = [run.grades.get(row, dict.fromkeys(one.positives, 1.0)) for row, one in enumerate(run.examples)]
    return ranked(run.rankings, known)


def _hits(found: Ranked, k: int | None) -> Matrix:
    return _count(found.gains[:, :k] > 0)


def _count(flags: Flags) -> Matrix:
    counts: Matrix = flags.sum(axis=1, dtype=np.float64)
    return counts


def _known(found: Ranked) -> Matrix:
    return np.maximum(found.relevant, 1.0)


def _dcg(gains: Matrix) -> Matrix:
    return gains @ (1.0 / np.log2(np.arange(2, gains.shape[1] + 2)))
