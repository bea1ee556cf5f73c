"""Metrics of confidence: whether it is to be believed, and the unsure answers are the ones to leave out.

An answer is right where it holds a gold one (:func:`raglan.metrics.answers.holds`), or by another judge that is handed
in, such as exact match. An abstention claims nothing: it has no part in calibration, and coverage does not reach it.
Formulas and papers stand in :mod:`raglan.metrics.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable

from raglan.metrics.answers import holds, unanswerable
from raglan.metrics.calibration import auroc, brier, coverage_at_risk, ece, mean_risk
from raglan.metrics.metric import Metric, Need, Run, cutoff, named
from raglan.metrics.value import Matrix, Statistics, Undefined, Value, collected
from raglan.types import Answer, Example

__all__ = [
    "Judge",
    "abstain_auroc",
    "aurc",
    "brier_score",
    "claims",
    "confidence_auroc",
    "coverage",
    "equal_mass_ece",
    "equal_width_ece",
    "offered",
]

Judge = Callable[[Answer, Example], Value]
Row = tuple[float, ...] | Undefined

_NEEDS: frozenset[Need] = frozenset({"answer", "confidence"})
_ABSTAINED = Undefined("the answer abstains: it claims nothing")
_BINS = 15


def equal_width_ece(at: int | None = None, right: Judge = holds) -> Metric:
    """Expected calibration error over ``at`` (15) bins of the same width."""
    bins = cutoff(at) or _BINS
    value = _columns(lambda sure, good: ece(sure, good, bins=bins))
    return Metric(named("ece", at), _NEEDS, claims(right), value, each=None, lower=True)


def equal_mass_ece(at: int | None = None, right: Judge = holds) -> Metric:
    """Expected calibration error over ``at`` (15) bins of the same number of answers."""
    bins = cutoff(at) or _BINS
    value = _columns(lambda sure, good: ece(sure, good, bins=bins, equal_mass=True))
    return Metric(named("ece_mass", at), _NEEDS, claims(right), value, each=None, lower=True)


def brier_score(right: Judge = holds) -> Metric:
    """The mean square of what confidence is off by."""
    return Metric("brier", _NEEDS, claims(right), _columns(brier), each=_squares, lower=True)


def aurc(right: Judge = holds) -> Metric:
    """The mean risk over all coverages of the answers given."""
    return Metric("aurc", _NEEDS, claims(right), _columns(mean_risk), each=None, lower=True)


def coverage(at: float, right: Judge = holds) -> Metric:
    """The share of all rows that can be answered with at most the risk ``at``: ``coverage@0.1``."""
    if not 0 <= at < 1:
        raise ValueError(f"at is {at}, must be a risk of at least 0 and below 1")

    def value(values: Matrix) -> Value:
        if not len(values):
            return Undefined("no row has a value")
        given = values[values[:, 2] > 0]
        if not len(given):
            return 0.0
        return coverage_at_risk(given[:, 0], given[:, 1], risk=at) * len(given) / len(values)

    return Metric(named("coverage", at), _NEEDS, offered(right), value, each=None)


def confidence_auroc(right: Judge = holds) -> Metric:
    """The chance that confidence is higher where the answer is right than where it is wrong."""
    return Metric("confidence_auroc", _NEEDS, claims(right), _columns(auroc), each=None)


def abstain_auroc() -> Metric:
    """The chance that confidence is higher for a row with an answer in the documents than for one without."""
    return Metric("abstain_auroc", _NEEDS, _willing, _columns(auroc), each=None)


def _columns(function: Callable[[Matrix, Matrix], Value]) -> Callable[[Matrix], Value]:
    def value(values: Matrix) -> Value:
        return function(values[:, 0], values[:, 1]) if len(values) else Undefined("no row has a value")

    return value


def _squares(values: Matrix) -> Matrix:
    return (values[:, 0] - values[:, 1]) ** 2


def claims(right: Judge) -> Callable[[Run], Statistics]:
    """Confidence and whether the answer is right [rows, 2]."""

    def row(answer: Answer, example: Example) -> Row:
        judged = right(answer, example)
        if isinstance(judged, Undefined):
            return judged
        return _unsound(answer) or (_ABSTAINED if answer.abstained else (answer.confidence, judged))

    return lambda run: collected(map(row, run.answers, run.examples), width=2)


def offered(right: Judge) -> Callable[[Run], Statistics]:
    """Confidence, whether the answer is right, and whether there is one [rows, 3]."""

    def row(answer: Answer, example: Example) -> Row:
        judged = right(answer, example)
        if isinstance(judged, Undefined):
            return judged
        return _unsound(answer) or (answer.confidence, judged, float(not answer.abstained))

    return lambda run: collected(map(row, run.answers, run.examples), width=3)


def _willing(run: Run) -> Statistics:
    """How ready the system is to answer, and whether it should be [rows, 2]."""
    return collected(map(_readiness, run.answers, run.examples), width=2)


def _readiness(answer: Answer, example: Example) -> Row:
    # Whatever confidence says after an abstention, the system was readier to give every answer that it gave.
    return _unsound(answer) or (answer.confidence - answer.abstained, float(not unanswerable(example)))


def _unsound(answer: Answer) -> Undefined | None:
    if 0 <= answer.confidence <= 1:
        return None
    return Undefined(f"the confidence is {answer.confidence:g}, must be within 0 and 1")
