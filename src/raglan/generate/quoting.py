"""What is cited for an answer that stands in a source: the sentences around it, and no passage twice for the same words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from raglan.models.blocks import Source
from raglan.text.sentences import sentences
from raglan.types import Citation, Passage, Span

__all__ = ["once", "quoted"]


def quoted(span: Span, passage: Passage, source: Source) -> Span:
    """What is cited for characters of a source: the sentences that they touch, as one stretch, or the whole row."""
    if source.text != passage.text:
        return Span(0, len(passage.text))
    touched = [one for one in sentences(passage.text) if one.overlaps(span)]
    return Span(touched[0].start, touched[-1].end) if touched else span


def once(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Without those that quote what one before quotes."""
    seen: dict[Any, Citation] = {}
    for one in citations:
        seen.setdefault((one.passage.id, one.quote), one)
    return tuple(seen.values())
