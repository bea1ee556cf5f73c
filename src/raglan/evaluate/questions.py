"""Questions to read, system by system: where it failed, where it did worst, where it differs from the first one."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.evaluate.case import case
from raglan.evaluate.markup import Html, join, tag
from raglan.evaluate.numerals import counted
from raglan.evaluate.plots import name_of
from raglan.evaluate.reading import losses, primary, shared, wins, worst
from raglan.evaluate.report import Report

__all__ = ["questions"]

_FAILED = 20  # failed questions listed


def questions(report: Report) -> Html:
    """A part to open for every system."""
    return join(_of_system(report, name) for name in report.systems)


def _of_system(report: Report, name: str) -> Html:
    parts = [part for part in (_failed(report, name), _worst(report, name), *_against(report, name)) if part]
    inside = parts or [tag("p", "No question has a score that could be better.", class_="note")]
    head = tag("summary", name_of(report, name), " ", tag("small", _told_of(report, name)))
    return tag("details", head, *inside, class_="system")


def _told_of(report: Report, name: str) -> str:
    failed, metric = len(report.systems[name].failed), primary(report, name)
    short = counted(len(worst(report, name, len(report.rows))), "question")
    said = [f"{short} short of the best {metric}"] if metric else []
    return ", ".join([*said, f"{failed:,} failed"] if failed else said)


def _failed(report: Report, name: str) -> Html:
    failed = sorted(report.systems[name].failed.items())
    lines = (
        tag("li", tag("code", row.id), " ", tag("bdi", row.question), tag("p", why, class_="worse", dir="auto"))
        for row, why in ((report.rows[at], why) for at, why in failed[:_FAILED])
    )
    more = tag("p", f"and {len(failed) - _FAILED:,} more", class_="note") if len(failed) > _FAILED else ""
    title = tag("h3", f"Failed: {counted(len(failed), 'question')} without an answer")
    return join([title, tag("ul", *lines, class_="failed"), more]) if failed else Html("")


def _worst(report: Report, name: str) -> Html:
    found = worst(report, name)
    metric = primary(report, name)
    title = tag("h3", f"The worst {len(found)} by {metric}" if len(found) > 1 else f"The worst by {metric}")
    return join([title, _listed(report, found, (name,), metric)]) if found else Html("")


def _against(report: Report, name: str) -> list[Html]:
    """Wins and losses, each to open."""
    first, metric = next(iter(report.systems)), shared(report, name)
    found = {"Better": wins(report, name), "Worse": losses(report, name)} if name != first else {}
    return [
        tag(
            "details",
            tag("summary", f"{way} than {first} by {metric} ", tag("small", f"the first {len(places)}")),
            _listed(report, places, (name, first), metric),
            class_="against",
        )
        for way, places in found.items()
        if places
    ]


def _listed(report: Report, places: Sequence[int], systems: Sequence[str], metric: str | None) -> Html:
    return tag("ol", *(tag("li", case(report, at, systems, metric)) for at in places), class_="cases")
