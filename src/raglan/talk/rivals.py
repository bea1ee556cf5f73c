"""Answers that rival one another: sentences that hold all that a question says, and give it different values.

"How long is the warranty?" is answered by every sentence on the warranty that has a duration, in whichever document. What
counts as a value goes by the kind of answer that the question wants (:mod:`raglan.generate.wanted`); values are compared
within one unit only. Where it wants no such kind, how to do something for one, sentences stand for themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from raglan.generate.features import units
from raglan.generate.wanted import subject, wanted
from raglan.search.view import names
from raglan.talk.mention import telling
from raglan.text.words import STOP, terms
from raglan.types import Hit, Passage, Query

__all__ = ["GENERIC", "Rival", "cells", "differ", "rivals"]

# Words of measuring, stemmed: an answer need not repeat them. "It takes" and "it lasts" answer one question.
GENERIC = frozenset("last take cost weigh weight measur need requir run use valid long time period".split())
_GENERIC_CHINESE = re.compile(r"需要|需|有效|一共|总共|總共|大约|大約|时间|時間|有|为|為|要|用|能|可|每|钱|錢")
_CELL = re.compile(r"; (?=[^:;]{1,60}: )")
# In days; a month has thirty, so that twelve are a year.
_DAYS = {
    "second": 1 / 86400,
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 360,
    "秒": 1 / 86400,
    "分钟": 1 / 1440,
    "小时": 1 / 24,
    "天": 1,
    "日": 1,
    "工作日": 1,
    "个工作日": 1,
    "周": 7,
    "週": 7,
    "个月": 30,
    "月": 30,
    "年": 360,
}
_MONEY = re.compile(r"US\$|[$€£¥]|dollar|euro|pound|yuan|USD|EUR|GBP|RMB|元|镑|人民币")
_COUNTED = re.compile(r"\bhow many (\w+)", re.IGNORECASE)
_OFTEN = re.compile(r"\bhow often\b|多久\S{1,8}一次|几[天周月年]\S{1,8}一次", re.IGNORECASE)
_EVERY = re.compile(r"\b(?:every|each|per|once|twice|times|an? (?:hour|day|week|month|year))\b|每|次|隔", re.IGNORECASE)
_FIRST = 3  # hits of which one must hold such an answer: what stands below is not what would be answered
_SAME = 0.5  # share of the shorter sentence's words from which on two say the same


@dataclass(frozen=True, slots=True)
class Rival:
    """A sentence of a passage that answers, as it reads, and the values it gives; without a kind of value, its words."""

    passage: Passage
    says: str
    values: frozenset[str]
    valued: bool = True


def rivals(query: Query, hits: Sequence[Hit]) -> list[Rival]:
    """The sentences of ``hits`` that hold all that ``query`` says and have a value of the kind it wants, best hit first.

    Empty where the best hits have none, where there is only one, or where the question says nothing.
    """
    asked, kind = _asked(query.text), wanted(query.text)
    if not asked or kind == "reason" or (not kind and not _open(query.text)):
        return []
    # "How much does it weigh?" asks for no money.
    return _found(query, hits, asked, kind) or (_found(query, hits, asked, "number") if kind == "money" else [])


def _found(query: Query, hits: Sequence[Hit], asked: set[str], kind: str) -> list[Rival]:
    found: list[tuple[int, int, Rival, str]] = []
    for rank, hit in enumerate(hits):
        around = set(terms(" ".join([*names(hit.passage), str(hit.passage.meta.get("reading") or hit.passage.text)])))
        if asked <= around:
            found.extend((rank, *one) for one in _of(hit.passage, query.text, asked, kind))
    # A sentence that says less of what is asked than another does rivals it not.
    most = max((held for _, held, _, _ in found), default=0)
    found = [one for one in found if one[1] == most]
    unit = _commonest([unit for *_, unit in found])
    kept = [(rank, rival) for rank, _, rival, own in found if own == unit]
    return [rival for _, rival in kept] if len(kept) > 1 and kept[0][0] < _FIRST else []


def differ(one: Rival, other: Rival, labels: frozenset[str] = frozenset()) -> bool:
    """Whether two give different answers; ``labels`` are terms that tell them apart and are no part of it.

    A value that begins another, as 1998 does 1998-05-03, is none that differs.
    """
    if one.valued:
        return not any(a.startswith(b) or b.startswith(a) for a in one.values for b in other.values)
    mine, yours = one.values - labels, other.values - labels
    return bool(mine and yours) and len(mine & yours) < _SAME * min(len(mine), len(yours))


def _asked(text: str) -> set[str]:
    plain = _GENERIC_CHINESE.sub(" ", subject(text))
    return {term for term in telling(plain) if term not in GENERIC and (len(term) > 1 or term.isascii())}


def _open(text: str) -> bool:
    """Whether the question asks how something is done."""
    return bool(re.match(r"\W*how (?:do|does|to|can|should|is|are)\b", text, re.IGNORECASE)) or bool(
        re.search(r"怎么|怎麼|怎样|怎樣|如何", text)
    )


def _of(passage: Passage, question: str, asked: set[str], kind: str) -> Iterator[tuple[int, Rival, str]]:
    """The sentences of one passage that may answer, each with how many words of what is asked it holds, and its unit."""
    own = names(passage)
    heading = set(terms(own[-1])) if len(own) > 1 else set()
    title = set(terms(" ".join(own)))
    for _, says in units(passage):
        held = set(terms(says))
        if says.endswith(("?", "？")) or not asked <= held | title or not asked & (held | heading):
            continue
        if _OFTEN.search(question) and not _EVERY.search(says):
            continue
        for unit, values in _values(kind, " ".join(cells(passage, says, asked)), question).items():
            yield len(asked & held), Rival(passage, says, values, bool(kind)), unit


def cells(passage: Passage, says: str, asked: set[str]) -> list[str]:
    """Of a table row the cells that hold a word of what is asked, or all where none does; of other text, that text."""
    if not passage.meta.get("row"):
        return [says]
    every = _CELL.split(says)
    return [cell for cell in every[1:] if asked & set(terms(cell))] or every


def _values(kind: str, says: str, question: str) -> dict[str, frozenset[str]]:
    """By unit, the values of this kind in a sentence that the question does not give itself."""
    if not kind:
        return {"": frozenset(term for term in terms(says) if term not in STOP)}
    found: dict[str, set[str]] = {}
    for value, unit, said in _measured(kind, says, question):
        if said.casefold() not in question.casefold():
            found.setdefault(unit, set()).add(value)
    return {unit: frozenset(values) for unit, values in found.items()}


def _measured(kind: str, says: str, question: str) -> Iterator[tuple[str, str, str]]:
    """Values with their units, and as they are written."""
    from raglan.graph.quantities import dates, quantities

    if kind == "date":
        yield from ((one.name, kind, one.said) for one in dates(says))
    elif kind in ("person", "place"):
        yield from _named(kind, says)
    else:
        yield from _counted(says, question)
        for one in quantities(says):
            number, _, unit = one.name.rpartition(" ")
            if _fits(kind, unit):
                days = _DAYS.get(unit, 0) * _number(number)
                yield (f"{days:g} days", "time", one.said) if days else (one.name, unit, one.said)


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else 0.0


def _fits(kind: str, unit: str) -> bool:
    timed, paid, shared = unit in _DAYS, bool(_MONEY.search(unit)), unit == "%"
    return {"duration": timed, "money": paid, "percent": shared}.get(kind, not (timed or paid or shared))


def _counted(says: str, question: str) -> Iterator[tuple[str, str, str]]:
    """Numbers before the word that is counted: "32 rooms" where rooms are asked for."""
    for noun in _COUNTED.findall(question):
        for match in re.finditer(rf"(?<![\d.,])(\d[\d,]*)\s+(?:\w+\s+)?{re.escape(noun)}\b", says, re.IGNORECASE):
            yield f"{match[1].replace(',', '')} {noun.lower()}", noun.lower(), match.group()


def _named(kind: str, says: str) -> Iterator[tuple[str, str, str]]:
    from raglan.graph.entities import named
    from raglan.graph.entities_chinese import named_chinese
    from raglan.text.words import is_chinese

    for one in named_chinese(says) if is_chinese(says) else named(says):
        if one.kind == kind:
            yield one.name, kind, one.said


def _commonest(found: Sequence[str]) -> str:
    counts = Counter(found)
    return max(counts, key=lambda unit: (counts[unit], -found.index(unit)), default="")
