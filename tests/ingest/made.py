"""Files of every format, made when they are needed: whole ones here, and what can be wrong with them."""

from __future__ import annotations

import csv
import importlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import docx
import fpdf
import pptx
from PIL import Image
from pptx.util import Inches

KETTLE = (
    "The kettle holds one litre and a half of cold water and boils it in four minutes, provided that the base stands "
    "dry on an even table and the lid is closed until it clicks. Never fill it above the upper line, because boiling "
    "water then leaves by the spout and runs into the socket of the base. "
)
SCALE = (
    "Lime settles on the floor of the kettle wherever the water is hard. Remove it once a month with two spoons of "
    "citric acid in half a litre of warm water, wait a quarter of an hour, and rinse the kettle three times before "
    "anybody drinks from it again. "
)
CHINESE = "水壶可以盛一升半冷水，四分钟烧开。加水不得超过上限，否则沸水会从壶嘴溢出。每月除垢一次，除垢后请冲洗三遍。"
PARTS = [["Part", "Weight in grams", "Price"], ["Lid", "120", "4.50"], ["Base", "640", "19"], ["Filter", "35", "2.80"]]


def txt() -> bytes:
    return f"Care of the Alder Kettle\n\n{KETTLE}\n\n{SCALE}\n".encode()


def md() -> bytes:
    return f"# Care of the Alder Kettle\n\n{KETTLE}\n\n## Lime\n\n{SCALE}\n\n- rinse\n- dry\n".encode()


def html() -> bytes:
    body = f"<h1>Care of the Alder Kettle</h1><p>{KETTLE}</p><h2>Lime</h2><p>{SCALE}</p>"
    return f"<!doctype html><html><head><title>Care</title></head><body><main>{body}</main></body></html>".encode()


def csv_() -> bytes:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(PARTS)
    csv.writer(sheet).writerows([f"Kettle of {size} cups", 90 * size, f"{4 * size}.50"] for size in range(2, 40))
    return sheet.getvalue().encode()


def jsonl() -> bytes:
    rows = [{"title": "Filling", "text": KETTLE}, {"title": "Lime", "text": SCALE}]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def page(pdf: fpdf.FPDF, *, header: str = "", footer: str = "") -> None:
    """A new A4 page with something at its edges."""
    pdf.add_page()
    pdf.set_font("helvetica", size=8)
    if header:
        pdf.text(20, 12, header)
    if footer:
        pdf.text(100, 287, footer)
    pdf.set_font("helvetica", size=11)
    pdf.set_xy(20, 25)


def paragraph(pdf: fpdf.FPDF, text: str, *, size: float = 11, bold: bool = False, gap: float = 4) -> None:
    pdf.set_font("helvetica", "B" if bold else "", size)
    pdf.set_x(20)
    pdf.multi_cell(165, size * 0.45, text, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.ln(gap)


def new_pdf(title: str = "") -> fpdf.FPDF:
    pdf = fpdf.FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_creation_date(datetime(2024, 5, 1))  # noqa: DTZ001 - any fixed moment
    if title:
        pdf.set_title(title)
    return pdf


def pdf(pages: int = 3, *, title: str = "", compressed: bool = True) -> bytes:
    """Headings, paragraphs, a running header and page numbers."""
    made = new_pdf(title)
    made.set_compression(compressed)
    for number in range(1, pages + 1):
        page(made, header="Alder household manual", footer=f"Page {number} of {pages}")
        if number == 1:
            paragraph(made, "Care of the Alder Kettle", size=20, bold=True)
        paragraph(made, f"{number} Filling and lime", size=14, bold=True)
        paragraph(made, KETTLE)
        paragraph(made, SCALE)
    return bytes(made.output())


def scan(pages: int = 2) -> bytes:
    """A PDF of pictures."""
    made = new_pdf()
    picture = Image.effect_noise((200, 280), 60)
    for _ in range(pages):
        made.add_page()
        made.image(picture, x=0, y=0, w=210)
    return bytes(made.output())


def locked_pdf() -> bytes:
    made = new_pdf()
    made.set_encryption(owner_password="owner", user_password="reader")
    page(made)
    paragraph(made, KETTLE)
    return bytes(made.output())


def docx_(title: str = "") -> bytes:
    made = docx.Document()
    made.core_properties.title = title
    made.sections[0].header.paragraphs[0].text = "Alder household manual"
    made.add_heading("Care of the Alder Kettle", 0)
    made.add_heading("Filling", 1)
    made.add_paragraph(KETTLE)
    made.add_paragraph("rinse it", style="List Bullet")
    made.add_paragraph("dry it", style="List Number")
    add_table(made, PARTS)
    made.add_heading("Lime", 2)
    made.add_paragraph(SCALE)
    return saved(made)


def add_table(made: Any, rows: list[list[str]]) -> Any:
    table = made.add_table(len(rows), len(rows[0]))
    for at, row in enumerate(rows):
        for cell, text in zip(table.rows[at].cells, row, strict=True):
            cell.text = text
    return table


def pptx_(title: str = "") -> bytes:
    made = pptx.Presentation()
    made.core_properties.title = title
    opening = made.slides.add_slide(made.slide_layouts[0])
    opening.shapes.title.text = "Care of the Alder Kettle"
    opening.placeholders[1].text = "A short course"
    points = made.slides.add_slide(made.slide_layouts[1])
    points.shapes.title.text = "Filling"
    points.placeholders[1].text = "Close the lid until it clicks\nNever fill above the upper line"
    points.notes_slide.notes_text_frame.text = KETTLE
    table = made.slides.add_slide(made.slide_layouts[5])
    table.shapes.title.text = "Parts"
    grid = table.shapes.add_table(4, 3, Inches(1), Inches(2), Inches(6), Inches(3)).table
    for at, row in enumerate(PARTS):
        for column, text in enumerate(row):
            grid.cell(at, column).text = text
    return saved(made)


def xlsx() -> bytes:
    made = io.BytesIO()
    book = importlib.import_module("xlsxwriter").Workbook(made, {"in_memory": True})
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("Stock")
    sheet.write(0, 0, "Stock of the Alder workshop")
    sheet.write_row(2, 0, ["Part", "Pieces", "Price", "Counted on", "Checked", "Remark"])
    sheet.write_row(3, 0, ["Lid", 24, 4.5])
    sheet.write_datetime(3, 3, datetime(2024, 5, 1), day)  # noqa: DTZ001 - sheets know no zones
    sheet.write_boolean(3, 4, True)
    sheet.write_row(4, 0, ["Base", 1200, 0.1 + 0.2])
    sheet.write_datetime(4, 3, datetime(2024, 5, 2, 14, 30), moment)  # noqa: DTZ001
    sheet.write(4, 5, "ask\nAnna")
    book.add_worksheet("Empty")
    hidden = book.add_worksheet("Lists")
    hidden.write(0, 0, "internal")
    hidden.hide()
    book.close()
    return made.getvalue()


def ods() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in PARTS
    )
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}office:1.0" '
        f'xmlns:table="{office}table:1.0" xmlns:text="{office}text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Parts">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{office}manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped(
        {"mimetype": kind.encode(), "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}
    )


def ole(*streams: str) -> bytes:
    """The outside of an old Office file: a head, and a directory that names streams."""
    names = ["Root Entry", *streams]
    entries = [name.encode("utf-16-le").ljust(64, b"\0") + bytes([2 * len(name) + 2, 0]) for name in names]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return (head + b"".join(entry.ljust(128, b"\0") for entry in entries)).ljust(4096, b"\0")


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, stored)
    return made.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """The archive with something replaced in one member."""
    parts = members(data)
    assert old in parts[member], f"{member} does not hold {old!r}"
    return zipped({**parts, member: parts[member].replace(old, new)})


def saved(made: Any) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def chinese_pdf(lines: list[str]) -> bytes:
    """A page in a font that the file only names; the text is there all the same, in codes that every reader knows."""
    shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -18 Td\n" for line in lines)
    stream = f"BT /F1 12 Tf 72 740 Td\n{shown}ET".encode()
    return raw_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            4: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            5: b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
            b" /DescendantFonts [6 0 R] >>",
            6: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo"
            b" << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        }
    )


def raw_pdf(objects: dict[int, bytes]) -> bytes:
    """A PDF from its numbered objects, the first of them its root."""
    made, places = b"%PDF-1.7\n", []
    for number, content in objects.items():
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (size, table, size)
    return made + head + b"startxref\n%d\n%%%%EOF\n" % len(made)


# One maker for each format, by the name of its reader and of its file.
WHOLE: dict[str, Callable[[], bytes]] = {
    "txt": txt,
    "md": md,
    "html": html,
    "csv": csv_,
    "jsonl": jsonl,
    "pdf": pdf,
    "docx": docx_,
    "pptx": pptx_,
    "xlsx": xlsx,
}
