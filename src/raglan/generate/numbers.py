"""Which numbers a text states, however they are written: 1,000 or 1000, two or 2, 二十四 or 24."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

__all__ = ["claimed", "stated"]

_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_VALUE = {word: n for n, word in enumerate(f"{_ONES}|{_TEENS}".split("|"), 1)}
_VALUE |= {word: 10 * n for n, word in enumerate(_TENS.split("|"), 2)}
# "two hundred" is no 2, and multiplying it out is left alone.
_ENGLISH = re.compile(
    rf"\b(?:({_TENS})(?:[-\s]({_ONES}))?|({_ONES}|{_TEENS}))\b"
    r"(?![-\s](?:hundred|thousand|million|billion|dozen))",
    re.IGNORECASE,
)

_DIGIT = {char: n for n, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_UNIT = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_CHINESE = re.compile(rf"[{''.join(_DIGIT)}{''.join(_UNIT)}]+")
# 一 is mostly an article and 十分 means "very": a numeral is meant as a number where something is counted.
_COUNTED = re.compile(
    rf"(?!十分)(?:[二两兩三四五六七八九十][{''.join(_DIGIT)}{''.join(_UNIT)}]*|一[{''.join(_DIGIT)}{''.join(_UNIT)}]+)"
    r"(?=[年月日天周週个個小分秒元米公里次人件岁歲位名条條倍号號层層度克吨升页頁章节節])"
)


def stated(text: str) -> frozenset[str]:
    """Every number that ``text`` can be read to state, each in one form.

    >>> sorted(stated("Twenty-four months, 1,000.50 EUR, 两年"))
    ['1000.5', '2', '24']
    """
    text = unicodedata.normalize("NFKC", text)
    return _figures(text) | _english(text) | {_chinese(run) for run in _CHINESE.findall(text)}


def claimed(text: str) -> frozenset[str]:
    """The numbers that ``text`` surely means as numbers: no "one of them", no 一般, no 十分.

    >>> sorted(claimed("One of the 3 covers runs two years; 保修期十分重要，为二十四个月"))
    ['2', '24', '3']
    """
    text = unicodedata.normalize("NFKC", text)
    return _figures(text) | (_english(text) - {"1"}) | {_chinese(run) for run in _COUNTED.findall(text)}


def _figures(text: str) -> frozenset[str]:
    return frozenset(_plain(figure) for figure in _FIGURES.findall(text))


def _plain(figure: str) -> str:
    if _THOUSANDS.fullmatch(figure):
        figure = figure.replace(",", "")
    if not _DECIMAL.fullmatch(figure):
        return figure  # a version, a date: compared as it stands
    return f"{Decimal(figure.replace(',', '.')).normalize():f}"


def _english(text: str) -> frozenset[str]:
    return frozenset(
        str(sum(_VALUE[word.lower()] for word in match.groups() if word)) for match in _ENGLISH.finditer(text)
    )


def _chinese(run: str) -> str:
    if not any(char in _UNIT for char in run):
        return "".join(str(_DIGIT[char]) for char in run).lstrip("0") or "0"
    total = section = digit = 0
    for char in run:
        unit = _UNIT.get(char, 0)
        if not unit:
            digit = _DIGIT[char]
        elif unit < 10_000:
            section, digit = section + (digit or 1) * unit, 0
        else:
            total, section, digit = total + (section + digit or 1) * unit, 0, 0
    return str(total + section + digit)
