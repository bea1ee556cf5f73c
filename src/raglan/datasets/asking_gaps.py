"""Gaps, asked for: a sentence without its date, number or name asks what is missing."""

from __future__ import annotations

import re

from raglan.datasets.asking_leaning import leans, opens
from raglan.text.words import content_terms, is_chinese

__all__ = ["gap"]

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_UNIT = (
    r"(?:\s?(?:%|°C|°F|€|kg|km|cm|mm|ml|kW|MB|GB|[gmlVWA])(?!\w)|\s(?:percent|per cent|years?|months?|weeks?|days?|hours?|"
    r"minutes?|seconds?|euros?|dollars?|pounds?|metres?|meters?|kilometres?|kilometers?|miles?|litres?|liters?|grams?|"
    r"kilograms?|degrees|bar|people|pages|times)\b)"
)
_GAPS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?|{_MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?|{_MONTH}\s\d{{4}}|\d{{4}}-\d\d-\d\d)\b",
        rf"(?<![\w.,#/\[(–$€£¥-])[$€£¥]?\d+(?:[.,]\d+)*(?:{_UNIT}|(?<=\d\d)(?![\w\])/–-]|[.,]\d))",
        r"(?<=[a-z,]\s)[A-Z][\w'’-]+(?:\s(?:(?:of|de|van|von)\s)?[A-Z][\w'’-]+)+",
    )
)
_NUMERALS = "一二两三四五六七八九十百千万半兩萬"
_UNIT_ZH = (
    r"(?:个月|小时|分钟|公里|厘米|毫米|公斤|千克|毫升|"
    r"万元|亿元|个?工作日|周岁|週歲|[年天日周秒元米克升倍人次页頁岁歲度%％])(?!性)"
)
_FIGURES_ZH = rf"(?<![\d.A-Za-z-])\d+(?:\.\d+)?\s?(?:{_UNIT_ZH}|(?<=\d\d)(?![\d.A-Za-z-]))"
_GAPS_ZH = tuple(
    re.compile(pattern)
    for pattern in (
        r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日",
        rf"{_FIGURES_ZH}|(?<![第{_NUMERALS}])[{_NUMERALS}]+{_UNIT_ZH}",
        r"(?<=《)[^《》]{2,20}(?=》)|(?<=“)[^“”]{2,12}(?=”)",
    )
)
_BLANK = "____"
# Without the ends of a long sentence there is less to copy and more to find.
_AROUND, _AROUND_ZH = 10, 24
_FEWEST_TERMS = 4


def gap(sentence: str) -> tuple[str, str] | None:
    """``sentence`` with a gap, and what was in it: a date, else a number, else a name that occurs in it once.

    >>> gap("The boiler of the machine must be descaled every 3 months by the owner.")
    ('What is missing: The boiler of the machine must be descaled every ____ by the owner?', '3 months')
    >>> gap("锅炉必须由用户每三个月除垢一次，否则保修失效。")
    ('填空：锅炉必须由用户每____除垢一次，否则保修失效？', '三个月')
    """
    chinese = is_chinese(sentence)
    if "\n" in sentence or leans(sentence):
        return None
    for pattern in _GAPS_ZH if chinese else _GAPS:
        match = pattern.search(sentence)
        if match and _tells(match[0], sentence):
            before, after = sentence[: match.start()], sentence[match.end() :].rstrip(".!。！；;")
            if len(content_terms(before + after)) < _FEWEST_TERMS:
                return None
            return _gapped(before, after, chinese=chinese), match[0]
    return None


def _tells(missing: str, sentence: str) -> bool:
    """Whether ``missing`` can be asked for: it comes once, is no list number, and no sentence runs through it."""
    if sentence.count(missing) > 1 or sentence.startswith(f"{missing}."):
        return False
    return not opens(missing)


def _gapped(before: str, after: str, *, chinese: bool) -> str:
    if chinese:
        head, tail = before[-_AROUND_ZH:], after[:_AROUND_ZH]
        return f"填空：{'…' * (head != before)}{head}{_BLANK}{tail}{'…' * (tail != after)}？"
    head, tail = _last_words(before, _AROUND), _first_words(after, _AROUND)
    return f"What is missing: {'… ' * (head != before)}{head}{_BLANK}{tail}{' …' * (tail != after)}?"


def _last_words(text: str, count: int) -> str:
    found = list(re.finditer(r"\S+", text))
    return text if len(found) <= count else text[found[-count].start() :]


def _first_words(text: str, count: int) -> str:
    found = list(re.finditer(r"\S+", text))
    return text if len(found) <= count else text[: found[count - 1].end()]
