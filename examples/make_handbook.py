"""Write the binary files of the example handbook: PDF, Word, PowerPoint and Excel.

Each file in ``handbook.src`` holds the text of one of them in a small part of Markdown; its name says which, so
``leave-policy.docx.md`` becomes ``handbook/leave-policy.docx``. The same text gives the same bytes again while
libraries and fonts stay the same. Needs python-docx, python-pptx, xlsxwriter and fpdf2, and for Chinese in PDF two
fonts (Debian: fonts-droid-fallback and fonts-dejavu-core).

    python examples/make_handbook.py
"""

from __future__ import annotations

import argparse
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import docx
import fpdf
import pptx
import xlsxwriter  # type: ignore[import-untyped]
from pptx.util import Inches, Pt

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
FONTS = Path("/usr/share/fonts/truetype")
CHINESE_FONT = FONTS / "droid" / "DroidSansFallbackFull.ttf"  # has no Latin letters
LATIN_FONT = FONTS / "dejavu" / "DejaVuSans.ttf"
WRITTEN = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
AUTHOR = "Ferndale Coffee Machines"

_HEADING = re.compile(r"(#{1,3}) +(.*)")
_RULE = re.compile(r"\|(?: *:?-+:? *\|)+")
_CHINESE = re.compile("[一-鿿]")
# What stays on one line in Chinese: a character or a run of Latin ones, with the marks that open and close it.
_UNIT = re.compile(r"[“《（]*(?:[A-Za-z0-9°.-]+ ?|.)[，。、；：！？”》）%]*")


@dataclass
class Block:
    """A piece of a source: ``h1`` to ``h3``, ``text``, ``step``, ``bullet``, ``note`` or ``table``."""

    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


def parse(source: str) -> list[Block]:
    """Cut ``source`` into blocks: a line each, but a table is one block."""
    blocks: list[Block] = []
    for line in source.splitlines():
        if not line.strip() or _RULE.fullmatch(line):
            continue
        heading = _HEADING.fullmatch(line)
        if heading is not None:
            blocks.append(Block(f"h{len(heading[1])}", heading[2]))
        elif line.startswith("|"):
            if blocks[-1].kind != "table":
                blocks.append(Block("table"))
            blocks[-1].rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif line.startswith("- "):
            blocks.append(Block("bullet", line[2:]))
        elif line.startswith("> "):
            blocks.append(Block("note", line[2:]))
        else:
            blocks.append(Block("step" if re.match(r"\d+\. ", line) else "text", line))
    return blocks


class Manual(fpdf.FPDF):
    """A PDF with the title above and the page number below every page but the first."""

    def __init__(self, title: str, *, chinese: bool) -> None:
        super().__init__()
        self.running, self.chinese = title, chinese
        self.set_title(title)
        self.set_author(AUTHOR)
        self.set_producer("make_handbook.py")
        self.set_creation_date(WRITTEN)
        self.set_margins(22, 22)
        self.set_auto_page_break(auto=True, margin=22)
        self.core_fonts_encoding = "windows-1252"
        self.family = "Helvetica"
        if chinese:
            self.family = "body"
            self.add_font("body", fname=CHINESE_FONT)
            self.add_font("latin", fname=LATIN_FONT)
            self.set_fallback_fonts(["latin"])

    def use(self, size: float, *, bold: bool = False) -> None:
        """Set the font; the Chinese one has no bold face."""
        self.set_font(self.family, "B" if bold and not self.chinese else "", size)

    def header(self) -> None:
        """Print the running title."""
        if self.page_no() > 1:
            self.use(8)
            self.cell(0, 5, self.running, align="R", new_x="LMARGIN", new_y="NEXT")
            self.ln(4)

    def footer(self) -> None:
        """Print the page number."""
        self.set_y(-15)
        self.use(8)
        page = f"第 {self.page_no()} 页" if self.chinese else f"Page {self.page_no()} of {{nb}}"
        self.cell(0, 5, page, align="C")

    def paragraph(self, text: str, *, indent: float = 0, gap: float = 2) -> None:
        """Print a paragraph."""
        self.set_x(self.l_margin + indent)
        if self.chinese:
            text = self.broken(text, self.epw - indent - 2 * self.c_margin)
        self.multi_cell(0, self.font_size * 1.45, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(gap)

    def broken(self, text: str, width: float) -> str:
        """Break Chinese into lines of ``width``: between any two characters, but never before a closing mark."""
        lines = [""]
        for unit in _UNIT.findall(text):
            if self.get_string_width(lines[-1] + unit) > width:
                lines.append("")
            lines[-1] += unit
        return "\n".join(lines)


def write_pdf(blocks: list[Block]) -> bytes:
    """Lay ``blocks`` out on A4, with an outline."""
    title = blocks[0].text
    pdf = Manual(title, chinese=_CHINESE.search(title) is not None)
    pdf.add_page()
    for block in blocks:
        if block.kind in {"h1", "h2", "h3"}:
            level = int(block.kind[1])
            if pdf.will_page_break(30):
                pdf.add_page()
            pdf.ln(0 if level == 1 else 2)
            pdf.use((20, 14, 11.5)[level - 1], bold=True)
            pdf.start_section(block.text, level=level - 1)
            pdf.paragraph(block.text)
        elif block.kind == "table":
            pdf.use(10)
            with pdf.table(first_row_as_headings=not pdf.chinese, line_height=6, width=150) as table:
                for row in block.rows:
                    table.row(row)
            pdf.ln(3)
        else:
            pdf.use(11)
            mark = {"bullet": "• ", "note": "※ "}.get(block.kind, "")
            pdf.paragraph(mark + block.text, indent=0 if block.kind == "text" else 5, gap=2)
    return bytes(pdf.output())


def write_docx(blocks: list[Block]) -> bytes:
    """Write ``blocks`` with Word's own heading, list and table styles."""
    document = docx.Document()
    about = document.core_properties
    about.author = about.last_modified_by = AUTHOR
    about.title, about.comments = blocks[0].text, ""
    about.created = about.modified = WRITTEN.replace(tzinfo=None)
    styles = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "bullet": "List Bullet", "note": "Intense Quote"}
    for block in blocks:
        if block.kind == "table":
            grid = document.add_table(len(block.rows), len(block.rows[0]), style="Table Grid")
            for row, texts in zip(grid.rows, block.rows, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        else:
            document.add_paragraph(block.text, style=styles.get(block.kind, "Normal"))
    return _packed(document.save)


def write_pptx(blocks: list[Block]) -> bytes:
    """Write a title slide and one slide for every ``h2``; a ``note`` becomes a speaker's note."""
    deck = pptx.Presentation()
    about = deck.core_properties
    about.author = about.last_modified_by = AUTHOR
    about.title = blocks[0].text
    about.created = about.modified = WRITTEN.replace(tzinfo=None)
    opening, bullets, table_only = (deck.slide_layouts[i] for i in (0, 1, 5))
    slide = deck.slides.add_slide(opening)
    slide.shapes.title.text = blocks[0].text
    for place, block in enumerate(blocks[1:], 1):
        if block.kind == "h2":
            slide = deck.slides.add_slide(table_only if blocks[place + 1].kind == "table" else bullets)
            slide.shapes.title.text = block.text
        elif block.kind == "note":
            slide.notes_slide.notes_text_frame.text = block.text
        elif block.kind == "table":
            height = Inches(0.45) * len(block.rows)
            size = (Inches(0.6), Inches(1.6), Inches(8.8), height)
            grid = slide.shapes.add_table(len(block.rows), len(block.rows[0]), *size).table
            for y, row in enumerate(block.rows):
                for x, text in enumerate(row):
                    grid.cell(y, x).text = text
        else:
            frame = slide.placeholders[1].text_frame
            paragraph = frame.add_paragraph() if frame.text else frame.paragraphs[0]
            paragraph.text = block.text
            paragraph.font.size = Pt(22)
    return _packed(deck.save)


def write_xlsx(blocks: list[Block]) -> bytes:
    """Write a cover sheet, and one sheet for every ``h2`` with its table; numbers are stored as numbers."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": blocks[0].text, "author": AUTHOR, "created": WRITTEN.replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    money = book.add_format({"num_format": "#,##0.00"})
    sheet, line = book.add_worksheet("About 说明"), 0
    for block in blocks:
        if block.kind == "h2":
            sheet = book.add_worksheet(block.text)
            sheet.set_column(0, 6, 22)
        elif block.kind == "table":
            for y, row in enumerate(block.rows):
                for x, text in enumerate(row):
                    if re.fullmatch(r"\d+(\.\d+)?", text):
                        sheet.write_number(y, x, float(text), money)
                    else:
                        sheet.write_string(y, x, text, bold if y == 0 else None)
        else:
            sheet.write_string(line, 0, block.text, bold if block.kind == "h1" else None)
            line += 1
    book.close()
    return stream.getvalue()


def _packed(save: Callable[[io.BytesIO], object]) -> bytes:
    """Pack again with a fixed date what ``save`` writes: a zip file remembers when each part was added."""
    raw, packed = io.BytesIO(), io.BytesIO()
    save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w") as target:
        for part in source.infolist():
            target.writestr(zipfile.ZipInfo(part.filename), source.read(part), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


WRITERS = {".docx": write_docx, ".pdf": write_pdf, ".pptx": write_pptx, ".xlsx": write_xlsx}


def main() -> None:
    """Write every file that has a source."""
    parser = argparse.ArgumentParser(description="Write the binary files of the example handbook.")
    parser.add_argument("--out", type=Path, default=HERE / "handbook", help="where to write (default: %(default)s)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted((HERE / "handbook.src").glob("*.md")):
        target = out / source.stem
        data = WRITERS[target.suffix](parse(source.read_text(encoding="utf-8")))
        target.write_bytes(data)
        print(f"{target}  {len(data):,} bytes")


if __name__ == "__main__":
    main()
