"""Web pages: the text that a reader came for, as blocks, without what stands around it.

lxml makes the tree, since it is fast, takes any input and is here for Office files anyway. The text is written anew, a
blank line between blocks: a span leads into what :func:`read_html` gives, not into the markup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from raglan.errors import ReadError
from raglan.ingest.blocks import Blocks
from raglan.ingest.boilerplate import Boilerplate, Element, letters, main_part
from raglan.ingest.encodings import decode
from raglan.ingest.html_tables import data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from raglan.types import Document

__all__ = ["read_html"]

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:-]+)|<\?xml[^>]{0,100}encoding=[\"']([\w-]+)", re.IGNORECASE
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr
    ul""".split()
) | frozenset(_HEADINGS)
_KINDS = {**dict.fromkeys(_HEADINGS, "heading"), "li": "item", "dd": "item", "dt": "item", "pre": "code"}
_WHITE = re.compile(r"[ \t\r\n\f\xa0]+")
# Chinese writes no spaces, so a line that ends in the markup ends nothing.
_CHINESE_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_SMALL = re.compile(r"\d{1,6}", re.ASCII)
_UNSEEN = str.maketrans("", "", "\u00ad\u200b\u2060\ufeff")
# Where tags are nested too deep for a tree, these carry what is left of the structure.
_DEEP = re.compile(r"</?(?!(?:p|br|title|script|style)\b)[a-zA-Z][^<>]*>")


def read_html(data: bytes, source: str) -> list[Document]:
    r"""One document: headings, paragraphs, list items, preformatted text, table rows; title and language as metadata.

    >>> page = b"<nav><a href=/>Home</a></nav><h1>Pump</h1><p>Rinse it <b>weekly</b>.</p>"
    >>> [document] = read_html(page, "pump.html")
    >>> document.text, document.meta["title"]
    ('Pump\n\nRinse it weekly.', 'Pump')
    """
    declared = _CHARSET.search(data, 0, 4096)
    charset = (declared[1] or declared[2]).decode("ascii", "replace") if declared else ""
    tree = _tree(decode(data, source, declared=charset))
    blocks = _main_text(tree) if tree is not None else Blocks()
    if tree is None or not blocks.text:
        raise ReadError("holds no text", source=source, hint="a page that scripts fill must be saved from the browser")
    return [blocks.document(source, _meta(tree, blocks))]


def _tree(text: str) -> Element | None:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    tree = etree.fromstring(text.encode(), parser)
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        # The parser drops all that comes after tags nested too deep.
        tree = etree.fromstring(_DEEP.sub("<br>", text).encode(), parser)
    return tree


def _main_text(tree: Element) -> Blocks:
    """The main part; all but what is marked as navigation where that loses most; all where this loses nearly all."""
    marked = Boilerplate(tree, tags=True, names=False)
    everything = Boilerplate(tree, tags=False, names=False)
    size = letters(tree, marked)
    if size * 20 < letters(tree, everything):
        return _written(tree, everything)
    main = main_part(tree)
    boilerplate = Boilerplate(main, tags=True, names=True)
    return _written(main, boilerplate) if letters(main, boilerplate) * 4 >= size else _written(tree, marked)


def _meta(tree: Element, blocks: Blocks) -> dict[str, str]:
    first = next((block.span.of(blocks.text) for block in blocks.layout if block.kind == "heading"), "")
    named = " ".join("".join(next(tree.iter("title"), tree.makeelement("title")).itertext()).split())
    # "Pump care | Alder Ltd": the page's own heading without its site.
    title = first if first and (not named or first.casefold() in named.casefold()) else named
    language = (tree.get("lang") or tree.get("xml:lang") or "").strip()
    known = {"title": title, "language": re.split(r"[-_]", language)[0].lower()}
    return {key: value for key, value in known.items() if value}


def _written(root: Element, boilerplate: Boilerplate) -> Blocks:
    writer = _Writer()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            writer.close(element, last=element is root)
        elif element in boilerplate:
            walk.skip_subtree()
            writer.left_out = element
        elif element.tag == "table" and (table := data_table(element)):
            walk.skip_subtree()
            writer.table(element, table)
        else:
            writer.open(element)
    writer.flush()
    return writer.blocks


class _Writer:
    """Takes elements as they open and close and writes a block whenever one ends."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.left_out: Element = None
        self._parts: list[str] = []
        self._kinds = [("text", 0)]
        self._counts: list[int | None] = []
        self._number = ""

    def open(self, element: Element) -> None:
        tag = element.tag
        if tag in _BLOCKS:
            self.flush()
        if tag in _KINDS:
            self._kinds.append((_KINDS[tag], _HEADINGS.get(tag, 0)))
        if tag in {"ol", "ul"}:
            start = element.get("start") or "1"
            self._counts.append(int(start) if tag == "ol" and _SMALL.fullmatch(start) else None)
        elif tag == "li":
            self._number = self._next_number()
        elif tag == "br":
            self._parts.append("\n")
        self._say(element.text)

    def close(self, element: Element, *, last: bool) -> None:
        if element is self.left_out:
            self.left_out = None
        elif element.tag in _BLOCKS:
            self.flush()
            if element.tag in _KINDS:
                self._kinds.pop()
            if element.tag in {"ol", "ul"}:
                self._counts.pop()
            elif element.tag == "li":
                self._number = ""
        if not last:
            self._say(element.tail)

    def table(self, element: Element, rows: Iterable[tuple[str, str, str]]) -> None:
        self.flush()
        for text, kind, reading in rows:
            self.blocks.add(text, kind, reading=reading)
        self.left_out = element

    def flush(self) -> None:
        kind, level = self._kinds[-1]
        text = "".join(self._parts).translate(_UNSEEN)
        self._parts.clear()
        if not text.strip():
            return
        text, self._number = self._number + text.lstrip(), ""
        if kind == "code":
            self.blocks.add(text, kind)
            return
        # Old pages part their paragraphs by two line breaks.
        for part in re.split(r"\n\s*\n", text):
            lines = " ".join(part.split()) if kind == "heading" else "\n".join(map(str.strip, part.strip().split("\n")))
            self.blocks.add(lines, kind, level=level)

    def _next_number(self) -> str:
        if not self._counts or (count := self._counts[-1]) is None:
            return ""
        self._counts[-1] = count + 1
        return f"{count}. "

    def _say(self, text: str | None) -> None:
        if text and self._kinds[-1][0] != "code":
            text = _WHITE.sub(" ", _CHINESE_BREAK.sub("", text))
        self._parts.append(text or "")
