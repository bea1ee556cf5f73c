"""Markdown: blocks that point into the raw file, and how they read without their marks.

markdown-it-py tells which lines are what; the text stays as the author wrote it, so that a citation leads to the file.
"""

from __future__ import annotations

import html
import re
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from raglan.ingest.encodings import decode
from raglan.ingest.grid import row_reading
from raglan.ingest.plain import trimmed
from raglan.types import Block, Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

__all__ = ["read_markdown"]

_FRONT = re.compile(r"---[ \t]*(?:\r\n?|\n)(?P<body>.*?)(?:\r\n?|\n)(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL)
_YAML = re.compile(r"[A-Za-z_][\w-]*[ \t]*:(?:[ \t].*)?|[ \t].*|-.*|#.*|")
_SCALAR = re.compile(
    r"""([A-Za-z_][\w-]*)[ \t]*:[ \t]+(?:"([^"]*)"|'([^']*)'|([^\s"'\[{|>&*!%@`\#].*?))(?:[ \t]+\#.*)?[ \t]*"""
)
_ACCESS = re.compile(r"access[ \t]*:(.*)", re.IGNORECASE)
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
# What stands before the text of a paragraph: quote marks, bullets, boxes to tick, numbers.
_LEAD = re.compile(r"(?:>|[-*+](?=\s)|\[[ xX]\](?=\s)|(\d{1,9}[.)])(?=\s)|\s)*")
_BOX = re.compile(r"\A\[[ xX]\]\s+")
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>", re.DOTALL)
_CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
# Beyond these, brackets that never close take the parser quadratic time, and the text is no prose.
_LONGEST, _MOST_BRACKETS = 20_000, 500


def read_markdown(data: bytes, source: str) -> list[Document]:
    r"""One document whose characters are the file's; front matter becomes metadata.

    >>> [document] = read_markdown(b"# The *pump*\n\n- Rinse it [weekly](w.md).", "pump.md")
    >>> [(block.kind, block.reading) for block in document.layout], document.meta["title"]
    ([('heading', 'The pump'), ('item', 'Rinse it weekly.')], 'The pump')
    """
    text = decode(data, source)
    start, meta = _front(text)
    layout = tuple(_Page(text, start).blocks())
    headings = [block for block in layout if block.kind == "heading"]
    named = next((block for block in headings if block.level == 1), headings[0] if headings else None)
    title = (named.reading or named.span.of(text)) if named else ""
    return [Document(source, text, source, meta=({"title": title} if title else {}) | meta, layout=layout)]


def _access(lines: list[str]) -> str:
    """Who may see the document, as its front matter says it, in whatever form: it must not be overlooked."""
    for at, line in enumerate(lines):
        if found := _ACCESS.fullmatch(line):
            items = takewhile(bool, (_ITEM.fullmatch(item) for item in lines[at + 1 :]))
            return found[1].strip() or ", ".join(item[1].strip() for item in items if item)
    return ""


def _front(text: str) -> tuple[int, dict[str, str]]:
    """Where the text begins behind the front matter, and the plain ``key: value`` lines of it."""
    front = _FRONT.match(text)
    lines = re.split(r"\r\n?|\n", front["body"]) if front else []
    if front is None or not all(map(_YAML.fullmatch, lines)):
        return 0, {}
    found = (_SCALAR.fullmatch(line) for line in lines)
    meta = {match[1].lower(): (match[2] or match[3] or match[4] or "").strip() for match in found if match}
    if access := _access(lines):
        meta.setdefault("access", access)
    if "lang" in meta:
        meta.setdefault("language", meta.pop("lang"))
    return front.end(), {key: value for key, value in meta.items() if value}


class _Page:
    """The tokens of a text and the characters that they stand for."""

    def __init__(self, text: str, start: int) -> None:
        lengths = (len(match.group()) for match in _LINE.finditer(text, start))
        self._text = text
        self._starts = list(accumulate(lengths, initial=start))
        # Emphasis, links and the like are read block by block below: there the size of the text is known.
        self._parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
        self._links: dict[str, object] = {}
        self._tokens = self._parser.disable("inline").parse(text[start:], self._links)

    def blocks(self) -> Iterator[Block]:
        """The blocks in order."""
        kind, names = "text", list[str]()
        for at, token in enumerate(self._tokens):
            match token.type:
                case "list_item_open":
                    kind = "item"
                case "heading_open":
                    yield from self._heading(token, self._said(self._tokens[at + 1].content))
                case "paragraph_open":
                    yield from self._prose(token, kind, self._said(self._tokens[at + 1].content))
                    kind = "text"  # what follows in the same item
                case "html_block":
                    yield from self._prose(token, "text", " ".join(html.unescape(_TAG.sub(" ", token.content)).split()))
                case "fence" | "code_block":
                    yield from self._code(token)
                case "thead_open":
                    names = self._cells(at + 1)
                    if self._tokens[at + 4 + 3 * len(names)].type == "table_close":
                        yield from self._block(token, "row")
                case "tr_open" if self._tokens[at - 1].type != "thead_open":
                    yield from self._block(token, "row", reading=row_reading(names, self._cells(at)))

    def _heading(self, token: Token, said: str) -> Iterator[Block]:
        # An underline is no part of the title.
        lines = (token.map or [0, 0])[1] - (token.map or [0, 0])[0] - (token.markup in {"=", "-"})
        if said:
            yield from self._block(token, "heading", reading=said, lines=lines, level=int(token.tag[1:]))

    def _prose(self, token: Token, kind: str, said: str) -> Iterator[Block]:
        said = _BOX.sub("", said) if kind == "item" else said
        words = " ".join(said.split())
        for block in self._block(token, kind) if words else ():
            raw = block.span.of(self._text)
            lead = _LEAD.match(raw)
            number = f"{lead[1]} " if lead and lead[1] else ""
            plain = " ".join(raw[lead.end() if lead else 0 :].split())
            yield block if plain == words else Block(block.span, kind, reading=number + said)

    def _code(self, token: Token) -> Iterator[Block]:
        lines = token.content.count("\n")
        yield from self._block(token, "code", skip=token.type == "fence", lines=lines)

    def _block(
        self, token: Token, kind: str, *, reading: str = "", skip: int = 0, lines: int = 0, level: int = 0
    ) -> Iterator[Block]:
        """The characters of the token's lines, or of ``lines`` of them after ``skip``, if there are any but white space."""
        first, last = token.map or (0, 0)
        first += skip
        start, end = self._starts[first], self._starts[min(first + lines if lines else last, len(self._starts) - 1)]
        span = trimmed(self._text, start, end)
        if span:
            yield Block(span, kind, level, reading if reading != span.of(self._text) else "")

    def _cells(self, at: int) -> list[str]:
        """What the cells of the row that opens at token ``at`` say."""
        cells: list[str] = []
        while self._tokens[at].type != "tr_close":
            if self._tokens[at].type == "inline":
                cells.append(self._said(self._tokens[at].content))
            at += 1
        return cells

    def _said(self, content: str) -> str:
        """Text without the marks of links, emphasis and code."""
        if len(content) > _LONGEST or content.count("[") > _MOST_BRACKETS:
            return content
        tokens: list[Token] = []
        self._parser.inline.parse(content, self._parser, self._links, tokens)
        parts: list[str] = []
        for token in tokens:
            parts.append(_inline(token, parts[-1] if parts else ""))
        return "".join(parts).strip()


def _inline(token: Token, before: str) -> str:
    if token.type == "image":
        return "".join(_inline(child, "") for child in token.children or ())
    if token.type == "hardbreak":
        return "\n"
    if token.type == "softbreak":
        # Chinese writes no spaces, so a line that ends there ends nothing.
        return "" if _CHINESE.match(before[-1:]) else " "
    return "" if token.type == "html_inline" else token.content
