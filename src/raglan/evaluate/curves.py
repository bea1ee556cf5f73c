"""The two curves of a report: how recall grows with the list, and how risk grows with the share that is answered."""

from __future__ import annotations

import numpy as np

from raglan.evaluate.report import Curve
from raglan.metrics.answers import holds
from raglan.metrics.calibration import risk_coverage
from raglan.metrics.confidence import claims, offered
from raglan.metrics.metric import Run
from raglan.metrics.retrieval import graded

__all__ = ["recall_curve", "risk_curve"]

_POINTS = 100


def recall_curve(run: Run) -> Curve:
    """(k, share of questions with a relevant passage among the first k), over those of which one is known."""
    found = graded(run)
    gains = found.gains[found.relevant > 0]
    if not gains.size:
        return ()
    reached = np.maximum.accumulate(gains > 0, axis=1).mean(axis=0)
    return tuple((float(k), float(share)) for k, share in enumerate(reached, 1))


def risk_curve(run: Run) -> Curve:
    """(share of the questions that can be judged and are answered, share of wrong ones among them), the surest first."""
    statistics, asked = claims(holds)(run), offered(holds)(run)
    kept = statistics.values[statistics.defined]
    if not len(kept):
        return ()
    coverage, risk = risk_coverage(kept[:, 0], kept[:, 1])
    coverage = coverage * len(kept) / asked.defined.sum()
    places = np.unique(np.linspace(0, len(kept) - 1, min(_POINTS, len(kept))).astype(int))
    return tuple((float(coverage[at]), float(risk[at])) for at in places)
