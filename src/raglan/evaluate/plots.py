"""Drawings of a report: bars with intervals, recall by depth, risk by coverage. Inline SVG that needs no script.

Colours are classes ``s0`` to ``s7``, in the order of the systems, and everything else is ``currentColor``: the page says
what they are in the light and in the dark. A line is told from the others by its dashes and marks too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from raglan.evaluate.axes import Axis, linear, logarithmic, share
from raglan.evaluate.markup import Html, join, tag
from raglan.evaluate.numerals import interval, number
from raglan.evaluate.report import Curve, Report, Score

__all__ = ["balance", "bars", "key", "name_of", "recall", "risk"]

_COLOURS = 8
_DASHES = (None, "7 3", "2 3", "9 3 2 3", "4 2")
_NAME, _WIDTH, _ROW = 110.0, 350.0, 24.0  # of bars: where the axis starts, how wide all is, how high a system is
_LEFT, _RIGHT, _TOP, _FLOOR, _HEIGHT = 36.0, 338.0, 26.0, 204.0, 244.0  # of lines
_MARKED = 8  # marks on a line
_WORDS = re.compile(r"(?<=[-+_/@.:,])(?=\w)")


def bars(report: Report, metric: str) -> Html:
    """A bar for every system that has a value, with its interval; nothing where none has."""
    scores = {name: outcome.scores[metric] for name, outcome in report.systems.items() if metric in outcome.scores}
    drawn = {name: score for name, score in scores.items() if isinstance(score.value, float)}
    if not drawn:
        return Html("")
    ends = [end for score in drawn.values() for end in (score.value, score.low, score.high) if isinstance(end, float)]
    axis, floor = linear(ends, _NAME, _WIDTH - 50), 6 + _ROW * len(drawn)
    places = _places(report)
    rows = (_bar(axis, 6 + _ROW * at, name, drawn[name], places[name]) for at, name in enumerate(drawn))
    said = "; ".join(f"{name} {_said(score)}" for name, score in drawn.items())
    parts = [_down_ticks(axis, 4, floor), *rows, _rule(axis.at(0), 4, axis.at(0), floor)]
    return _drawing(_WIDTH, floor + 22, f"{metric} by system, with 95 % intervals", said, parts)


def _bar(axis: Axis, top: float, name: str, score: Score, place: int) -> Html:
    value = score.value if isinstance(score.value, float) else 0.0
    left, right, middle = *sorted((axis.at(0), axis.at(value))), top + _ROW / 2
    return tag(
        "g",
        tag("title", f"{name}: {_said(score)}"),
        _text(_NAME - 8, middle + 4, _fitted(name, 15), "end"),
        tag("rect", x=left, y=top + 5, width=right - left, height=_ROW - 10, class_=f"bar s{place % _COLOURS}"),
        _whisker(axis, middle, score),
        _text(_WIDTH - 2, middle + 4, number(value), "end", "figure"),
    )


def _whisker(axis: Axis, middle: float, score: Score) -> Html:
    if score.low is None or score.high is None:
        return Html("")
    low, high = axis.at(score.low), axis.at(score.high)
    line = f"M{low:g} {middle - 4:g}v8M{low:g} {middle:g}H{high:g}M{high:g} {middle - 4:g}v8"
    return tag("path", d=line, class_="whisker")


def _said(score: Score) -> str:
    value, sure = number(score.value) if isinstance(score.value, float) else str(score.value), interval(score)
    return f"{value} ({sure})" if sure else value


def recall(report: Report) -> Html:
    """The share of questions with a relevant passage among the first k, a line a system; nothing without curves."""
    curves = {name: outcome.recall for name, outcome in report.systems.items() if outcome.recall}
    across = logarithmic(max((k for curve in curves.values() for k, _ in curve), default=1), _LEFT, _RIGHT)
    title = "Share of questions with a relevant passage among the first k"
    return _lines(report, curves, _Frame(across, share(_FLOOR, _TOP), title, "share found", "first k passages"))


def risk(report: Report) -> Html:
    """The share of wrong answers among the surest ones, a line a system; nothing without curves."""
    curves = {name: outcome.risk for name, outcome in report.systems.items() if outcome.risk}
    up = linear([risk for curve in curves.values() for _, risk in curve], _FLOOR, _TOP)
    title = "Share of wrong answers by the share of questions that are answered, the surest first"
    return _lines(
        report, curves, _Frame(share(_LEFT, _RIGHT), up, title, "risk: share wrong", "coverage: share answered")
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    across: Axis
    up: Axis
    title: str
    upward: str
    onward: str


def _lines(report: Report, curves: Mapping[str, Curve], frame: _Frame) -> Html:
    if not curves:
        return Html("")
    places = _places(report)
    said = "; ".join(f"{name} from {number(curve[0][1])} to {number(curve[-1][1])}" for name, curve in curves.items())
    parts = [
        _down_ticks(frame.across, _TOP, _FLOOR),
        *_side_ticks(frame.up),
        _text(2, 12, frame.upward, "start", "axis"),
        _text((_LEFT + _RIGHT) / 2, _HEIGHT - 6, frame.onward, "middle", "axis"),
        *(_line(frame, name, curve, places[name]) for name, curve in curves.items()),
    ]
    legend = tag("ul", *(tag("li", key(places[name]), name) for name in curves), class_="legend")
    return join([_drawing(_WIDTH, _HEIGHT, frame.title, said, parts), legend])


def _line(frame: _Frame, name: str, curve: Curve, place: int) -> Html:
    points = [(frame.across.at(x), frame.up.at(y)) for x, y in curve]
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    line = tag("polyline", points=path, class_="line", stroke_dasharray=_DASHES[place % len(_DASHES)])
    marks = (_mark(x, y, place) for x, y in _spread(points, frame.across))
    return tag("g", tag("title", name), line, *marks, class_=f"s{place % _COLOURS}")


def _spread(points: Sequence[tuple[float, float]], across: Axis) -> list[tuple[float, float]]:
    """Some of ``points``, about as far from each other along the axis, the last one always."""
    apart, kept = (across.end - across.start) / _MARKED, list(points[-1:])
    for point in reversed(points):
        if kept[-1][0] - point[0] >= apart:
            kept.append(point)
    return kept


_MARKS: tuple[Callable[[float, float], Html], ...] = (
    lambda x, y: tag("circle", cx=x, cy=y, r=3, class_="mark"),
    lambda x, y: tag("rect", x=x - 2.7, y=y - 2.7, width=5.4, height=5.4, class_="mark"),
    lambda x, y: tag("path", d=f"M{x:g} {y - 3.8:g}l3.6 6.4h-7.2z", class_="mark"),
    lambda x, y: tag("path", d=f"M{x:g} {y - 3.8:g}l3.8 3.8l-3.8 3.8l-3.8 -3.8z", class_="mark"),
    lambda x, y: tag("path", d=f"M{x:g} {y + 3.8:g}l3.6 -6.4h-7.2z", class_="mark"),
)


def _mark(x: float, y: float, place: int) -> Html:
    return _MARKS[place % len(_MARKS)](x, y)


def key(place: int) -> Html:
    """A piece of the line of the system at ``place``, for a legend."""
    line = tag("polyline", points="1,7 27,7", class_="line", stroke_dasharray=_DASHES[place % len(_DASHES)])
    shapes = tag("g", line, _mark(14, 7, place), class_=f"s{place % _COLOURS}")
    return tag("svg", shapes, viewBox="0 0 28 14", class_="key", aria_hidden="true")


def balance(wins: int, losses: int, rows: int) -> Html:
    """Wins, ties and losses as one bar."""
    won, lost = 80 * wins / max(rows, 1), 80 * losses / max(rows, 1)
    parts = [
        tag("title", f"{wins} better, {losses} worse, {rows - wins - losses} alike"),
        tag("rect", x=0, y=0, width=80, height=8, class_="alike"),
        tag("rect", x=0, y=0, width=won, height=8, class_="better"),
        tag("rect", x=80 - lost, y=0, width=lost, height=8, class_="worse"),
    ]
    return tag("svg", *parts, viewBox="0 0 80 8", role="img", class_="balance")


def name_of(report: Report, system: str) -> Html:
    """The name of ``system`` behind a spot of its colour; it may break between its words."""
    spot = tag("span", class_=f"spot s{_places(report)[system] % _COLOURS}", aria_hidden="true")
    return join([spot, tag("bdi", join(_WORDS.split(system), tag("wbr")))])


def _places(report: Report) -> dict[str, int]:
    return {name: place for place, name in enumerate(report.systems)}


def _drawing(width: float, height: float, title: str, said: str, parts: Sequence[str]) -> Html:
    head = [tag("title", title), tag("desc", said)]
    return tag("svg", *head, *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", class_="drawing")


def _down_ticks(axis: Axis, top: float, floor: float) -> Html:
    places = [(axis.at(tick), tick) for tick in axis.ticks]
    return join(
        join([_rule(x, top, x, floor), _text(x, floor + 15, f"{tick:g}", "middle", "tick")]) for x, tick in places
    )


def _side_ticks(axis: Axis) -> list[Html]:
    places = [(axis.at(tick), tick) for tick in axis.ticks]
    return [
        join([_rule(_LEFT, y, _RIGHT, y), _text(_LEFT - 6, y + 4, f"{tick:g}", "end", "tick")]) for y, tick in places
    ]


def _rule(x1: float, y1: float, x2: float, y2: float) -> Html:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="rule")


def _text(x: float, y: float, text: str, anchor: str, kind: str | None = None) -> Html:
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=kind)


def _fitted(name: str, width: int) -> str:
    """``name`` cut in its middle, where names of systems differ least; a Chinese character is two wide."""
    if _wide(name) <= width:
        return name
    head, tail = name, name
    while _wide(head) > width * 0.55:
        head = head[:-1]
    while _wide(head) + 1 + _wide(tail) > width:
        tail = tail[1:]
    return f"{head}…{tail}"


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
