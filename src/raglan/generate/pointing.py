"""From the chances that an answer starts and ends at each token to answers: where they stand, and how sure each is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from raglan.models.blocks import Block
from raglan.types import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Logs = NDArray[np.float32]

__all__ = ["Pointed", "Voted", "elected", "pointed", "said"]

_TRIED = 20  # of the best starts and ends of a block
_TOLD = 0.1  # of the best place's chance: other places of the same answer that are told


class Pointed(NamedTuple):
    """An answer at the characters ``span`` of the text of the source at ``source``, with the ``chance`` that it is meant."""

    source: int
    span: Span
    chance: float


class Voted(NamedTuple):
    """The ``places`` of an answer, likeliest first, and the ``chance`` that it is meant, theirs together."""

    places: list[Pointed]
    chance: float


def pointed(start: Logs, end: Logs, blocks: Sequence[Block], *, most: int = 48) -> tuple[list[Pointed], float]:
    """The answers of one question, likeliest first, and the chance that there is none.

    ``start`` and ``end`` float [n, s] are the logs of chances that together sum to 1 over all n ``blocks``; the first token
    of each means that there is none. An answer has at most ``most`` tokens. Blocks that overlap may show the same one: it
    has the chances of both.
    """
    found: dict[tuple[int, Span], float] = {}
    for at, block in enumerate(blocks):
        for first, last in _likely(start[at], end[at], block, most):
            span = Span(block.spans[first - block.first][0], block.spans[last - block.first][1])
            chance = math.exp(float(start[at][first] + end[at][last]))
            found[block.source, span] = found.get((block.source, span), 0.0) + chance
    made = [Pointed(source, span, chance) for (source, span), chance in found.items()]
    nothing = sum(math.exp(float(s[0] + e[0])) for s, e in zip(start, end, strict=True))
    return sorted(made, key=lambda one: (-one.chance, one.source, one.span.start, one.span.end)), min(nothing, 1.0)


def elected(found: Sequence[Pointed], texts: Sequence[str]) -> list[Voted]:
    """Answers, each with the chances of all places that say it, likeliest first.

    ``found`` is as :func:`pointed` gives it, ``texts`` are those of the sources.
    """
    votes: dict[str, list[Pointed]] = defaultdict(list)
    for one in found:
        votes[said(one, texts[one.source]).casefold()].append(one)
    made = [
        Voted(
            [one for one in places if one.chance >= _TOLD * places[0].chance],
            min(1.0, math.fsum(one.chance for one in places)),
        )
        for places in votes.values()
    ]
    return sorted(made, key=lambda one: -one.chance)


def said(one: Pointed, text: str) -> str:
    """The answer as it stands in the ``text`` of its source, on one line."""
    return " ".join(one.span.of(text).split())


def _likely(start: Logs, end: Logs, block: Block, most: int) -> list[tuple[int, int]]:
    """Pairs of tokens of a block's text, first and last, that may be an answer."""
    stop = block.first + len(block.spans)
    firsts, lasts = (
        [block.first + int(at) for at in (-row[block.first : stop]).argsort(kind="stable")[:_TRIED]]
        for row in (start, end)
    )
    return [(first, last) for first in firsts for last in lasts if first <= last < first + most]
