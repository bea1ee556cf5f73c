"""Text and its layout, written side by side, so that every block points into the text it was written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from raglan.types import Block, Document, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Blocks", "Box"]

Box = tuple[float, float, float, float]

# Neighbours of one of these kinds belong together: a list, a table.
_TIGHT = frozenset({"item", "row"})


class Blocks:
    r"""Collects a document block by block.

    >>> blocks = Blocks()
    >>> blocks.add("Care", "heading", level=1)
    >>> blocks.add("Rinse it.")
    >>> blocks.text
    'Care\n\nRinse it.'
    >>> blocks.layout[1].span.of(blocks.text)
    'Rinse it.'
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at = 0
        self.layout: list[Block] = []

    def add(
        self,
        text: str,
        kind: str = "text",
        *,
        level: int = 0,
        reading: str = "",
        page: int | None = None,
        box: Box | None = None,
    ) -> None:
        """Write ``text`` behind what is there, a blank line apart; nothing but white space is left out."""
        text = text.strip()
        if not text:
            return
        self._write(self._gap(kind))
        span = Span(self._at, self._at + len(text))
        self._write(text)
        self.layout.append(Block(span, kind, level, reading if reading != text else "", page, box))

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)

    def document(self, source: str, meta: Mapping[str, Any]) -> Document:
        """The document, named by its source."""
        return Document(source, self.text, source, meta=meta, layout=tuple(self.layout))

    def _gap(self, kind: str) -> str:
        if not self.layout:
            return ""
        last = self.layout[-1].kind
        return "\n" if kind == last and kind in _TIGHT else "\n\n"

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._at += len(text)
