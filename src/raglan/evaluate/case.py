"""One question as a person reads it: what was wanted, what was said, and the passages behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from raglan.evaluate.markup import Html, join, tag
from raglan.evaluate.numerals import number
from raglan.evaluate.plots import name_of
from raglan.evaluate.reading import told
from raglan.evaluate.report import Report, Row, Told

__all__ = ["case"]

_LONG = 400  # characters of a passage
_BEFORE = 120  # of these, how many stand before an answer that comes late


def case(report: Report, at: int, systems: Sequence[str], metric: str | None) -> Html:
    """The question at a place of the report, as ``systems`` took it; ``metric`` is the one it was chosen by."""
    row = report.rows[at]
    given = (
        join([tag("dt", name), tag("dd", _given(report, at, system, metric))])
        for system, name in _named(report, systems).items()
    )
    return tag(
        "article",
        tag("h4", tag("bdi", row.question), " ", tag("code", row.id)),
        tag("dl", tag("dt", "wanted"), tag("dd", _wanted(row)), *given),
        _passages(report, row, systems),
        class_="case",
    )


def _wanted(row: Row) -> Html:
    if row.answers:
        return tag("ul", *(tag("li", answer, dir="auto") for answer in row.answers))
    only = "no answer is given, only passages" if row.positives else "nothing: the documents hold no answer"
    return tag("em", only)


def _named(report: Report, systems: Sequence[str]) -> dict[str, str]:
    """What systems are called here: one alone needs no name."""
    return {name: name_of(report, name) if len(systems) > 1 else "given" for name in systems}


def _given(report: Report, at: int, name: str, metric: str | None) -> Html:
    one = told(report.rows[at], name)
    scores = [
        tag("span", tag("b" if known == metric else "span", known), " ", number(one.scores[known]))
        for known in report.metrics
        if known in one.scores
    ]
    said = _said(one, report.systems[name].failed.get(at))
    return join([said, tag("div", *scores, class_="scores") if scores else ""])


def _said(one: Told, failed: str | None) -> Html:
    if failed is not None:
        return tag("p", tag("em", "failed: "), tag("bdi", failed), class_="worse")
    if one.answer is None:
        return Html("")
    sure = tag("small", f"confidence {number(one.confidence)}")
    return tag("p", tag("bdi", one.answer) if one.answer else tag("em", "abstained"), " ", sure)


def _passages(report: Report, row: Row, systems: Sequence[str]) -> Html:
    """Closed where there is an answer to read first."""
    found = {name: told(row, name) for name in systems}
    lists = [_relevant(report, row, found), *(_found(report, row, *one) for one in found.items())]
    if not any(lists):
        return Html("")
    counts = f"{len(row.positives)} relevant, {max(len(one.found) for one in found.values())} found"
    unread = all(one.answer is None for one in found.values())
    head = tag("summary", "passages ", tag("small", counts))
    return tag("details", head, *lists, class_="passages", open="" if unread else None)


def _relevant(report: Report, row: Row, found: dict[str, Told]) -> Html:
    lines = (tag("li", tag("code", name), " ", _ranks(name, found), _text(report, row, name)) for name in row.positives)
    return join([tag("h5", "relevant"), tag("ul", *lines)]) if row.positives else Html("")


def _ranks(passage: str, found: dict[str, Told]) -> Html:
    """Where each system that shows what it found has it."""
    said = (
        f"{f'{system}: ' if len(found) > 1 else ''}{_rank(passage, one.found)}"
        for system, one in found.items()
        if one.found
    )
    return tag("small", " · ".join(said))


def _rank(passage: str, found: Sequence[str]) -> str:
    return f"found at rank {found.index(passage) + 1}" if passage in found else f"not among the first {len(found)}"


def _found(report: Report, row: Row, system: str, one: Told) -> Html:
    lines = (
        tag(
            "li",
            tag("code", name),
            *_marks(row, one, name),
            _again(report, row, name, passage),
            class_=_kind(row, name),
        )
        for name, passage in zip(one.found, one.passages or one.found, strict=True)
    )
    head = tag("h5", "found by ", tag("bdi", system))
    return join([head, tag("ol", *lines)]) if one.found else Html("")


def _kind(row: Row, name: str) -> str | None:
    return "relevant" if name in row.positives else None


def _marks(row: Row, one: Told, name: str) -> Iterable[Html]:
    known = {"relevant": name in row.positives, "cited": name in one.cited}
    return (join([" ", tag("span", mark, class_=f"mark-{mark}")]) for mark, is_so in known.items() if is_so)


def _again(report: Report, row: Row, name: str, passage: str) -> Html:
    """The text of a passage, unless it stands above."""
    above = name == passage and name in row.positives
    return tag("small", " text above") if above else _text(report, row, passage)


def _text(report: Report, row: Row, name: str) -> Html:
    text = report.texts.get(name)
    if text is None:
        return tag("p", tag("em", "its text is not known"))
    return tag("p", _excerpt(text, row.answers), dir="auto")


def _excerpt(text: str, answers: Sequence[str]) -> Html:
    """The start of ``text``, or what is around the first wanted answer in it, which is marked."""
    longest = sorted(filter(None, answers), key=len, reverse=True)
    wanted = re.compile("|".join(map(re.escape, longest)) or r"(?!)", re.IGNORECASE)
    first = wanted.search(text)
    start = max(0, min(first.start() - _BEFORE, len(text) - _LONG)) if first and first.end() > _LONG else 0
    shown = text[start : start + _LONG]
    parts, at = ["…" if start else ""], 0
    for match in wanted.finditer(shown):
        parts += [shown[at : match.start()], tag("mark", match[0])]
        at = match.end()
    return join([*parts, shown[at:], "…" if start + _LONG < len(text) else ""])
