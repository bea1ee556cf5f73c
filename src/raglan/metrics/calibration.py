"""What a confidence is worth: whether it comes true (ECE, Brier) and whether it ranks (risk, AUROC).

Functions of arrays: ``confidence`` [rows] within 0 and 1, ``right`` [rows] 1 where the answer was right, else 0, at least
one row. None depends on the order of the rows: those of equal confidence stand together. Papers: Brier 1950; Naeini et
al. 2015 and Guo et al. 2017 (ECE); Geifman and El-Yaniv 2017 (risk and coverage).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raglan.metrics.value import Matrix, Undefined, Value

Places = NDArray[np.intp]

__all__ = ["auroc", "brier", "coverage_at_risk", "ece", "mean_risk", "risk_coverage"]


def brier(confidence: Matrix, right: Matrix) -> float:
    """The mean square of what confidence is off by."""
    return float(((confidence - right) ** 2).mean())


def ece(confidence: Matrix, right: Matrix, *, bins: int = 15, equal_mass: bool = False) -> float:
    """Expected calibration error: how far confidence is from the share that was right, bin by bin, weighted by size.

    Bins have the same width, or, with ``equal_mass``, as far as ties allow, the same number of rows. A bin takes its
    upper edge.
    """
    inner = np.arange(1, bins) / bins
    edges = np.quantile(confidence, inner) if equal_mass else inner
    place = np.searchsorted(edges, confidence, side="left")
    gap = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))


def risk_coverage(confidence: Matrix, right: Matrix) -> tuple[Matrix, Matrix]:
    """Coverage and risk when only the surest are answered, one more at each point [rows], [rows].

    Risk is the share of wrong ones among those answered. Which of equally confident rows comes first cannot be said:
    they share the risk that they have on average.
    """
    group, size = _groups(-confidence)
    # The share of wrong ones in each group of equal confidence, given to each of its members.
    wrong = np.bincount(group, weights=1.0 - right) / size
    answered = np.arange(1, len(right) + 1)
    return answered / len(right), np.repeat(wrong, size).cumsum() / answered


def mean_risk(confidence: Matrix, right: Matrix) -> float:
    """AURC: the area under the risk–coverage curve; lower is better."""
    return float(risk_coverage(confidence, right)[1].mean())


def coverage_at_risk(confidence: Matrix, right: Matrix, *, risk: float) -> float:
    """The largest share that can be answered, above some threshold of confidence, with at most this ``risk``."""
    coverage, risks = risk_coverage(confidence, right)
    # A threshold takes all equally confident rows or none. 1e-12: sums of shares are not exact.
    ends = _groups(-confidence)[1].cumsum() - 1
    return float(np.where(risks[ends] <= risk + 1e-12, coverage[ends], 0.0).max())


def auroc(score: Matrix, positive: Matrix) -> Value:
    """The chance that a ``positive`` row has a higher ``score`` than another; a tie counts half (Hanley and McNeil 1982).

    >>> import numpy as np
    >>> auroc(np.array([0.9, 0.5, 0.5]), np.array([1.0, 1.0, 0.0]))
    0.75
    """
    chosen = positive > 0
    yes = int(chosen.sum())
    no = len(chosen) - yes
    if not yes or not no:
        return Undefined(f"AUROC compares two kinds of rows, and all {len(positive)} are of one kind")
    group, size = _groups(score)
    # All of a group stand at the middle of its ranks.
    rank = size.cumsum() - (size - 1) / 2
    return float((rank[group][chosen].sum() - yes * (yes + 1) / 2) / (yes * no))


def _groups(values: Matrix) -> tuple[Places, Places]:
    """The group of equal values that each row is in, the lowest first, and the size of each group."""
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    return group, size
