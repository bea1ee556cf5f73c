"""Markdown: blocks that point into the raw file, and how they read without their marks.

markdown-it-py tells which lines are what; the text stays as the author wrote it, so that a citation leads to the file.
"""

from __future__ import annotations

import html
import re
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from raglan.ingest.encodings import decode
from raglan.ingest.grid import row_reading
from raglan.ingest.plain import trimmed
from raglan.types import Block, Document, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

__all__ = ["read_markdown"]

_FRONT = re.compile(r"---[ \t]*(?:\r\n?|\n)(?P<body>.*?)(?:\r\n?|\n)(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL)
_SCALAR = re.compile(r"([A-Za-z_][\w-]{0,60})[ \t]*:[ \t]+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'\[{|>&*!%@`#].*?))(?:[ \t]+#.*)?[ \t]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_MARK = re.compile(r"\s*(?:[-*+]\s+(?:\[[ xX]\]\s+)?)?")
_QUOTE = re.compile(r"(?:\s*>)+\s*")
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>", re.DOTALL)
# Beyond this, marks that never close take the parser quadratic time, and the text is no prose.
_LONGEST = 20_000


def read_markdown(data: bytes, source: str) -> list[Document]:
    r"""One document whose characters are the file's; front matter becomes metadata.

    >>> [document] = read_markdown(b"# The *pump*\n\n- Rinse it [weekly](w.md).", "pump.md")
    >>> [(block.kind, block.reading) for block in document.layout], document.meta["title"]
    ([('heading', 'The pump'), ('item', 'Rinse it weekly.')], 'The pump')
    """
    text = decode(data, source)
    front = _FRONT.match(text)
    start = front.end() if front else 0
    layout = tuple(_Page(text, start).blocks())
    meta = _scalars(front["body"]) if front else {}
    title = next((block.reading or block.span.of(text) for block in layout if block.kind == "heading"), "")
    return [Document(source, text, source, meta={"title": title} | meta if title else meta, layout=layout)]


def _scalars(front: str) -> dict[str, str]:
    """The plain ``key: value`` lines of front matter."""
    found = (_SCALAR.fullmatch(line) for line in front.splitlines())
    pairs = {match[1].lower(): (match[2] or match[3] or match[4] or "").strip() for match in found if match}
    if "lang" in pairs:
        pairs.setdefault("language", pairs.pop("lang"))
    return {key: value for key, value in pairs.items() if value}


def _parser() -> MarkdownIt:
    # Text within text is read block by block below: there alone is its size known.
    return MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).disable("inline")


class _Page:
    """The tokens of a text and the characters that they stand for."""

    def __init__(self, text: str, start: int) -> None:
        lengths = (len(match.group()) for match in _LINE.finditer(text, start))
        self._text = text
        self._lines = list(accumulate(lengths, initial=start))
        self._parser = _parser()
        self._links: dict[str, object] = {}
        self._tokens = self._parser.parse(text[start:], self._links)

    def blocks(self) -> Iterator[Block]:
        item = False
        names: list[str] = []
        for at, token in enumerate(self._tokens):
            match token.type:
                case "list_item_open":
                    item = True
                case "heading_open":
                    yield from self._heading(token, self._tokens[at + 1])
                    item = False
                case "paragraph_open":
                    yield from self._prose(token, self._tokens[at + 1].content, "item" if item else "text")
                    item = False
                case "fence" | "code_block":
                    yield from self._code(token)
                    item = False
                case "html_block":
                    yield from self._markup(token)
                case "tr_open":
                    cells = self._cells(at)
                    if self._tokens[at + 2].type == "th_open" or self._tokens[at + 1].type == "th_open":
                        names = cells
                        yield from self._lone_header(token, at)
                    else:
                        yield from self._block(token, "row", reading=row_reading(names, cells))

    def _span(self, token: Token, skip: re.Pattern[str] = _QUOTE) -> Span:
        """The characters of the token's lines, without what quotes them."""
        first, last = token.map or (0, 0)
        start, end = self._lines[first], self._lines[min(last, len(self._lines) - 1)]
        quoted = skip.match(self._text, start, end)
        return trimmed(self._text, quoted.end() if quoted else start, end)
