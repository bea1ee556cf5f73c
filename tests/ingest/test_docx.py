"""Reading Word documents: what is in their XML, in the order of the document."""

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from raglan.errors import ReadError
from raglan.ingest.docx import read_docx
from raglan.types import Block, Document

from . import made

MAIN = "word/document.xml"


def read(data: bytes) -> Document:
    [document] = read_docx(data, "file.docx")
    return document


def shape(document: Document) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.span.of(document.text)) for block in document.layout]


def rows(document: Document) -> list[Block]:
    return [block for block in document.layout if block.kind == "row"]


def test_order_and_kinds() -> None:
    assert shape(read(made.docx_())) == [
        ("heading", 1, "Care of the Alder Kettle"),
        ("heading", 1, "Filling"),
        ("text", 0, made.KETTLE.strip()),
        ("item", 0, "rinse it"),
        ("item", 0, "dry it"),
        *(("row", 0, " | ".join(row)) for row in made.PARTS),
        ("heading", 2, "Lime"),
        ("text", 0, made.SCALE.strip()),
    ]


def test_rows_read_with_the_names_of_their_columns() -> None:
    readings = [block.reading for block in rows(read(made.docx_()))]
    assert readings[:2] == ["", "Part: Lid; Weight in grams: 120; Price: 4.50"]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("The Alder Kettle", "The Alder Kettle"),
        ("", "Care of the Alder Kettle"),
        ("Word Document", "Care of the Alder Kettle"),
    ],
)
def test_titles(written: str, title: str) -> None:
    assert read(made.docx_(written)).meta["title"] == title


def test_merged_cells_are_said_once_across_and_for_every_row_down() -> None:
    file = docx.Document()
    table = made.add_table(file, [["Part", "Alder", "Birch"], ["Lid", "brass", "tin"], ["Lid", "4.50", "3"]])
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Lid"
    table.cell(2, 1).merge(table.cell(2, 2)).text = "sold out"
    found = rows(read(made.saved(file)))
    assert [block.reading for block in found[1:]] == [
        "Part: Lid; Alder: brass; Birch: tin",
        "Part: Lid; Alder: sold out",
    ]


def test_a_table_for_looks_is_read_as_text() -> None:
    file = docx.Document()
    made.add_table(file, [[made.KETTLE * 3, made.SCALE * 3]])
    assert shape(read(made.saved(file))) == [
        ("text", 0, (made.KETTLE * 3).strip()),
        ("text", 0, (made.SCALE * 3).strip()),
    ]


def with_body(xml: str) -> Document:
    file = docx.Document()
    body = file.element.body
    for element in parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>"):
        body.insert(len(body) - 1, element)
    return read(made.saved(file))


def para(text: str, *, before: str = "", after: str = "") -> str:
    return f"<w:p>{before}<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>{after}</w:p>"


def test_tracked_changes_read_as_if_accepted() -> None:
    inserted = "<w:ins w:id='1'><w:r><w:t xml:space='preserve'>two </w:t></w:r></w:ins>"
    deleted = "<w:del w:id='2'><w:r><w:delText>three </w:delText></w:r></w:del>"
    document = with_body(
        f"<w:p><w:r><w:t xml:space='preserve'>Rinse </w:t></w:r>{deleted}{inserted}<w:r><w:t>times</w:t></w:r></w:p>"
    )
    assert document.text == "Rinse two times"


def test_form_fields_and_hidden_text() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
    field = f"<w:sdt><w:sdtContent>{para('Filled in')}</w:sdtContent></w:sdt>"
    assert with_body(field + para("Shown", after=hidden)).text == "Filled in\n\nShown"


def test_the_table_of_contents_is_left_out() -> None:
    gallery = "<w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
    contents = f"<w:sdt>{gallery}<w:sdtContent>{para('Lime ... 2')}</w:sdtContent></w:sdt>"
    assert with_body(contents + para("Lime settles")).text == "Lime settles"


def test_line_breaks_and_tabs() -> None:
    assert (
        with_body(
            para("Alder<w:t/>", after="<w:r><w:tab/><w:t>12</w:t><w:br/><w:t>Birch</w:t></w:r>").replace("<w:t/>", "")
        ).text
        == "Alder 12\nBirch"
    )


def test_an_outline_level_makes_a_heading_and_list_zero_no_item() -> None:
    outline = "<w:pPr><w:outlineLvl w:val='2'/></w:pPr>"
    unlisted = "<w:pPr><w:pStyle w:val='ListBullet'/><w:numPr><w:numId w:val='0'/></w:numPr></w:pPr>"
    found = shape(with_body(para("Deep", before=outline) + para("Plain", before=unlisted)))
    assert found == [("heading", 3, "Deep"), ("text", 0, "Plain")]


def test_styles_in_a_circle_end() -> None:
    based = b'<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="%s"/></w:style>'
    circle = based % (b"A", b"a", b"B") + based % (b"B", b"b", b"A") + b"</w:styles>"
    data = made.changed(made.docx_(), "word/styles.xml", b"</w:styles>", circle)
    looped = made.changed(data, MAIN, b'<w:pStyle w:val="Heading2"/>', b'<w:pStyle w:val="A"/>')
    assert ("text", 0, "Lime") in shape(read(looped))


def test_broken_pictures_and_missing_styles_cost_no_text() -> None:
    parts = made.members(made.docx_())
    parts["word/_rels/document.xml.rels"] = parts["word/_rels/document.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"'
        b' Target="NULL"/></Relationships>',
    )
    del parts["word/styles.xml"]
    assert made.SCALE.strip() in read(made.zipped(parts)).text


def test_the_strict_variant_and_files_with_macros() -> None:
    strict = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        for name, content in made.members(made.docx_()).items()
    }
    assert read(made.zipped(strict)).text == read(made.docx_()).text
    macros = made.changed(
        made.docx_(),
        "[Content_Types].xml",
        b"wordprocessingml.document.main+xml",
        b"ms-word.document.macroEnabled.main+xml",
    )
    assert read(macros).text == read(made.docx_()).text


def test_footnotes_come_last() -> None:
    notes = f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='0'>{para('-')}</w:footnote>"
    notes += f"<w:footnote w:id='1'>{para('Measured in 1998.')}</w:footnote></w:footnotes>"
    parts = made.members(made.docx_())
    parts["word/footnotes.xml"] = notes.encode()
    parts["word/_rels/document.xml.rels"] = parts["word/_rels/document.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId98" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"'
        b' Target="footnotes.xml"/></Relationships>',
    )
    assert shape(read(made.zipped(parts)))[-1] == ("text", 0, "Measured in 1998.")


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent {nsdecls('w')}>{para('In the box')}</w:txbxContent>"
    drawn = (
        "<w:r xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'><mc:AlternateContent>"
        f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert with_body(para("Beside it", after=drawn)).text == "Beside it\n\nIn the box"


def bomb() -> bytes:
    return made.zipped({**made.members(made.docx_()), "word/media/image1.png": bytes(60 << 20)})


@pytest.mark.parametrize(
    ("data", "reason", "hint"),
    [
        (b"", "empty", "copy"),
        (made.docx_()[:-600], "cut short", "again"),
        (made.docx_()[:2000], "cut short", "again"),
        (made.ole("EncryptedPackage"), "encrypted", "password"),
        (made.changed(made.docx_(), MAIN, b"</w:body>", b""), "not well formed", "anew"),
        (made.changed(made.docx_(), MAIN, b"<w:document ", b"<!DOCTYPE a><w:document "), "document type", "anew"),
        (made.zipped({"word/document.xml": b"<a/>"}), "does not say where", "anew"),
        (bomb(), "zip bomb", "trust"),
    ],
    ids=["empty", "truncated", "beginning", "encrypted", "broken XML", "entities", "no root", "bomb"],
)
def test_refused(data: bytes, reason: str, hint: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_docx(data, "file.docx")
    assert reason in caught.value.reason
    assert hint in caught.value.hint
