"""Reading presentations slide by slide."""

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from raglan.errors import ReadError
from raglan.ingest.pptx import read_pptx
from raglan.types import Document

from . import made


def read(data: bytes) -> Document:
    [document] = read_pptx(data, "file.pptx")
    return document


def shape(document: Document) -> list[tuple[str, int | None, str]]:
    return [(block.kind, block.page, block.span.of(document.text)) for block in document.layout]


def test_slides_bullets_notes_and_tables() -> None:
    document = read(made.pptx_())
    assert shape(document) == [
        ("heading", 1, "Care of the Alder Kettle"),
        ("text", 1, "A short course"),
        ("heading", 2, "Filling"),
        ("item", 2, "Close the lid until it clicks"),
        ("item", 2, "Never fill above the upper line"),
        ("text", 2, made.KETTLE.strip()),
        ("heading", 3, "Parts"),
        *(("row", 3, " | ".join(row)) for row in made.PARTS),
    ]
    assert document.layout[-1].reading == "Part: Filter; Weight in grams: 35; Price: 2.80"
    assert document.meta["title"] == "Care of the Alder Kettle"


def test_boxes_come_from_the_layout_where_the_slide_has_none() -> None:
    box = read(made.pptx_()).layout[0].box
    assert box is not None
    assert 0 < box[0] < box[2] < 720
    assert 0 < box[1] < box[3] < 540


@pytest.mark.parametrize(
    ("written", "title"),
    [("The Alder course", "The Alder course"), ("PowerPoint Presentation", "Care of the Alder Kettle")],
)
def test_titles(written: str, title: str) -> None:
    assert read(made.pptx_(written)).meta["title"] == title


def test_shapes_are_read_from_top_left_even_in_groups() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for text, left, top in (("third", 1, 4), ("second", 5, 1.1), ("first", 1, 1)):
        slide.shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(1)).text_frame.text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1)).text_frame.text = "between"
    assert [text for _, _, text in shape(read(made.saved(deck)))] == ["first", "second", "between", "third"]


def test_a_chart_reads_as_a_table() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Kettles", (120, 180))
    data.add_series("Lids", (15, 21))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Pt(10), Pt(10), Pt(400), Pt(300), data)
    document = read(made.saved(deck))
    assert [text for _, _, text in shape(document)] == ["Kettles | Lids", "2023 | 120 | 15", "2024 | 180 | 21"]
    assert document.layout[1].reading == "2023; Kettles: 120; Lids: 15"


def test_slide_numbers_and_footers_are_left_out() -> None:
    number = (
        b'<p:sp><p:nvSpPr><p:cNvPr id="9" name="n"/><p:cNvSpPr/><p:nvPr><p:ph type="sldNum" idx="12"/></p:nvPr></p:nvSpPr>'
        b'<p:spPr/><p:txBody><a:bodyPr/><a:p><a:fld id="{B}" type="slidenum"><a:t>77</a:t></a:fld></a:p></p:txBody></p:sp>'
    )
    data = made.changed(made.pptx_(), "ppt/slides/slide2.xml", b"</p:spTree>", number + b"</p:spTree>")
    assert "77" not in read(data).text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (made.pptx_()[:-500], "cut short"),
        (made.ole("EncryptedPackage"), "encrypted"),
        (made.changed(made.pptx_(), "ppt/slides/slide2.xml", b"</p:sld>", b""), "not well formed"),
        (made.zipped({k: v for k, v in made.members(made.pptx_()).items() if "slides/slide3.xml" not in k}), "missing"),
    ],
    ids=["empty", "truncated", "encrypted", "broken XML", "a slide is missing"],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        read_pptx(data, "file.pptx")
    assert caught.value.hint
