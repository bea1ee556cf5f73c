import io

import numpy as np
import pytest

from raglan.serve.pages import drawn
from tests.serve.test_writing import ended, sent

fpdf = pytest.importorskip("fpdf", reason="makes the PDF")
Image = pytest.importorskip("PIL.Image", reason="needs the extra serve")


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    pdf = fpdf.FPDF()
    pdf.set_font("helvetica", size=14)
    for text in ("The pump is behind the left cover.", "The valve opens at nine bar."):
        pdf.add_page()
        pdf.multi_cell(0, 10, text)
    place = tmp_path_factory.mktemp("pdf") / "manual.pdf"
    pdf.output(str(place))
    return place


def pixels(data):
    """Red, green, blue [height, width, 3]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def yellow(data):
    picture = pixels(data)
    return (picture[..., 0] > 200) & (picture[..., 2] < 180)


def test_a_page_is_drawn_with_what_is_cited_marked(client, manual):
    [name] = ended(client, sent(client, ("manual.pdf", manual.read_bytes())).json()["job"])["documents"]
    told = client.get(f"/v1/documents/{name}").json()
    start = told["text"].index("valve")
    [block] = [one for one in told["blocks"] if one["start"] <= start < one["end"]]
    assert block["page"] == 2
    plain = client.get(f"/v1/pages/2/{name}")
    assert plain.headers["content-type"] == "image/png"
    marked = client.get(f"/v1/pages/2/{name}", params={"start": start, "end": start + 5})
    assert not yellow(plain.content).any()
    assert yellow(marked.content).sum() > 1_000
    elsewhere = client.get(f"/v1/pages/1/{name}", params={"start": start, "end": start + 5})
    assert not yellow(elsewhere.content).any()
    assert client.get(f"/v1/pages/3/{name}").status_code == 404
    assert client.get("/v1/documents").json()["documents"][-1]["pages"] == 2


def test_the_mark_lies_on_the_words(client, manual):
    [name] = ended(client, sent(client, ("manual.pdf", manual.read_bytes())).json()["job"])["documents"]
    told = client.get(f"/v1/documents/{name}").json()
    start = told["text"].index("pump")
    data = client.get(f"/v1/pages/1/{name}", params={"start": start, "end": start + 4}).content
    rows, columns = np.nonzero(yellow(data))
    inked = pixels(data).sum(axis=2) < 150
    assert inked.any()
    assert inked[rows.min() : rows.max(), columns.min() : columns.max()].sum() == inked.sum()


def test_what_is_no_pdf_draws_nothing(tmp_path, client):
    place = tmp_path / "bad.pdf"
    place.write_bytes(b"%PDF-1.7 nothing")
    assert drawn(place, 1, []) is None
    assert client.get("/v1/pages/1/warranty.md").status_code == 404
