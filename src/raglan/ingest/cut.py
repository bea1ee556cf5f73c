"""Documents cut into passages: by heading and page, then by paragraph, then by sentence.

A passage holds what a reader would take in at once: small neighbours under one heading together, a long paragraph in
even parts that end where sentences end. Passages do not overlap; a heading goes with each passage as metadata and not
as text, since what is cited must stand in one piece in the document.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from math import ceil, inf
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ConfigError
from raglan.ingest.plain import paragraphs, trimmed
from raglan.text.sentences import sentences
from raglan.text.words import chinese_share
from raglan.types import Block, Document, Passage, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["by_structure"]

# A Chinese character says as much as so many Latin ones: 300 of them fill a passage of 800.
_CHINESE = 8 / 3
# List marks, quote marks and fences may stand between blocks that belong together; more is something left out.
_GAP = 20
_LONGEST_HEADING = 200
_CLAUSE = re.compile(r"[,;:](?=\s)|[，；：、]")
_SPACE = re.compile(r"\s")
_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")


class _Piece(NamedTuple):
    """Some characters and the blocks they come from; ``whole`` where these are all the characters of the blocks."""

    span: Span
    blocks: tuple[Block, ...]
    cost: float
    whole: bool = True


def by_structure(document: Document, *, size: int = 800) -> Iterator[Passage]:
    r"""Passages of about ``size`` Latin characters, or three eighths as many Chinese ones, in order.

    Table rows stand alone; a heading with nothing below it is a passage itself.

    >>> document = Document("pump", "Care\n\nRinse it weekly.\n\nOil it monthly.", layout=(
    ...     Block(Span(0, 4), "heading", level=1), Block(Span(6, 22)), Block(Span(24, 39))))
    >>> [(passage.id, passage.meta["headings"]) for passage in by_structure(document)]
    [('pump:6-39', ('Care',))]
    """
    if not isinstance(size, int) or size < 1:
        raise ConfigError(f"size is {size!r}, must be a whole number of characters, 1 or more")
    text = document.text
    for headings, run in _runs(text, _blocks(document)):
        units = [unit for block in run for unit in _units(text, block, size)]
        for piece in _merged(units, size):
            meta = _meta(document, headings, piece)
            name = f"{document.id}:{piece.span.start}-{piece.span.end}"
            yield Passage(name, piece.span.of(text), document.id, piece.span, meta=meta)


def _blocks(document: Document) -> list[Block]:
    text = document.text
    if not document.layout:
        return [Block(Span(lines[0].start, lines[-1].end)) for lines in paragraphs(text)]
    tight = ((block, trimmed(text, block.span.start, block.span.end)) for block in document.layout)
    return [_with_span(block, span) for block, span in tight if span]


def _with_span(block: Block, span: Span) -> Block:
    return Block(span, block.kind, block.level, block.reading, block.page, block.box)


def _runs(text: str, blocks: Sequence[Block]) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Blocks that may share a passage, with the headings above them."""
    path: list[tuple[int, str]] = []
    run: list[Block] = []
    for block, bare in zip(blocks, _bare(blocks), strict=True):
        if run and not _belongs(text, run[-1], block):
            yield tuple(name for _, name in path), run
            run = []
        if block.kind != "heading":
            run.append(block)
            continue
        while path and path[-1][0] >= block.level:
            path.pop()
        if bare:
            yield tuple(name for _, name in path), [block]
        path.append((block.level, " ".join(_reading(text, block).split())[:_LONGEST_HEADING]))
    if run:
        yield tuple(name for _, name in path), run


def _bare(blocks: Sequence[Block]) -> list[bool]:
    """For each block whether it is a heading over nothing: no text follows before a heading of its level or above."""
    found: list[bool] = []
    highest = -inf  # of the headings from here to the next text; the end of the document is above all headings
    for block in reversed(blocks):
        if block.kind == "heading":
            found.append(highest <= block.level)
            highest = min(highest, block.level)
        else:
            found.append(False)
            highest = inf
    return found[::-1]


def _belongs(text: str, before: Block, block: Block) -> bool:
    if {"heading", "row"} & {before.kind, block.kind} or before.page != block.page:
        return False
    return len("".join(text[before.span.end : block.span.start].split())) <= _GAP


def _cost(part: str) -> float:
    return len(part) * (1 + (_CHINESE - 1) * chinese_share(part))


def _units(text: str, block: Block, size: int) -> Iterator[_Piece]:
    """The block whole where it is small enough, else in even parts."""
    cost = _cost(block.span.of(text))
    if cost <= (2 * size if block.kind == "row" else size):
        yield _Piece(block.span, (block,), cost)
        return
    lines = _code_lines(text, block.span) if block.kind == "code" else _sentences(text, block.span)
    small = [span for line in lines for span in _divided(text, line, size)]
    for span in _even(text, small, size):
        yield _Piece(span, (block,), _cost(span.of(text)), whole=span == block.span)


def _sentences(text: str, span: Span) -> Iterator[Span]:
    return (found.shift(span.start) for found in sentences(span.of(text)))


def _code_lines(text: str, span: Span) -> Iterator[Span]:
    return (trimmed(text, *match.span()) for match in _LINE.finditer(text, span.start, span.end))


def _divided(text: str, span: Span, size: int) -> Iterator[Span]:
    """A sentence, cut if it is longer than two passages: it is a list, a table or no sentence at all."""
    cost = _cost(span.of(text))
    start = span.start
    if cost > 2 * size:
        width = ceil(len(span) / ceil(cost / size))
        while span.end - start > width:
            end = _cut(text, start, start + width)
            yield from filter(None, [trimmed(text, start, end)])
            start = end
    yield from filter(None, [trimmed(text, start, span.end)])


def _cut(text: str, start: int, end: int) -> int:
    """Where best to cut before ``end``: behind a clause, else behind a word, else between two characters."""
    middle = (start + end) // 2
    for mark in (_CLAUSE, _SPACE):
        ends = [match.end() for match in mark.finditer(text, middle, end)]
        if ends:
            return ends[-1]
    while end > middle + 1 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    return end


def _even(text: str, spans: Sequence[Span], size: int) -> Iterator[Span]:
    """Neighbouring spans joined into as few parts as ``size`` allows, all about equally long."""
    # White space between two spans counts too: it will be part of the passage that holds both.
    gaps = [0, *(after.start - before.end for before, after in pairwise(spans))]
    costs = [_cost(span.of(text)) + gap for span, gap in zip(spans, gaps, strict=True)]
    goal = sum(costs) / max(1, ceil(sum(costs) / size))
    starts, filled = [0], 0.0
    for at, cost in enumerate(costs):
        if filled and (filled + cost > size or filled + cost / 2 > goal):
            starts.append(at)
            filled = 0.0
        filled += cost
    for start, end in pairwise([*starts, len(spans)]):
        yield Span(spans[start].start, spans[end - 1].end)


def _merged(units: Sequence[_Piece], size: int) -> list[_Piece]:
    """Small neighbours together; a small rest goes with what stands before it."""
    merged: list[_Piece] = []
    for at, unit in enumerate(units):
        rest = at == len(units) - 1 and unit.cost < size / 5
        joined = _joined(merged[-1], unit) if merged else unit
        if merged and joined.cost <= (1.25 * size if rest else size):
            merged[-1] = joined
        else:
            merged.append(unit)
    return merged


def _joined(first: _Piece, second: _Piece) -> _Piece:
    return _Piece(
        Span(first.span.start, second.span.end),
        first.blocks + second.blocks,
        first.cost + second.cost + second.span.start - first.span.end,
        first.whole and second.whole,
    )


def _meta(document: Document, headings: tuple[str, ...], piece: _Piece) -> dict[str, Any]:
    # What a file calls its "page" or "headings" must not pass for what is known of this passage.
    meta = {
        key: value for key, value in document.meta.items() if key not in {"headings", "page", "box", "reading", "row"}
    }
    page = piece.blocks[0].page
    known = {
        "headings": headings,
        "page": page if page is not None else document.meta.get("page"),
        "box": _around(piece.blocks),
        "reading": _aloud(document.text, piece),
        "row": all(block.kind == "row" for block in piece.blocks),
    }
    return meta | {key: value for key, value in known.items() if value}


def _around(blocks: Sequence[Block]) -> tuple[float, float, float, float] | None:
    """The smallest box that holds all the blocks'."""
    boxes = [block.box for block in blocks if block.box is not None]
    if not boxes or len(boxes) < len(blocks):
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _aloud(text: str, piece: _Piece) -> str:
    if not piece.whole or not any(block.reading for block in piece.blocks):
        return ""
    return "\n".join(_reading(text, block) for block in piece.blocks)


def _reading(text: str, block: Block) -> str:
    return block.reading or block.span.of(text)
