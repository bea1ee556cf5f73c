"""How numbers are written for people."""

from __future__ import annotations

from raglan.evaluate.report import Score

__all__ = ["NOTHING", "chance", "counted", "difference", "interval", "number", "seconds"]

NOTHING = "—"
_MINUS = "\u2212"  # as wide as a plus sign


def number(value: float) -> str:
    """A metric's value.

    >>> number(0.5), number(-0.0001), number(31.25)
    ('0.500', '0.000', '31.25')
    """
    shown = f"{value:.3f}" if abs(value) < 10 else f"{value:,.2f}"
    return _MINUS + shown[1:] if shown.startswith("-") and shown.strip("-0.") else shown.lstrip("-")


def difference(value: float) -> str:
    """A number with its sign, which 0 does not have.

    >>> difference(0.0251), difference(-0.5), difference(-0.0001)
    ('+0.025', '−0.500', '0.000')
    """
    shown = number(value)
    return f"+{shown}" if value > 0 and shown.strip("0.") else shown


def interval(score: Score) -> str:
    """The 95 % interval, or nothing where there is none.

    >>> interval(Score(0.5, 0.25, 0.75)), interval(Score(0.5))
    ('0.250 – 0.750', '')
    """
    return "" if score.low is None or score.high is None else f"{number(score.low)} – {number(score.high)}"


def chance(p: float) -> str:
    """A p-value.

    >>> chance(0.04321), chance(0.0001)
    ('0.043', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def seconds(value: float) -> str:
    """A time in the unit that suits it.

    >>> seconds(0.00042), seconds(0.25), seconds(1.5), seconds(75.2), seconds(7384)
    ('0.42 ms', '250 ms', '1.50 s', '1 min 15 s', '2 h 3 min')
    """
    if value < 1:
        return f"{value * 1000:.3g} ms"
    if value < 60:
        return f"{value:.3g} s" if value >= 10 else f"{value:.2f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def counted(count: int, noun: str) -> str:
    """A count and what is counted.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
