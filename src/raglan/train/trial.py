"""What a learned merge is worth on questions that it has not seen, and when it trusts which search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raglan.search.learned import FEATURES
from raglan.train.merge import Fit, weights
from raglan.train.merging import Lists, ndcg

__all__ = ["Trial", "kept", "trial", "trust"]

Matrix = NDArray[np.float64]
_MINMAX = (0.4, 0.35)  # as raglan.search.merge.minmax weighs by default
_SLACK = 0.005  # below the better single search, on any set
_SURE = 1.645  # standard errors: what lies further out is chance in one of twenty sets at most


@dataclass(frozen=True, slots=True)
class Trial:
    """nDCG@10 of each way to rank one set, and the weight of vectors there: its mean, and its tenth and ninetieth percent.

    ``words`` and ``vectors`` rank alone, without exact matches; the merges rank as a library does. ``error`` is the standard
    error of how far the learned one is from the better of the two.
    """

    questions: int
    words: float
    vectors: float
    rrf: float
    minmax: float
    learned: float
    weight: float
    low: float
    high: float
    error: float

    @property
    def better_single(self) -> float:
        """Of the search that is the better one here."""
        return max(self.words, self.vectors)


def trial(lists: Lists, fit: Fit) -> Trial:
    """``fit`` against what needs no learning."""
    weight, bonus = weights(fit, lists.features)
    nothing = np.zeros_like(lists.lift)
    bare = replace(lists, lift=nothing, mentions=nothing)
    low, high = np.quantile(weight, [0.1, 0.9])
    means = [
        ndcg(bare, 0.0, 0.0),
        ndcg(bare, 1.0, 0.0),
        ndcg(_by_rank(lists), 0.5, 0.5),
        ndcg(lists, *_MINMAX),
        ndcg(lists, weight, bonus),
    ]
    words, vectors, rrf, minmax, learned = (float(scores.mean()) for scores in means)
    gap = means[4] - means[int(vectors > words)]
    error = float(gap.std() / np.sqrt(len(gap)))
    return Trial(len(lists), words, vectors, rrf, minmax, learned, float(weight.mean()), float(low), float(high), error)


def _by_rank(lists: Lists) -> Lists:
    """Scores by reciprocal rank, k = 60, so that a weighted sum of them is reciprocal rank fusion."""
    words, vectors, mentions = (_reciprocal(scores) for scores in (lists.words, lists.vectors, lists.mentions))
    return replace(lists, words=words, vectors=vectors, mentions=mentions)


def _reciprocal(scores: Matrix) -> Matrix:
    rank = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1, kind="stable") + 1
    return np.where(scores > 0, 61 / (60 + rank), 0.0)


def kept(trials: Mapping[str, Trial]) -> list[str]:
    """Why a merge that was tried so is not to be kept, a line each; none if it is."""
    faults = [
        f"{name}: {one.learned:.4f} is surely more than {_SLACK} below the better single search ({one.better_single:.4f})"
        for name, one in trials.items()
        if one.learned + _SURE * one.error < one.better_single - _SLACK
    ]
    for other in ("words", "vectors", "rrf", "minmax"):
        mine = float(np.mean([one.learned for one in trials.values()]))
        its = float(np.mean([getattr(one, other) for one in trials.values()]))
        if mine <= its:
            faults.append(f"its mean, {mine:.4f}, is not above that of {other}, {its:.4f}")
    return faults


def trust(lists: Sequence[Lists], fit: Fit, *, most: int = 4) -> list[tuple[str, float]]:
    """The features that go most with the weight of vectors, and their correlation with it over all questions."""
    features = np.vstack([one.features for one in lists])
    weight, _ = weights(fit, features)
    spread = features.std(axis=0) * weight.std()
    joint = ((features - features.mean(axis=0)) * (weight - weight.mean())[:, None]).mean(axis=0)
    # A feature that is the same everywhere goes with nothing.
    related = np.where(spread > 1e-12, joint / np.maximum(spread, 1e-12), 0.0)
    order = np.argsort(-np.abs(related))[:most]
    return [(FEATURES[at], float(related[at])) for at in order]
