"""Dates and numbers with units, in English and Chinese, as they stand and in one form to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator

from raglan.graph.found import Mention
from raglan.types import Span

__all__ = ["DATE", "QUANTITY", "dates", "quantities", "unit_of"]

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join([*(m.capitalize() for m in _MONTHS), *(m[:3].capitalize() for m in _MONTHS), "Sept"])
_YEAR = r"(?:1[0-9]\d\d|20\d\d)"
DATE = (
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)? (?P<m1>{_MONTH})\.?,? (?P<y1>{_YEAR})"
    rf"|(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y2>{_YEAR})"
    rf"|(?P<m3>{_MONTH})\.?,? (?P<y3>{_YEAR})"
    r"|(?P<y4>\d{4})-(?P<m4>0[1-9]|1[0-2])-(?P<d4>[0-3]\d)"
    r"|(?P<y5>(?:1\d|20)\d\d)\s?年(?:\s?(?P<m5>\d{1,2})\s?月(?:\s?(?P<d5>\d{1,2})\s?[日号號])?)?)"
)
_DATE = re.compile(rf"(?<![\d.,]){DATE}(?!\d)")
_PLAIN_YEAR = re.compile(
    rf"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Uu]ntil )|(?<=\bof )|(?<=\()){_YEAR}(?![\d%,.]\d|"
    r"\d| [a-z]+s\b)"
)
_ISO = {name: f"{n:02d}" for n, month in enumerate(_MONTHS, 1) for name in (month.capitalize(), month[:3].capitalize())}
_ISO["Sept"] = "09"

_WORD = "|".join(
    "one two three four five six seven eight nine ten eleven twelve fifteen eighteen twenty thirty forty fifty sixty "
    "ninety twenty-four thirty-six".split()
)
_VALUE = dict(
    zip(
        _WORD.split("|"),
        "1 2 3 4 5 6 7 8 9 10 11 12 15 18 20 30 40 50 60 90 24 36".split(),
        strict=True,
    )
)
_DIGIT = dict(zip("一二三四五六七八九两兩", "12345678922", strict=True))
_UNITS = (
    "percent|per cent|kilometres?|kilometers?|km²|km2|km/h|km|square (?:kilometres|kilometers|"
    "miles|metres|meters|feet)|metres?|meters?|"
    "centimetres?|centimeters?|cm|mm|nm|miles?|feet|foot|ft|inch(?:es)?|acres?|hectares?|kilograms?|kg|grams?|mg|µg|μg|"
    "tonnes?|tons?|pounds?|lbs?|ounces?|oz|litres?|liters?|mL|ml|L|gallons?|years?|months?|weeks?|"
    "days?|hours?|minutes?|"
    "seconds?|ms|mph|°C|°F|degrees?|dollars?|euros?|USD|EUR|GBP|RMB|yuan|MHz|GHz|kHz|Hz|kW|MW|"
    "GW|W|V|mA|A|GB|MB|TB|KB|kB|"
    "bar|psi|people|inhabitants|residents|students|employees|members|passengers|seats|votes|copies|pages|episodes|"
    "passages|points|times|million|billion|trillion"
)
_CHINESE_UNITS = (
    "平方公里|平方千米|平方米|公里|千米|厘米|毫米|公斤|千克|毫克|毫升|立方米|公顷|公頃|小时|小時|分钟|分鐘|个月|個月|"
    "个工作日|個工作日|工作日|美元|欧元|歐元|日元|港元|英镑|英鎊|人民币|摄氏度|攝氏度|周岁|周歲|"
    "百分点|年|月|周|週|天|日|秒|"
    "元|米|克|吨|噸|升|人|名|户|戶|岁|歲|次|倍|层|層|册|冊|座|个|個|家|所|间|間|辆|輛|件|条|條|集|分|票|席|℃|度"
)
_SCALE = "万|萬|亿|億|千|百|多|余|餘"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
QUANTITY = (
    rf"(?:(?P<coin>US\$|[$€£¥])\s?(?P<n1>{_NUMBER})(?:\s(?P<s1>million|billion|trillion))?"
    rf"|(?P<n2>{_NUMBER})\s?(?P<u2>%|％)"
    rf"|(?P<n3>{_NUMBER}|\b(?:{_WORD}))[\s-]?(?P<s3>(?:million|billion|hundred|thousand) )?(?P<u3>{_UNITS})\b"
    rf"|(?P<n4>{_NUMBER}|[一二三四五六七八九十百两兩]+)\s?(?P<s4>(?:{_SCALE})*)\s?(?P<u4>{_CHINESE_UNITS}))"
)
_QUANTITY = re.compile(rf"(?<![\d.,A-Za-z-])(?:{QUANTITY})", re.IGNORECASE)
_TEN = re.compile(r"([一二三四五六七八九两兩]?)十([一二三四五六七八九]?)")


def dates(text: str) -> Iterator[Mention]:
    """Dates of at least a year, in order.

    >>> [one.name for one in dates("Signed on 3 May 1998, in force since 1999; 2023年8月7日修订。")]
    ['1998-05-03', '2023-08-07', '1999']
    """
    for match in _DATE.finditer(text):
        yield Mention(Span(*match.span()), "date", _iso(match), match.group())
    for match in _PLAIN_YEAR.finditer(text):
        yield Mention(Span(*match.span()), "date", match.group(), match.group())


def _iso(match: re.Match[str]) -> str:
    found = match.groupdict()
    parts = []
    for part in "ymd":
        value = next((found[f"{part}{n}"] for n in range(1, 6) if found.get(f"{part}{n}")), None)
        if value is None:
            break
        parts.append(_ISO.get(value, value).zfill(2))
    return "-".join(parts)


def quantities(text: str) -> Iterator[Mention]:
    """Numbers with units, in order; a year such as 1998年 is none.

    >>> [one.name for one in quantities("It lasts twenty-four months or 1,000 km; 保修期为十二个月。")]
    ['24 month', '1000 km', '12 个月']
    """
    for match in _QUANTITY.finditer(text):
        number, unit = _parts(match)
        if unit == "年" and re.fullmatch(r"1\d{3}|20\d\d", number):
            continue
        if match["u4"] and not match["n4"][0].isdigit() and unit in "月日分度人名个个個家次条所座":
            continue
        yield Mention(Span(*match.span()), "quantity", f"{number} {unit}", match.group())


def _parts(match: re.Match[str]) -> tuple[str, str]:
    raw = next(match[f"n{n}"] for n in range(1, 5) if match[f"n{n}"])
    number = _VALUE.get(raw.lower()) or (_chinese(raw) if not raw[0].isdigit() and not raw.isascii() else raw)
    scale = (match["s1"] or match["s3"] or match["s4"] or "").strip().lower()
    unit = (match["coin"] or match["u2"] or match["u3"] or match["u4"]).strip()
    return number.replace(",", "") + (f" {scale}" if scale else ""), unit_of(unit)


def _chinese(raw: str) -> str:
    found = _TEN.fullmatch(raw)
    if found:
        return str(10 * int(_DIGIT.get(found[1], "1")) + int(_DIGIT.get(found[2], "0")))
    return _DIGIT.get(raw, raw)


def unit_of(unit: str) -> str:
    """A unit in one form: the singular, in small letters, for a word.

    >>> unit_of("Months"), unit_of("％"), unit_of("個月")
    ('month', '%', '个月')
    """
    from raglan.text.script import simplified

    unit = simplified(
        {"％": "%", "per cent": "%", "percent": "%", "feet": "foot", "inches": "inch"}.get(unit.lower(), unit)
    )
    plain = unit.lower() if unit.isalpha() and len(unit) > 3 else unit
    return plain[:-1] if plain.isascii() and len(plain) > 3 and plain.endswith("s") else plain
