"""Facts that are laid out as such: ``key: value`` lines, and the rows of tables with the names of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from raglan.graph.found import Fact
from raglan.types import Passage, Span

__all__ = ["laid_out"]

_LINE = re.compile(
    r"^[ \t]*(?:[-*•] )?(?P<key>[^\W\d_][^:：\n|]{0,39}?)[ \t]*[:：][ \t]*(?P<value>[^\s:：][^\n|"
    r"]{0,119}?)[ \t]*$",
    re.MULTILINE,
)
_CELL = re.compile(r"; (?=[^:;]{1,60}: )")
_SPOKEN = re.compile(
    r"^(?:https?|note|notes|example|e\.g|see|tip|warning|answer|question|source|注|注意|说明|例如|"
    r"问|答|原标题|提示|来源)$",
    re.IGNORECASE,
)


def laid_out(passage: Passage) -> Iterator[Fact]:
    """Facts of lines and rows; what they are about is the first cell of a row, or else the nearest heading or title.

    >>> row = Passage("p:0", "Lid;red", "p", Span(0, 7), meta={"reading": "Part: Lid; Colour: red", "row": True})
    >>> [(one.head, one.relation, one.tail) for one in laid_out(row)]
    [('Lid', 'Colour', 'red')]
    """
    if passage.meta.get("row"):
        yield from _row(passage)
    else:
        yield from _lines(passage)


def _row(passage: Passage) -> Iterator[Fact]:
    cells = [cell.partition(": ")[::2] for cell in _CELL.split(str(passage.meta.get("reading") or ""))]
    named = [(name.strip(), value.strip()) for name, value in cells if name.strip() and value.strip()]
    if len(named) < 2 or len(named[0][1]) > 80:
        return
    head = named[0][1]
    for name, value in named[1:]:
        if len(value) <= 160:
            yield Fact(Span(0, len(passage.text)), head, name, value, "row")


def _lines(passage: Passage) -> Iterator[Fact]:
    headings = passage.meta.get("headings") or ()
    head = str(headings[-1] if headings else passage.meta.get("title") or "")
    found = [match for match in _LINE.finditer(passage.text) if _plain(match)]
    # One such line among sentences is mostly a turn of phrase; several are a sheet of facts.
    if not head or len(found) < 2:
        return
    for match in found:
        yield Fact(
            Span(*match.span("key")[:1], match.end("value")),
            head,
            match["key"].strip("*_ "),
            match["value"].strip("*_ "),
            "line",
        )


def _plain(match: re.Match[str]) -> bool:
    name = match["key"]
    return len(name.split()) <= 5 and not _SPOKEN.match(name.strip()) and not re.search(r"[.。？?!！,，;；\"“]", name)
