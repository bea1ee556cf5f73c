import io

import pytest

fpdf = pytest.importorskip("fpdf", reason="makes the PDF")
Image = pytest.importorskip("PIL.Image", reason="needs the extra serve")

from raglan.serve.pages import drawn
from tests.serve.test_writing import ended, sent


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


def yellow(data):
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return sum(count for count, (red, _, blue) in picture.getcolors(1 << 24) if red > 200 and blue < 180)


def test_a_page_is_drawn_with_what_is_cited_marked(client, manual):
    [name] = ended(client, sent(client, ("manual.pdf", manual.read_bytes())).json()["job"])["documents"]
    told = client.get(f"/v1/documents/{name}").json()
    start = told["text"].index("valve")
    [block] = [one for one in told["blocks"] if one["start"] <= start < one["end"]]
    assert block["page"] == 2
    plain = client.get(f"/v1/pages/2/{name}")
    assert plain.headers["content-type"] == "image/png"
    marked = client.get(f"/v1/pages/2/{name}", params={"start": start, "end": start + 5})
    assert yellow(plain.content) == 0
    assert yellow(marked.content) > 1_000
    elsewhere = client.get(f"/v1/pages/1/{name}", params={"start": start, "end": start + 5})
    assert yellow(elsewhere.content) == 0
    assert client.get(f"/v1/pages/3/{name}").status_code == 404
    assert client.get("/v1/documents").json()["documents"][-1]["pages"] == 2


def test_the_mark_lies_on_the_words(client, manual):
    [name] = ended(client, sent(client, ("manual.pdf", manual.read_bytes())).json()["job"])["documents"]
    told = client.get(f"/v1/documents/{name}").json()
    start = told["text"].index("pump")
    picture = Image.open(io.BytesIO(client.get(f"/v1/pages/1/{name}?start={start}&end={start + 4}").content)).convert(
        "RGB"
    )
    pixels = picture.load()
    marked = [
        (x, y)
        for x in range(0, picture.width, 2)
        for y in range(0, picture.height, 2)
        if pixels[x, y][2] < 180 < pixels[x, y][0]
    ]
    left, top = min(x for x, _ in marked), min(y for _, y in marked)
    right, bottom = max(x for x, _ in marked), max(y for _, y in marked)
    inked = [(x, y) for x in range(picture.width) for y in range(picture.height) if sum(pixels[x, y]) < 150]
    inside = sum(left <= x <= right and top <= y <= bottom for x, y in inked)
    assert inked
    assert inside == len(inked)


def test_what_is_no_pdf_draws_nothing(tmp_path, client):
    place = tmp_path / "bad.pdf"
    place.write_bytes(b"%PDF-1.7 nothing")
    assert drawn(place, 1, []) is None
    assert client.get("/v1/pages/1/warranty.md").status_code == 404
