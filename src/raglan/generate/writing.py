"""From decoded tokens to a text: what was copied stands as its source has it, and knows where that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from raglan.generate.decoding import Told
from raglan.models.blocks import Block, Cutter
from raglan.types import Span

__all__ = ["Run", "composed"]

_CLOSE = re.compile(r"[\s,.;:!?%)\]}'’”。，、；：！？）》」』]|$")  # stands against what is before it
_OPEN = re.compile(r".*[\s(\[{$€£“‘（《「『-]$", re.DOTALL)  # stands against what is behind it
_WORD = re.compile(r"\w+")
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")


class Run(NamedTuple):
    """A stretch of a written text, and where it was copied from: characters of the text of a source, or nowhere."""

    span: Span
    source: int = -1
    copied: Span | None = None


def composed(
    told: Told, blocks: Sequence[Block], texts: Sequence[str], cutter: Cutter, *, like: str = ""
) -> tuple[str, list[Run]]:
    """The text of ``told``, decoded over ``blocks`` of sources with these ``texts``, and its stretches in order.

    Word pieces may know no capitals: words that no source has are written as in ``like``, such as the question.
    """
    text, runs, forms = "", list[Run](), _forms(like)
    for tokens, source, copied in _stretches(told, blocks):
        words = (
            copied.of(texts[source])
            if copied
            else _WORD.sub(lambda one: forms.get(one[0], one[0]), cutter.words(tokens))
        )
        joined = words.startswith("##")
        words = words.removeprefix("##")
        if not words:
            continue
        gap = "" if joined or not text or _meet(text, words) else " "
        start = len(text) + len(gap)
        text += gap + words
        runs.append(Run(Span(start, len(text)), source, copied))
    return text, runs


def _forms(like: str) -> dict[str, str]:
    """How words of a text are written that do not begin it."""
    _, *rest = _WORD.findall(like) or [""]
    return {one.lower(): one for one in rest if one != one.lower()}


def _stretches(told: Told, blocks: Sequence[Block]) -> list[tuple[list[int], int, Span | None]]:
    """Tokens that were copied from one place on, or that are the writer's own, with the characters that they stand for."""
    places = [(block, at) for block in blocks for at in range(len(block.ids))]
    made: list[tuple[list[int], int, Span | None]] = []
    before: tuple[Block, int] | None = None
    for token, whence in zip(told.tokens, told.whence, strict=True):
        here = places[whence] if whence >= 0 else None
        copied = _characters(*here) if here else None
        follows = copied and before and here and before[0] is here[0] and before[1] + 1 == here[1]
        if made and follows and made[-1][2] and copied:
            tokens, source, span = made[-1]
            made[-1] = [*tokens, token], source, Span(span.start if span else copied.start, copied.end)
        elif made and not copied and not made[-1][2]:
            made[-1][0].append(token)
        else:
            made.append(([token], here[0].source if here and copied else -1, copied))
        before = here if copied else None
    return made


def _characters(block: Block, at: int) -> Span | None:
    """What a block's token stands for in the text of its source; a token of the question or the title for nothing."""
    place = at - block.first
    return Span(*block.spans[place]) if 0 <= place < len(block.spans) else None


def _meet(before: str, after: str) -> bool:
    if _CLOSE.match(after) or _OPEN.match(before):
        return True
    return bool(_HAN.match(before[-1]) and _HAN.match(after[0]))
