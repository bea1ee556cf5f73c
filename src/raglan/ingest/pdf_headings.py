"""Which pieces of a PDF are headings, and of which level: by the size of their letters, and by boldness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from raglan.ingest.pdf_lines import Line
    from raglan.ingest.pdf_paragraphs import Piece

__all__ = ["Body", "levels"]

_LARGER, _NOT_SMALLER = 1.15, 0.95
_LONGEST, _LONGEST_BOLD = 200, 120
_MOST_LINES, _MOST_BOLD_LINES = 4, 2
_DEEPEST = 6
# Sizes that differ by less were meant to be the same.
_SAME = 1.05


@dataclass(frozen=True, slots=True)
class Body:
    """What most of a document is set in."""

    size: float
    bold: bool

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Body:
        """The look that most characters have."""
        sizes: Counter[float] = Counter()
        bold = 0
        for line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
            bold += len(line.text) if line.bold else 0
        return cls(sizes.most_common(1)[0][0] if sizes else 0.0, bold > sizes.total() / 2)


def levels(found: Sequence[Piece], body: Body) -> dict[int, int]:
    """The level of each heading among ``found``, by its number there: the larger, the higher."""
    headings = [at for at, piece in enumerate(found) if _is_heading(piece, body)]
    steps: list[float] = []
    for size in sorted({found[at].size for at in headings}, reverse=True):
        if not steps or steps[-1] > _SAME * size:
            steps.append(size)
    return {at: _level(found[at].size, steps) for at in headings}


def _level(size: float, steps: Sequence[float]) -> int:
    return min(_DEEPEST, sum(size <= step * 1.001 for step in steps) or 1)


def _is_heading(piece: Piece, body: Body) -> bool:
    text = " ".join(line.text for line in piece.lines)
    if piece.kind == "row" or len(text) > _LONGEST or sum(map(str.isalpha, text)) < 2:
        return False
    if piece.size >= _LARGER * body.size:
        return len(piece.lines) <= _MOST_LINES
    return (
        piece.bold
        and not body.bold
        and piece.size >= _NOT_SMALLER * body.size
        and len(piece.lines) <= _MOST_BOLD_LINES
        and len(text) <= _LONGEST_BOLD
        and not text.endswith((".", ",", ";", "。", "，", "；"))
    )
