"""Plain text: paragraphs, lists, and the headings that can be told from their looks alone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from raglan.ingest.encodings import decode
from raglan.types import Block, Document, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["paragraphs", "read_text", "trimmed"]

_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")
_BREAK = re.compile(r"\r\n?|\n")
_ITEM = re.compile(
    r"\s*(?:[-*+•·▪◦‣–]\s+|\d{1,3}[.)、．](?!\d)\s?|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,3}|[a-z])[）)]|[a-z]\)\s|[一二三四五六七八九十]{1,3}[、．]"
    r"|[①-⑳])\s*\S"
)
_RULE = re.compile(r"\s*([=\-~#*_^+])\1{2,}\s*")
_DECIMAL = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,3}){1,4})\.?(?:[ \t\u3000]+(?=[^\W\d_])|(?=[㐀-鿿]))(?P<first>\S)")
_CHAPTER = re.compile(r"第[一二三四五六七八九十百千零〇两兩\d]{1,6}(?P<unit>[部编編篇卷章回节節])(?P<gap>[\s:：]|$)?")
_ENGLISH = re.compile(r"(?:(part|volume)|(chapter|appendix)|section)\s+(?:\d[\d.]*|[IVXLC]+|[A-Z])\b", re.IGNORECASE)
_COUNT = re.compile(
    r"[一二三四五六七八九十]{1,3}、\S|\d{1,2}(?:[.)][ \t]+|[ \t\u3000]+)[A-ZÀ-Þ㐀-鿿]|\d{1,2}[.、．][㐀-鿿]"
)
_LEVELS = {**dict.fromkeys("部编編篇卷", 1), **dict.fromkeys("章回", 2), **dict.fromkeys("节節", 3)}
_UNDERLINES = "=-~^"
_LONGEST = 80
_SENTENCE_ENDS = tuple(".。!！?？;；:：,，、…")


def read_text(data: bytes, source: str) -> list[Document]:
    r"""One document; its characters are the file's, so that a span leads into the file.

    >>> [document] = read_text(b"Pump\n====\n\nRinse it weekly.", "pump.txt")
    >>> [(block.kind, block.span.of(document.text)) for block in document.layout]
    [('heading', 'Pump'), ('text', 'Rinse it weekly.')]
    """
    text = decode(data, source)
    layout = tuple(_layout(text))
    # A heading further down names a section, not the document.
    title = layout[0].span.of(text) if layout and layout[0].kind == "heading" else ""
    return [Document(source, text, source, meta={"title": title} if title else {}, layout=layout)]


def paragraphs(text: str) -> Iterator[list[Span]]:
    """The paragraphs of ``text``, which blank lines part: for each its lines, trimmed."""
    lines: list[Span] = []
    for match in _LINE.finditer(text):
        line = trimmed(text, match.start(), match.end())
        if lines and len(_BREAK.findall(text, lines[-1].end, line.start)) > 1:
            yield lines
            lines = []
        lines.append(line)
    if lines:
        yield lines


def trimmed(text: str, start: int, end: int) -> Span:
    """The span from ``start`` to ``end`` without the white space at its ends."""
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    return Span(begin, max(begin, start + len(part.rstrip())))


def _layout(text: str) -> Iterator[Block]:
    found = list(paragraphs(text))
    lone = [_lone(text, lines) for lines in found]
    counted = _counted(lone)
    for at, lines in enumerate(found):
        level = _heading_level(lone[at], last=at + 1 == len(found)) or 2 * counted[at]
        if at == 0 and len(found) > 1 and level in {0, 2} and _names_document(lone[0]):
            level = 1
        if level:
            yield Block(lines[0], "heading", level)
        else:
            yield from _body(text, lines)


def _lone(text: str, lines: Sequence[Span]) -> str:
    """The line that is a paragraph by itself, if it could be a heading."""
    line = lines[0].of(text) if len(lines) == 1 and len(lines[0]) <= _LONGEST else ""
    return "" if line.endswith(_SENTENCE_ENDS) else line


def _heading_level(line: str, *, last: bool) -> int:
    """The level of a paragraph that is nothing but a heading; 0 if it is text."""
    if match := _DECIMAL.match(line):
        # "3.5 million people" begins with a number, not with a section's.
        return 0 if match["first"].islower() else match["number"].count(".") + 2
    if match := _CHAPTER.match(line):
        return _LEVELS[match["unit"]]
    if match := _ENGLISH.match(line):
        return 1 if match[1] else 2 if match[2] else 3
    return 2 if _shouted(line) and not last else 0


def _counted(lone: Sequence[str]) -> list[bool]:
    """For each paragraph whether it is a heading that counts: "2. Care", "二、维护".

    Numbered headings have something between them, and there are several; numbered steps follow one another.
    """
    numbered = [bool(_COUNT.match(line)) and len(line) <= _LONGEST * 3 // 4 for line in lone]
    beside = zip([False, *numbered], numbered, [*numbered[1:], True], strict=False)
    apart = [here and not before and not after for before, here, after in beside]
    return apart if sum(apart) > 1 else [False] * len(apart)


def _names_document(line: str) -> bool:
    """Whether the first paragraph is a title: a line of some words, neither an item nor a date nor an address."""
    return (
        3 < len(line) <= _LONGEST * 3 // 4 and not _ITEM.match(line) and sum(map(str.isalpha, line)) > len(line) * 0.6
    )


def _shouted(line: str) -> bool:
    """Whether ``line`` is a title in capitals."""
    return (
        line.isupper()
        and line.isascii()
        and line[0].isalpha()
        and sum(map(str.isalpha, line)) >= max(4, len(line) // 2)
    )


def _body(text: str, lines: Sequence[Span]) -> Iterator[Block]:
    """The blocks of a paragraph that is more than a heading: it may still hold headings, and no blank lines."""
    start = at = 0
    while at < len(lines):
        title, level, rest = _titled(text, lines, at)
        if not level:
            at += 1
            continue
        yield from _pieces(text, lines[start:at])
        yield Block(lines[title], "heading", level)
        start = at = rest
    yield from _pieces(text, lines[start:])


def _titled(text: str, lines: Sequence[Span], at: int) -> tuple[int, int, int]:
    """Which line is the title that begins at line ``at``, its level (0 if there is none), and where text goes on."""
    line = lines[at].of(text)
    if (match := _CHAPTER.match(line)) and _stands_out(line, match):
        return at, _LEVELS[match["unit"]], at + 1
    title = at + 1 if _RULE.fullmatch(line) else at
    if title + 1 < len(lines):
        rule = _RULE.fullmatch(lines[title + 1].of(text))
        name = lines[title].of(text)
        if rule and rule[1] in _UNDERLINES and len(name) <= _LONGEST and not _RULE.fullmatch(name):
            return title, _UNDERLINES.index(rule[1]) + 1, title + 2
    return at, 0, at


def _stands_out(line: str, match: re.Match[str]) -> bool:
    return match["gap"] is not None and len(line) <= _LONGEST // 2 and not line.endswith(_SENTENCE_ENDS)


def _pieces(text: str, lines: Sequence[Span]) -> Iterator[Block]:
    """Text and list items; lines that only draw a rule are no part of either."""
    starts = [at for at, line in enumerate(lines) if _ITEM.match(line.of(text))]
    # One line in the middle that begins like an item is more likely a sentence that was wrapped there.
    if len(starts) == 1 and starts[0] and not lines[starts[0] - 1].of(text).endswith((":", "：")):
        starts = []
    first = starts[0] if starts else len(lines)
    yield from _joined(text, lines[:first], "text")
    for start, end in pairwise([*starts, len(lines)]):
        yield from _joined(text, lines[start:end], "item")


def _joined(text: str, lines: Sequence[Span], kind: str) -> Iterator[Block]:
    kept = [line for line in lines if not _RULE.fullmatch(line.of(text))]
    if kept:
        yield Block(Span(kept[0].start, kept[-1].end), kind)
