"""Whether a stated risk is kept: how many questions are answered at it, and how many of these answers are wrong.

Part of bench/reading.py. The folder's own calibration is measured over questions that it was not fitted to, as far as there
are any. Then one is fitted to a half of all questions as models/reader/calibrate.py fits it, and measured on the other half,
again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from raglan.errors import ConfigError
from raglan.evaluate.resample import Resampling, interval
from raglan.generate.calibrated import Measures
from raglan.metrics.answers import f1
from raglan.metrics.value import Flags, Matrix
from raglan.train.calibrating import calibrated

RISKS = (0.1, 0.2, 0.3)
SPLITS = 20
LEAST = 50  # questions; the share of wrong answers to fewer says little
HEAD = ("| calibration | risk stated | questions | answered | wrong of them |", "|---|--:|--:|--:|---|")


class Judged(NamedTuple):
    """An answer: what its confidence is made of, that, whether it is right, and whether no calibration has seen it."""

    measures: Measures
    sure: float
    right: bool
    unseen: bool


def risks(rows: Sequence[Judged], threshold: Callable[[float], float], seed: int) -> list[str]:
    """The table; ``threshold`` is the reader's own, for a risk."""
    return [*HEAD, *(_own(rows, threshold, risk, seed) for risk in RISKS), *_fitted(rows, seed)]


def _own(rows: Sequence[Judged], threshold: Callable[[float], float], risk: float, seed: int) -> str:
    """By the calibration in the folder."""
    new = [one for one in rows if one.unseen]
    start = f"| the folder's | {risk:.0%} | {len(new)} |"
    try:
        least = threshold(risk)
    except ConfigError:
        return f"{start} none | not stated |"
    if len(new) < LEAST:
        return f"{start} | too few that it was not fitted to |"
    sure, wrong = np.array([one.sure for one in new]), _wrong(new)
    kept = sure >= least
    return f"{start} {kept.mean():.1%} | {_share(wrong[kept], seed)} |"


def _fitted(rows: Sequence[Judged], seed: int) -> list[str]:
    """By calibrations fitted to halves."""
    found = {risk: list[tuple[float, float]]() for risk in RISKS}
    for split in range(SPLITS):
        order = np.random.default_rng([seed, split]).permutation(len(rows))
        first, second = ([rows[int(at)] for at in order[side::2]] for side in (0, 1))
        made = calibrated([one.measures for one in first], [one.right for one in first], seed=seed)
        if made is None:
            return [f"| of a half | | {len(rows)} | | too few answers, or all of a kind |"]
        sure, wrong = np.array([made.sure(one.measures) for one in second]), _wrong(second)
        for risk in RISKS:
            kept = _kept(sure, made.threshold, risk)
            if kept.any():
                found[risk].append((float(kept.mean()), float(wrong[kept].mean())))
    return [_averaged(risk, pairs, len(rows) // 2) for risk, pairs in found.items()]


def _averaged(risk: float, pairs: Sequence[tuple[float, float]], count: int) -> str:
    start = f"| of a half, {len(pairs)} of {SPLITS} times | {risk:.0%} | {count} |"
    if not pairs:
        return f"{start} none | no confidence kept it |"
    answered, wrong = np.mean(pairs, axis=0)
    more = sum(share > risk for _, share in pairs)
    return f"{start} {answered:.1%} | {wrong:.1%}, more than stated {more} times |"


def _kept(sure: Matrix, threshold: Callable[[float], float], risk: float) -> Flags:
    try:
        return np.asarray(sure >= threshold(risk))
    except ConfigError:
        return np.zeros(len(sure), bool)


def _wrong(rows: Sequence[Judged]) -> Matrix:
    return np.array([not one.right for one in rows], float)


def _share(wrong: Matrix, seed: int) -> str:
    """The share, and what it is over answers drawn anew."""
    if not len(wrong):
        return "nothing is answered"
    sure = interval(f1(), wrong[:, None], Resampling(seed))  # of its values only their mean is taken
    assert sure is not None
    return f"{wrong.mean():.1%} [{sure[0]:.1%}, {sure[1]:.1%}]"
