"""A report as one HTML file to read, print or send: it asks nothing of a network and runs no script."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from raglan.evaluate import plots, tables
from raglan.evaluate.markup import Html, join, stylesheet, tag
from raglan.evaluate.questions import questions
from raglan.evaluate.report import Report

__all__ = ["page", "save_page"]

# Questions and documents are strangers' words. They are escaped; should one ever slip through, it may do nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_MANY = 40  # comparisons
_AGAINST = (
    "Every other system against {first}, over the questions where both have a value: how much its value is above, the "
    "chance p of a difference as large, either way, if the two were alike, and on how many questions it did better or "
    "worse. p is of a randomisation test and takes no account of how many comparisons are made."
)
_VALUES = "The lines across the bars are 95 % bootstrap intervals over questions."
_CURVES = (
    "Recall by depth: questions with a relevant passage among the first k",
    "Risk by coverage: wrong ones among the answers given, the surest first",
)


def save_page(report: Report, path: Path) -> None:
    """Write :func:`page` to ``path``."""
    path.write_text(page(report), encoding="utf-8", errors="replace", newline="\n")


def page(report: Report) -> str:
    """All of ``report`` that a person wants to see, and the questions worth reading."""
    style = resources.files("raglan.evaluate").joinpath("page.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{report.data} · raglan eval"),
        stylesheet(style),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', _top(report), tag('main', *_parts(report))))}\n"


def _top(report: Report) -> Html:
    known = {"questions": len(report.rows), "passages": report.passages, "systems": len(report.systems)}
    facts = [join([tag("dt", name), tag("dd", f"{count:,}")]) for name, count in known.items()]
    seed = join([tag("dt", "seed"), tag("dd", str(report.seed))])
    return tag(
        "header",
        tag("p", "Raglan evaluation", class_="kicker"),
        tag("h1", tag("bdi", report.data)),
        tag("dl", *(tag("div", fact) for fact in (*facts, seed)), class_="facts"),
    )


def _parts(report: Report) -> list[Html]:
    first = next(iter(report.systems), "")
    return [
        _part("Results", _legend(report, first), tables.summary(report), *_below(report)),
        _part("Time", tables.times(report)),
        _part(f"Against {first}", _opened(_AGAINST.format(first=first), _contests(report))),
        _part("Values", _opened(_VALUES, _grid([plots.bars(report, name) for name in report.metrics], report.metrics))),
        _part("Curves", _grid([plots.recall(report), plots.risk(report)], _CURVES)),
        _part("Questions to read", questions(report)),
    ]


def _part(title: str, *inside: str) -> Html:
    body = join(inside)
    return tag("section", tag("h2", title), body) if body else Html("")


def _opened(note: str, body: Html) -> Html:
    """``body`` under a note, and no note without a body."""
    return join([tag("p", note, class_="note"), body]) if body else body


def _contests(report: Report) -> Html:
    """The table, closed where it would fill screens."""
    table, count = tables.contests(report), sum(len(outcome.contests) for outcome in report.systems.values())
    if count <= _MANY:
        return table
    return tag("details", tag("summary", f"All {count:,} comparisons"), table, class_="long")


def _legend(report: Report, first: str) -> Html:
    marks = [
        join([tag("strong", "0.500", class_="best"), " the best value"]),
        tag("span", "↓ less is better"),
        tag("span", "— no value"),
    ]
    if len(report.systems) > 1:
        better, worse = tag("b", "▲", class_="better"), tag("b", "▼", class_="worse")
        marks.insert(1, join([better, " better, ", worse, f" worse than {first} (p < 0.05), and by how much"]))
    return tag("ul", *(tag("li", mark) for mark in marks), class_="marks")


def _below(report: Report) -> list[Html]:
    """What the table leaves open: its gaps, and what its columns mean."""
    parts = {
        "No value": tables.undefined(report),
        "Rows without a value": tables.rows_without(report),
    }
    known = tables.glossary(report)
    meanings = tag("details", tag("summary", "What the metrics mean"), known, class_="plain") if known else Html("")
    return [join([tag("h3", title), part]) for title, part in parts.items() if part] + [meanings]


def _grid(drawings: Sequence[Html], titles: Sequence[str]) -> Html:
    figures = (
        tag("figure", tag("figcaption", title), drawing)
        for title, drawing in zip(titles, drawings, strict=True)
        if drawing
    )
    body = join(figures)
    return tag("div", body, class_="grid") if body else body
