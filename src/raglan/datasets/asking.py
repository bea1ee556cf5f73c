"""What can be asked of a passage by rule: for its heading, its table cells, its definitions, its gaps.

Each rule gives a question and an answer that stands in the passage. A rule that is not sure is silent: of a hundred
sentences, a few that make good questions are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from raglan.datasets.asking_definitions import definition
from raglan.datasets.asking_gaps import gap
from raglan.text.sentences import sentences
from raglan.text.words import chinese_share, is_chinese
from raglan.types import Passage

__all__ = ["Asked", "asked"]

_NUMBERING = re.compile(
    r"\s*(?:(?:chapter|section|part|appendix)\s+)?(?:[\dIVX]+(?:\.\d+)*[.):]?|[A-Za-z][.)])\s+", re.IGNORECASE
)
_NUMBERING_ZH = re.compile(
    r"\s*(?:第[\d一二三四五六七八九十百]+[章节条部分]+|[一二三四五六七八九十]+[、.．]|\d+(?:\.\d+)*[、.．]?)\s*"
)
# They announce nothing.
_VAGUE = frozenset(
    """overview introduction summary general contents notes note details background conclusion appendix references faq
    questions example examples other misc miscellaneous
    概述 简介 引言 总结 说明 目录 附录 其他 其它 背景 备注 注意 总则 附则 概要
    簡介 總結 說明 目錄 附錄 備註 總則 附則""".split()
)
_HOW_TO = re.compile(r"how to (?=\w)", re.IGNORECASE)
_CELL = re.compile(r";\s(?=[^:;]{1,60}:\s)")
_NO_VALUE = frozenset("yes no none n/a na tbd 是 否 无 有 未知".split())
_LONGEST_CELL, _LONGEST_ANSWER = 80, 400


class Asked(NamedTuple):
    """A question that a passage answers; ``kind`` is ``heading``, ``cell``, ``definition`` or ``gap``."""

    kind: str
    question: str
    answer: str


def asked(passage: Passage) -> Iterator[Asked]:
    """All that the rules ask of ``passage``."""
    if passage.meta.get("row"):
        yield from _cells(passage)
        return
    yield from _heading(passage)
    for span in sentences(passage.text):
        sentence = span.of(passage.text)
        for kind, rule in (("definition", definition), ("gap", gap)):
            found = rule(sentence)
            if found:
                yield Asked(kind, *found)


def _heading(passage: Passage) -> Iterator[Asked]:
    """Asks for what the innermost heading announces; the answer is the first sentence below it."""
    headings = passage.meta.get("headings") or ()
    spans = sentences(passage.text)
    if not headings or not spans or len(spans[0]) > _LONGEST_ANSWER:
        return
    heading = _unnumbered(str(headings[-1]))
    about = _unnumbered(str(passage.meta.get("title") or headings[0]))
    answer = spans[0].of(passage.text)
    if _says_something(heading) and _plain(heading) != _plain(answer):
        yield Asked("heading", _announced(heading, about if _plain(about) != _plain(heading) else ""), answer)


def _announced(heading: str, about: str) -> str:
    if heading.endswith(("?", "？")):
        return heading
    if is_chinese(heading):
        return f"关于“{heading}”，{f'《{about}》' if about else ''}是怎么说的？"
    if _HOW_TO.match(heading):
        return f"How do I {_HOW_TO.sub('', heading, count=1)}?"
    topic = _lowered(heading)
    return f"What does {about} say about {topic}?" if about else f"What is said about {topic}?"


def _says_something(heading: str) -> bool:
    letters = sum(map(str.isalpha, heading))
    enough = 2 if chinese_share(heading) else 4
    return enough <= letters <= 80 and heading.casefold().strip(" :：.") not in _VAGUE


def _unnumbered(heading: str) -> str:
    short = " ".join(_after(_NUMBERING_ZH, _after(_NUMBERING, heading)).split()).strip(" :：")
    return short or heading.strip()


def _after(pattern: re.Pattern[str], heading: str) -> str:
    match = pattern.match(heading)
    return heading[match.end() :] if match else heading


def _lowered(heading: str) -> str:
    """``heading`` as it would stand within a sentence: names and abbreviations keep their capitals."""
    first, *others = heading.split(" ")
    if not first[1:].islower() or any(word[:1].isupper() for word in others):
        return heading
    return " ".join([first.lower(), *others])


def _cells(passage: Passage) -> Iterator[Asked]:
    """Asks for every cell of a table row but the first, which names what the row is about."""
    reading = str(passage.meta.get("reading") or "")
    cells = [cell.partition(": ")[::2] for cell in _CELL.split(reading)]
    if "\n" in reading or len(cells) < 2 or not all(value for _, value in cells):
        return
    (_, name), *others = cells
    if len(name) > _LONGEST_CELL or not any(map(str.isalpha, name)):
        return
    for header, value in others:
        if value in passage.text and _is_value(value):
            yield Asked("cell", _of_cell(header, name), value)


def _is_value(value: str) -> bool:
    return len(value) <= _LONGEST_ANSWER and any(map(str.isalnum, value)) and value.casefold() not in _NO_VALUE


def _of_cell(header: str, name: str) -> str:
    return f"{name}的{header}是什么？" if is_chinese(header) else f"What is the {_lowered(header)} of {name}?"


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
