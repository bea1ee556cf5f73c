"""PDF: the text of its pages in reading order, as headings, paragraphs, list items and rows, with page and place.

pypdfium2 gives characters and where they stand; what they make is worked out here. A file that would give only part of
its text, or text that no one wrote, is refused: no text layer, an encoding that leads to no letters, a missing end.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from raglan.errors import ReadError
from raglan.ingest.blocks import Blocks, Box
from raglan.ingest.containers import ENCRYPTED
from raglan.ingest.furniture import without_furniture
from raglan.ingest.grid import looks_like_header, row_reading
from raglan.ingest.joining import joined, words_within
from raglan.ingest.noise import scrambled, strange_share
from raglan.ingest.pdf_headings import Body, levels
from raglan.ingest.pdf_lines import Line, lines_of, regions
from raglan.ingest.pdf_paragraphs import Piece, pieces, runs_on
from raglan.ingest.pdf_words import PageView, Word, page_words
from raglan.ingest.titles import sensible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from raglan.types import Document

__all__ = ["read_pdf"]

_AGAIN = "copy or download it again"
_OCR = "run OCR on it (for instance ocrmypdf) and read the result"
# A page of pictures with fewer characters than this has no text layer: a stamp, a number.
_ALMOST_NOTHING = 20
# Writing in another direction is kept if it is long enough to be a text: a table set sideways, not an axis.
_ASIDE = 200
_MOST_STRANGE = 0.05
# Where the marks that end a file must stand, counted from its end.
_TAIL = 4096


@dataclass(slots=True)
class _Page:
    """One page: its lines in the main direction of its writing, and those in others where they are many."""

    number: int
    view: PageView
    pictured: bool
    garbled: bool
    lines: list[Line]
    aside: list[list[Line]]

    @property
    def height(self) -> float:
        """Of the page, turned so that its main writing is upright."""
        turn = self.lines[0].turn if self.lines else 0
        return self.view.size[(turn + 1) % 2]

    @property
    def bare(self) -> bool:
        """Whether it has no text layer to speak of."""
        length = sum(len(line.text) for line in chain(self.lines, *self.aside))
        return not length or (self.pictured and length < _ALMOST_NOTHING)


def read_pdf(data: bytes, source: str) -> list[Document]:
    """One document for the file; pages that have no text, or none that can be read, are named in its ``meta``."""
    with closing(_opened(data, source)) as file:
        pages = _pages(file, source)
        title = sensible(_property(file, "Title"))
    body = Body.of(line for page in pages for line in page.lines)
    kept = without_furniture([page.lines for page in pages], [page.height for page in pages], body.size)
    for page, lines in zip(pages, kept, strict=True):
        page.lines = lines
    meta = _missing(pages, source)
    blocks = _blocks(pages, body)
    title = title or _first_heading(blocks)
    return [blocks.document(source, {"title": title, **meta} if title else meta)]


def _opened(data: bytes, source: str) -> Any:
    import pypdfium2
    from pypdfium2 import raw

    if not data:
        raise ReadError("empty", source=source, hint="the file has no bytes; copy it again if it should have")
    tail = data[-_TAIL - len(data) + len(data.rstrip(b"\0\r\n\t ")) :]
    if b"%%EOF" not in tail and b"startxref" not in tail:
        # It could be repaired, but nobody would know what is missing.
        raise ReadError("cut short (it ends in the middle)", source=source, hint=_AGAIN)
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise ReadError("encrypted", source=source, hint=ENCRYPTED) from error
        raise ReadError("damaged: it cannot be opened", source=source, hint=_AGAIN) from error


def _property(file: Any, name: str) -> str:
    try:
        return str(file.get_metadata_value(name))
    except UnicodeDecodeError:
        return ""


def _pages(file: Any, source: str) -> list[_Page]:
    import pypdfium2

    try:
        return [_page(file[at], at + 1) for at in range(len(file))]
    except pypdfium2.PdfiumError as error:
        raise ReadError("damaged: a page cannot be read", source=source, hint=_AGAIN) from error


def _page(page: Any, number: int) -> _Page:
    with closing(page):
        view = PageView(page.get_bbox(), page.get_rotation() // 90)
        with closing(page.get_textpage()) as text_page:
            words = list(page_words(text_page.raw, view))
        main, *aside = map(lines_of, _directions(words))
        text = " ".join(word.text for word in words)
        garbled = strange_share(text) > _MOST_STRANGE or bool(scrambled(text))
        return _Page(number, view, _has_pictures(page), garbled, main, aside)


def _directions(words: list[Word]) -> list[list[Word]]:
    """Words by the direction they are written in: first the one that has most, then those with enough to matter."""
    by_turn = [[word for word in words if word.turn == turn] for turn in range(4)]
    main, *rest = sorted(by_turn, key=_letters, reverse=True)
    return [main, *(group for group in rest if _letters(group) >= _ASIDE)]


def _letters(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words)


def _has_pictures(page: Any) -> bool:
    """Whether something is drawn that text could hide in: pictures, or letters drawn as curves."""
    from pypdfium2 import raw

    kinds = [raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING]
    return next(iter(page.get_objects(filter=kinds, max_depth=3)), None) is not None


def _missing(pages: Sequence[_Page], source: str) -> dict[str, tuple[int, ...]]:
    """The numbers of pages without text and of garbled ones; an error if they are most."""
    bare = [page for page in pages if page.bare]
    garbled = [page for page in pages if page.garbled]
    if 2 * sum(page.pictured for page in bare) > len(pages):
        raise ReadError("no text layer (a scan?)", source=source, hint=_OCR)
    if len(bare) == len(pages):
        raise ReadError("empty: its pages have no text", source=source)
    if 2 * len(garbled) > len(pages) - len(bare):
        raise ReadError("garbled: its fonts do not say which letters they show", source=source, hint=_OCR)
    for page in garbled:
        page.lines, page.aside = [], []
    found = {"pages_without_text": bare, "pages_garbled": garbled}
    return {name: tuple(page.number for page in some) for name, some in found.items() if some}


def _blocks(pages: Sequence[_Page], body: Body) -> Blocks:
    found = [(page, piece) for page in pages for piece in _pieces(page)]
    known = words_within(line.text for _, piece in found for line in piece.lines)
    ranks = levels([piece for _, piece in found], body)
    blocks = Blocks()
    names: list[str] = []
    for at, (page, piece) in enumerate(found):
        texts = [joined([line.text for line in cell], known) for cell in piece.cells or [piece.lines]]
        names = _column_names(names, texts, piece)
        kind = "heading" if at in ranks else piece.kind
        reading = row_reading(names, texts) if names and names != texts else ""
        box = page.view.shown(piece.box, piece.lines[0].turn)
        blocks.add(" | ".join(texts), kind, level=ranks.get(at, 0), reading=reading, page=page.number, box=_round(box))
    return blocks


def _column_names(names: list[str], texts: list[str], piece: Piece) -> list[str]:
    """The names that hold for a row: a bold one gives them, rows with as many cells keep them."""
    if piece.kind != "row":
        return []
    if piece.bold and looks_like_header(texts):
        return texts
    return names if len(texts) == len(names) else []


def _round(box: Box) -> Box:
    left, top, right, bottom = (round(edge, 1) for edge in box)
    return left, top, right, bottom


def _pieces(page: _Page) -> list[Piece]:
    """The pieces of a page in reading order; a paragraph that goes on in the next column is one."""
    found: list[Piece] = []
    for lines in chain(regions(page.lines), *map(regions, page.aside)):
        column = list(pieces(lines)) if lines else []
        if found and column and runs_on(found[-1], column[0]):
            found[-1].lines += column.pop(0).lines
        found += column
    return found


def _first_heading(blocks: Blocks) -> str:
    """The heading of the highest level on the first page that has one."""
    headings = [block for block in blocks.layout if block.kind == "heading"]
    first = [block for block in headings if block.page == headings[0].page]
    highest = min(first, key=lambda block: block.level, default=None)
    return sensible(highest.span.of(blocks.text)) if highest else ""
