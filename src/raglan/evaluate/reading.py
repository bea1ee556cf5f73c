"""Which questions a person should read: where a system did worst, and where it differs most from the first one.

Every question is named by its place in ``report.rows``.
"""

from __future__ import annotations

from raglan.evaluate.report import Report, Row, Told

__all__ = ["losses", "primary", "shared", "told", "wins", "worst"]

_ALIKE = 1e-12


def told(row: Row, system: str) -> Told:
    """What ``system`` gave for ``row``; of one that gave nothing, nothing."""
    return row.told.get(system) or Told({})


def primary(report: Report, system: str) -> str | None:
    """The metric that rows are judged by: the first with a score for any of them, of answers where there are some."""
    scored = [metric for metric in report.metrics if any(metric in told(row, system).scores for row in report.rows)]
    return next((metric for metric in scored if metric in report.judged), next(iter(scored), None))


def shared(report: Report, system: str) -> str | None:
    """The metric to compare rows by: the first with a score for the same row of ``system`` and of the first system."""
    first = next(iter(report.systems), system)
    for metric in report.metrics:
        if any(all(metric in told(row, name).scores for name in (first, system)) for row in report.rows):
            return metric
    return None


def worst(report: Report, system: str, most: int = 20) -> tuple[int, ...]:
    """The questions with the worst score, those answered in spite of it first, the surest before all.

    Left out is what has no score, and what could not be better: 1, or 0 where less is better, or, of a metric that goes
    further, the best score of any system.
    """
    metric = primary(report, system)
    if metric is None:
        return ()
    sign, best = _sign(report, metric), _best(report, metric)
    given = {at: told(row, system) for at, row in enumerate(report.rows)}
    scores = {at: sign * one.scores[metric] for at, one in given.items() if metric in one.scores}
    short = [at for at, score in scores.items() if score < best - _ALIKE]
    return tuple(sorted(short, key=lambda at: (scores[at], -_sureness(given[at]), at))[:most])


def _sign(report: Report, metric: str) -> int:
    return -1 if metric in report.lower else 1


def _best(report: Report, metric: str) -> float:
    """The least score that counts as perfect, turned so that more is better."""
    sign = _sign(report, metric)
    seen = (one.scores[metric] for row in report.rows for one in row.told.values() if metric in one.scores)
    return max(sign, 0, *(sign * score for score in seen))


def _sureness(one: Told) -> float:
    # How sure a system was of an abstention says nothing: whatever it answered comes before.
    return one.confidence if one.answer else -1.0


def wins(report: Report, system: str, most: int = 10) -> tuple[int, ...]:
    """The questions that ``system`` did better on than the first system, the largest differences first."""
    return _apart(report, system, 1)[:most]


def losses(report: Report, system: str, most: int = 10) -> tuple[int, ...]:
    """The questions that ``system`` did worse on than the first system, the largest differences first."""
    return _apart(report, system, -1)[:most]


def _apart(report: Report, system: str, way: int) -> tuple[int, ...]:
    metric = shared(report, system)
    if metric is None:
        return ()
    first, way = next(iter(report.systems)), way * _sign(report, metric)
    pairs = ((told(row, system).scores.get(metric), told(row, first).scores.get(metric)) for row in report.rows)
    gaps = {at: way * (own - other) for at, (own, other) in enumerate(pairs) if own is not None and other is not None}
    return tuple(sorted((at for at, gap in gaps.items() if gap > _ALIKE), key=lambda at: (-gaps[at], at)))
