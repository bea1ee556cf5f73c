"""Reading workbooks: values as people write them, rows with the names of their columns."""

import pytest

from raglan.errors import ReadError
from raglan.ingest.xlsx import read_xlsx
from raglan.types import Document

from . import made


def read(data: bytes) -> Document:
    [document] = read_xlsx(data, "file.xlsx")
    return document


def test_sheets_titles_and_rows() -> None:
    document = read(made.xlsx())
    assert [(block.kind, block.level, block.span.of(document.text)) for block in document.layout] == [
        ("heading", 1, "Stock"),
        ("text", 0, "Stock of the Alder workshop"),
        ("row", 0, "Part | Pieces | Price | Counted on | Checked | Remark"),
        ("row", 0, "Lid | 24 | 4.5 | 2024-05-01 | TRUE"),
        ("row", 0, "Base | 1200 | 0.3 | 2024-05-02 14:30 | ask Anna"),
    ]
    assert document.layout[3].reading == "Part: Lid; Pieces: 24; Price: 4.5; Counted on: 2024-05-01; Checked: TRUE"
    assert document.meta["sheets_hidden"] == ("Lists",)


def test_open_document_sheets() -> None:
    document = read(made.ods())
    assert document.text == "Parts\n\n" + "\n".join(" | ".join(row) for row in made.PARTS)
    assert document.layout[2].reading == "Part: Lid; Weight in grams: 120; Price: 4.50"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (made.xlsx()[:-300], "cut short"),
        (made.ole("EncryptedPackage"), "encrypted"),
        (made.ole("Workbook"), "damaged"),
        (made.changed(made.xlsx(), "xl/worksheets/sheet1.xml", b"</sheetData>", b""), "damaged"),
        (made.zipped({"xl/a.xml": b"<a/>"}), "damaged"),
    ],
    ids=["empty", "truncated", "encrypted", "old and damaged", "broken XML", "no workbook"],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        read_xlsx(data, "file.xlsx")
    assert caught.value.hint
