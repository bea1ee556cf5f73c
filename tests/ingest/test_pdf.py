"""Reading PDF: order, paragraphs, headings, places; and the files that must be refused."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import fpdf
import pypdfium2
import pytest

from raglan.errors import ReadError
from raglan.ingest.pdf import read_pdf
from raglan.types import Document

from . import made

LEFT = [
    "The left column tells how the kettle was",
    "built in the old workshop by the river,",
    "where the smith kept his copper sheets and",
    "hammered each of them over a wooden form",
    "until the seams closed without any solder.",
]
RIGHT = [
    "The right column tells who bought kettles",
    "in those days: inns along the post road,",
    "two ferries, and every farm that could pay",
    "for one with a week of butter and eggs or",
    "with a promise that nobody ever wrote down.",
]


def read(data: bytes) -> Document:
    [document] = read_pdf(data, "file.pdf")
    for block in document.layout:
        assert block.span.of(document.text).strip() == block.span.of(document.text) != ""
    assert all(a.span.end < b.span.start for a, b in pairwise(document.layout))
    return document


def texts(document: Document, kind: str = "") -> list[str]:
    return [block.span.of(document.text) for block in document.layout if block.kind == kind or not kind]


def lines_at(pdf: fpdf.FPDF, lines: list[str], x: float, y: float, *, size: float = 10) -> None:
    pdf.set_font("helvetica", size=size)
    for number, line in enumerate(lines):
        pdf.text(x, y + number * size * 0.45, line)


def test_headings_paragraphs_and_pages() -> None:
    document = read(made.pdf(3))
    headings = [(b.span.of(document.text), b.level, b.page) for b in document.layout if b.kind == "heading"]
    assert headings == [
        ("Care of the Alder Kettle", 1, 1),
        ("1 Filling and lime", 2, 1),
        ("2 Filling and lime", 2, 2),
        ("3 Filling and lime", 2, 3),
    ]
    assert texts(document, "text") == [made.KETTLE.strip(), made.SCALE.strip()] * 3
    assert document.id == document.source == "file.pdf"


def test_running_headers_footers_and_page_numbers_are_left_out() -> None:
    document = read(made.pdf(4))
    assert "household manual" not in document.text
    assert not re.search(r"Page \d of 4", document.text)


@pytest.mark.parametrize("number", ["7", "- 7 -", "Page 7", "7 / 9", "vii", "第 7 页", "Seite 7 von 9"])
def test_a_bare_page_number_is_left_out_even_on_a_single_page(number: str) -> None:
    if not number.isascii():
        pytest.skip("standard fonts have no Chinese")
    pdf = made.new_pdf()
    made.page(pdf, footer=number)
    made.paragraph(pdf, made.KETTLE)
    assert texts(read(bytes(pdf.output()))) == [made.KETTLE.strip()]


def test_boxes_are_points_from_the_top_left() -> None:
    pdf = fpdf.FPDF(unit="pt", format=(400, 600))
    pdf.add_page()
    pdf.set_font("helvetica", size=20)
    pdf.text(50, 100, "Where am I standing")
    [block] = read(bytes(pdf.output())).layout
    assert block.page == 1
    assert block.box is not None
    left, top, right, bottom = block.box
    assert left == pytest.approx(50, abs=2)
    assert 78 < top < 100 < bottom < 108
    assert right == pytest.approx(50 + pdf.get_string_width("Where am I standing"), abs=3)


def test_a_page_turned_on_the_screen_has_its_boxes_turned_too() -> None:
    pdf = fpdf.FPDF(unit="pt", format=(400, 600))
    pdf.add_page()
    pdf.set_font("helvetica", size=20)
    with pdf.rotation(90, x=300, y=500):
        pdf.text(300, 500, "Set sideways on the sheet")
    file = pypdfium2.PdfDocument(bytes(pdf.output()))
    file[0].set_rotation(90)
    buffer = io.BytesIO()
    file.save(buffer)
    file.close()
    [block] = read(buffer.getvalue()).layout
    assert block.box is not None
    left, top, right, bottom = block.box
    # 600 wide and 400 high as shown; what stood at x 300 stands at y 300.
    assert left == pytest.approx(100, abs=3)
    assert bottom == pytest.approx(304, abs=3)
    assert right - left > 200 > 40 > bottom - top


@pytest.mark.parametrize("shift", [0, 2.1], ids=["aligned", "shifted"])
@pytest.mark.parametrize("by_row", [False, True], ids=["column by column", "row by row"])
def test_columns_are_read_one_after_the_other(by_row: bool, shift: float) -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    made.paragraph(pdf, "A history of the kettle that takes up the whole width of the page", size=18)
    if by_row:
        for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            lines_at(pdf, [left], 20, 60 + 4.5 * number)
            lines_at(pdf, [right], 108, 60 + 4.5 * number + shift)
    else:
        lines_at(pdf, LEFT, 20, 60)
        lines_at(pdf, RIGHT, 108, 60 + shift)
    document = read(bytes(pdf.output()))
    assert texts(document)[1:] == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_headline_across_columns_parts_what_is_above_from_what_is_below() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    for top in (40, 120):
        lines_at(pdf, LEFT, 20, top)
        lines_at(pdf, RIGHT, 108, top)
    lines_at(pdf, ["What came after the railway reached the village by the river"], 40, 100, size=16)
    found = texts(read(bytes(pdf.output())))
    columns = [" ".join(LEFT), " ".join(RIGHT)]
    assert found == [*columns, "What came after the railway reached the village by the river", *columns]


def test_three_columns() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    columns = [
        [
            f"{word} {line}"
            for line in ("water runs down the hill", "and turns the mill wheel", "until the dam is empty")
        ]
        for word in ("Cold", "Warm", "Cool")
    ]
    for x, lines in zip((15, 77, 139), columns, strict=True):
        lines_at(pdf, lines, x, 50)
    assert [text[:4] for text in texts(read(bytes(pdf.output())))] == ["Cold", "Warm", "Cool"]


def test_a_name_over_one_column_stands_above_all() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    lines_at(pdf, ["Anna Alder"], 120, 40)
    lines_at(pdf, LEFT, 20, 60)
    lines_at(pdf, RIGHT, 108, 60)
    assert texts(read(bytes(pdf.output()))) == ["Anna Alder", " ".join(LEFT), " ".join(RIGHT)]


def test_a_number_at_the_start_of_a_line_is_no_list() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    lines_at(
        pdf,
        ["The thermostat switches the kettle off at the temperature that was set,", "95. Nobody needs more."],
        20,
        50,
    )
    assert len(texts(read(bytes(pdf.output())), "text")) == 1


def test_a_table_set_sideways_is_read_after_the_text() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    made.paragraph(pdf, made.KETTLE * 2)
    pdf.set_font("helvetica", size=10)
    with pdf.rotation(90, x=150, y=250):
        for number in range(6):
            pdf.text(150, 250 + 5 * number, f"Sideways line {number} holds what would not fit upright")
    *_, last = read(bytes(pdf.output())).layout
    assert last.box is not None
    left, top, right, bottom = last.box
    assert bottom - top > right - left
    assert bottom == pytest.approx(250 * 72 / 25.4, abs=3)


def test_a_paragraph_goes_on_in_the_next_column() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    lines_at(pdf, [*LEFT[:4], "until the seams closed and the copper was"], 20, 50)
    lines_at(pdf, ["tight, so that no solder was ever needed in", *RIGHT[1:]], 108, 50)
    found = texts(read(bytes(pdf.output())))
    assert len(found) == 1
    assert "the copper was tight, so that" in found[0]


def test_hyphens_of_line_breaks_go_and_others_stay() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    lines_at(
        pdf,
        [
            "The self-closing lid is part of every ket-",
            "tle; the spout is not. Any other self-",
            "closing lid will do as well, and so will COVID-",
            "19 masks, which nobody wears any more here.",
        ],
        20,
        50,
    )
    [text] = texts(read(bytes(pdf.output())))
    assert "every kettle; the spout" in text
    assert "other self-closing lid" in text
    assert "COVID-19 masks" in text


def test_paragraphs_without_space_between_them() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    full = "Every line of this paragraph is as long as the column allows, save for the last one of it,"
    lines_at(pdf, [full, full, "which is short.", full, "which is short."], 20, 50)
    assert texts(read(bytes(pdf.output()))) == [f"{full} {full} which is short.", f"{full} which is short."]


def test_lists_and_table_rows() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    lines_at(pdf, ["- close the lid until it clicks in its place", "- switch on"], 20, 50)
    made.paragraph(
        pdf,
        "1. Rinse the kettle with clear water and wait until it has cooled down; then rinse it once "
        "more and dry it with a cloth that leaves no lint.",
    )
    pdf.set_y(80)
    pdf.set_font("helvetica", size=10)
    with pdf.table(width=120, col_widths=(2, 2, 1)) as table:
        for row in made.PARTS:
            cells = table.row()
            for cell in row:
                cells.cell(cell)
    document = read(bytes(pdf.output()))
    assert len(texts(document, "item")) == 3
    assert texts(document, "row") == [" | ".join(row) for row in made.PARTS]
    readings = [block.reading for block in document.layout if block.kind == "row"]
    assert readings[1] == "Part: Lid; Weight in grams: 120; Price: 4.50"


def test_bold_lines_are_headings() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    made.paragraph(pdf, "Before the first use", bold=True)
    made.paragraph(pdf, made.KETTLE)
    document = read(bytes(pdf.output()))
    assert texts(document, "heading") == ["Before the first use"]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("The Alder Kettle", "The Alder Kettle"),
        ("", "Care of the Alder Kettle"),
        ("untitled", "Care of the Alder Kettle"),
        ("Microsoft Word - kettle_v3.docx", "Care of the Alder Kettle"),
        ("kettle-final.pdf", "Care of the Alder Kettle"),
    ],
)
def test_titles(written: str, title: str) -> None:
    assert read(made.pdf(1, title=written)).meta["title"] == title


def test_a_stamp_across_the_page_is_left_out() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    made.paragraph(pdf, made.KETTLE)
    pdf.set_font("helvetica", size=60)
    with pdf.rotation(45, x=60, y=200):
        pdf.text(60, 200, "DRAFT COPY")
    assert texts(read(bytes(pdf.output()))) == [made.KETTLE.strip()]


def test_chinese_lines_join_without_spaces() -> None:
    document = read(
        made.chinese_pdf(["水壶可以盛一升半冷水，四分钟烧开。加水不得超过", "上限，否则沸水会从壶嘴溢出。"])
    )
    assert document.text == "水壶可以盛一升半冷水，四分钟烧开。加水不得超过上限，否则沸水会从壶嘴溢出。"


def test_pages_without_text_are_named() -> None:
    pdf = made.new_pdf()
    for number in range(3):
        made.page(pdf)
        if number != 1:
            made.paragraph(pdf, made.KETTLE)
    assert read(bytes(pdf.output())).meta["pages_without_text"] == (2,)


def test_text_may_be_short() -> None:
    pdf = made.new_pdf()
    made.page(pdf)
    made.paragraph(pdf, "Closed today.")
    assert read(bytes(pdf.output())).text == "Closed today."


def shifted(text: str, by: int) -> str:
    return "".join(chr(ord(c) + by) if c.isalpha() and c.isascii() else c for c in text)


def garbled() -> bytes:
    pdf = made.new_pdf()
    made.page(pdf)
    made.paragraph(pdf, shifted(made.KETTLE + made.SCALE, 3))
    return bytes(pdf.output())


@pytest.mark.parametrize(
    ("data", "reason", "hint"),
    [
        (b"", "empty", "copy"),
        (made.locked_pdf(), "encrypted", "password"),
        (made.scan(), "no text layer", "OCR"),
        (made.pdf()[:-400], "cut short", "again"),
        (made.pdf()[:900], "cut short", "again"),
        (b"%PDF-1.7\n" + b"nothing of the kind " * 50 + b"%%EOF", "damaged", "again"),
        (garbled(), "garbled", "OCR"),
    ],
    ids=["empty", "encrypted", "scan", "truncated", "beginning", "no pdf", "garbled"],
)
def test_refused(data: bytes, reason: str, hint: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_pdf(data, "file.pdf")
    assert reason in caught.value.reason
    assert hint in caught.value.hint
    assert caught.value.source == "file.pdf"
