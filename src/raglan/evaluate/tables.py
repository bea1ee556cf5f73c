"""The tables of a report: every system by every metric, what has no value and why, times, and the contests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from raglan.evaluate.markup import Html, join, tag
from raglan.evaluate.meanings import meaning
from raglan.evaluate.numerals import NOTHING, chance, counted, difference, interval, number, seconds
from raglan.evaluate.plots import balance, name_of
from raglan.evaluate.report import Outcome, Report, Score
from raglan.evaluate.resample import Contest
from raglan.metrics.value import Undefined

__all__ = ["contests", "glossary", "rows_without", "summary", "times", "undefined"]

_SURE = 0.05
_LABELS = {
    "summary": "systems by metrics",
    "without": "rows without a value",
    "times": "times",
    "contests": "against the first system",
}
_ABSENT = "this system gives nothing that the metric could judge"


def _table(head: Iterable[str], bodies: Iterable[str], kind: str) -> Html:
    """A table that scrolls by itself where it is wider than the page."""
    inside = tag("table", tag("thead", tag("tr", *head)), *bodies, class_=kind)
    # A region that scrolls must be reached without a mouse too.
    return tag("div", inside, class_="scroll", tabindex="0", role="region", aria_label=_LABELS[kind])


def _heads(*names: str) -> list[Html]:
    return [tag("th", name, scope="col") for name in names]


def _metric(report: Report, metric: str, scope: str, rows: int | None = None) -> Html:
    down = tag("span", " ↓", title="less is better") if metric in report.lower else ""
    return tag("th", metric, down, scope=scope, title=meaning(metric), rowspan=rows)


def _system(report: Report, name: str) -> Html:
    return tag("th", name_of(report, name), scope="row")


def summary(report: Report) -> Html:
    """Systems by metrics: value, interval, the best of each, and what differs from the first system."""
    best = {metric: _best(report, metric) for metric in report.metrics}
    rows = (
        tag("tr", _system(report, name), *(_cell(report, outcome, metric, shown) for metric, shown in best.items()))
        for name, outcome in report.systems.items()
    )
    head = [*_heads("system"), *(_metric(report, metric, "col") for metric in report.metrics)]
    return _table(head, [tag("tbody", *rows)], "summary")


def _best(report: Report, metric: str) -> str | None:
    """The best value as it is shown, so that what looks alike is marked alike; ``None`` of a metric of one system."""
    scores = (outcome.scores.get(metric) for outcome in report.systems.values())
    values = [score.value for score in scores if score and isinstance(score.value, float)]
    if len(values) < 2:
        return None
    return number(min(values) if metric in report.lower else max(values))


def _cell(report: Report, outcome: Outcome, metric: str, best: str | None) -> Html:
    score = outcome.scores.get(metric)
    if score is None or isinstance(score.value, Undefined):
        return tag("td", NOTHING, class_="nothing", title=_why(score))
    shown, found = number(score.value), outcome.contests.get(metric)
    return tag(
        "td",
        tag("strong", shown, title="the best value") if shown == best else tag("span", shown),
        tag("small", interval(score)),
        _differs(report, metric, found) if found and found.p < _SURE else "",
        title=f"over {counted(score.rows, 'row')}",
        class_="best" if shown == best else None,
    )


def _why(score: Score | None) -> str | None:
    """Why there is no value; ``None`` where there is one."""
    if score is None:
        return _ABSENT
    return score.value.reason if isinstance(score.value, Undefined) else None


def _differs(report: Report, metric: str, found: Contest) -> Html:
    kind, mark = _way(report, metric, found.difference)
    against = f"{kind} than {next(iter(report.systems))}, p {chance(found.p)}"
    return tag("small", f"{mark} {difference(found.difference)}", class_=kind, title=against)


def _way(report: Report, metric: str, gap: float) -> tuple[str, str]:
    """Whether a difference is for the better, and its mark."""
    if gap == 0:
        return "alike", "="
    return ("better", "▲") if (gap > 0) != (metric in report.lower) else ("worse", "▼")


def undefined(report: Report) -> Html:
    """Every value that the summary does not have, and why; nothing where it has them all."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, outcome in report.systems.items():
        for metric in report.metrics:
            why = _why(outcome.scores.get(metric))
            if why is not None:
                found[name, why].append(metric)
    lines = (
        tag("li", tag("b", tag("bdi", name)), " · ", ", ".join(metrics), ": ", tag("bdi", why))
        for (name, why), metrics in found.items()
    )
    return tag("ul", *lines, class_="reasons") if found else Html("")


def rows_without(report: Report) -> Html:
    """How many rows of which metrics have no value, by reason; nothing where all have one."""
    found: defaultdict[tuple[str, int], defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, outcome in report.systems.items():
        for metric, score in outcome.scores.items():
            for why, count in score.reasons.items():
                found[why, count][name].append(metric)
    rows = [
        tag("tr", tag("td", tag("bdi", why)), tag("td", f"{count:,}"), tag("td", _grouped(report, by_system)))
        for (why, count), by_system in found.items()
    ]
    return _table(_heads("reason", "rows", "of"), [tag("tbody", *rows)], "without") if rows else Html("")


def _grouped(report: Report, by_system: dict[str, list[str]]) -> Html:
    """Metrics and their systems, those with the same systems together."""
    systems: defaultdict[str, list[str]] = defaultdict(list)
    for name, metrics in by_system.items():
        for metric in metrics:
            systems[metric].append(name)
    together: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for metric, names in systems.items():
        together[tuple(names)].append(metric)
    lines = (
        tag("div", ", ".join(metrics), tag("small", " of ", _all(report, names))) for names, metrics in together.items()
    )
    return join(lines)


def _all(report: Report, names: tuple[str, ...]) -> str:
    return "every system" if len(names) == len(report.systems) > 1 else ", ".join(names)


def times(report: Report) -> Html:
    """Seconds of every system, in total and for a question, and the questions that failed."""
    rows = (
        tag(
            "tr",
            _system(report, name),
            tag("td", seconds(outcome.seconds), title=f"{outcome.seconds:g} s"),
            tag("td", seconds(outcome.seconds / max(len(report.rows), 1))),
            tag("td", f"{len(outcome.failed):,}", class_="worse" if outcome.failed else "nothing"),
        )
        for name, outcome in report.systems.items()
    )
    return _table(_heads("system", "in total", "per question", "failed"), [tag("tbody", *rows)], "times")


def contests(report: Report) -> Html:
    """Every other system against the first one, metric by metric; nothing where there is no contest."""
    bodies = [body for metric in report.metrics if (body := _contested(report, metric))]
    head = _heads("metric", "system", "difference", "p", "better", "worse", "alike", "", "rows")
    return _table(head, bodies, "contests") if bodies else Html("")


def _contested(report: Report, metric: str) -> Html:
    found = {name: outcome.contests[metric] for name, outcome in report.systems.items() if metric in outcome.contests}
    rows = (
        tag("tr", _metric(report, metric, "rowgroup", len(found)) if at == 0 else "", *_contest(report, metric, *one))
        for at, one in enumerate(found.items())
    )
    return tag("tbody", *rows) if found else Html("")


def _contest(report: Report, metric: str, name: str, found: Contest) -> list[Html]:
    kind, mark = _way(report, metric, found.difference)
    sure = found.p < _SURE
    return [
        _system(report, name),
        tag("td", f"{mark} " if sure else "", difference(found.difference), class_=kind if sure else None),
        tag("td", chance(found.p), class_="sure" if sure else None),
        *_counts(found),
        tag("td", "" if found.wins is None else balance(found.wins, found.losses or 0, found.rows)),
        tag("td", f"{found.rows:,}"),
    ]


def _counts(found: Contest) -> list[Html]:
    if found.wins is None or found.losses is None:
        return [tag("td", NOTHING, class_="nothing", title="only a set of rows has a value")] * 3
    return [tag("td", f"{count:,}") for count in (found.wins, found.losses, found.rows - found.wins - found.losses)]


def glossary(report: Report) -> Html:
    """What the metrics mean; nothing where none is known."""
    known = [(metric, line) for metric in report.metrics if (line := meaning(metric))]
    lines = (join([tag("dt", metric), tag("dd", line, _lower(report, metric))]) for metric, line in known)
    return tag("dl", *lines, class_="glossary") if known else Html("")


def _lower(report: Report, metric: str) -> str:
    return " Less is better." if metric in report.lower else ""
