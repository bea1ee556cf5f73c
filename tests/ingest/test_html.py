"""Web pages: the main text as blocks, without what stands around it, and never less than there is."""

import random

import pytest

from raglan.errors import ReadError
from raglan.ingest.html import read_html

AROUND = """<!doctype html><html lang="en-GB"><head><title>Pump care | Alder Ltd</title>
<style>p {{ color: red }}</style><script>var hidden = "script";</script></head><body>
<header class="site"><a href="/">Alder</a><nav><ul><li><a href="/a">Shop</a></li></ul></nav></header>
<div class="cookie-banner"><p>We use cookies. <button>Accept</button></p></div>
<div class="layout with-sidebar"><div id="sidebar"><p>Latest offers from our shop</p></div>
{main}
</div><aside>Other pumps</aside><footer>All rights reserved</footer></body></html>"""
NOISE = ("Shop", "cookies", "offers", "Other pumps", "rights", "script", "color", "Accept")
TEXT = "<h1>Pump care</h1><p>Rinse the pump <b>every week</b> with lukewarm water and let it dry in the open air.</p>"


def read(html):
    [document] = read_html(html.encode(), "page.html")
    ends = 0
    for block in document.layout:
        assert block.span.start >= ends
        assert block.span.of(document.text) == block.span.of(document.text).strip() != ""
        ends = block.span.end
    return document


def blocks(html):
    document = read(html)
    return [(block.kind, block.span.of(document.text), block.reading) for block in document.layout]


@pytest.mark.parametrize("wrap", ["<main>{}</main>", "<article><header>{}</header></article>", "<div>{}</div>", "{}"])
def test_only_the_main_text_stays(wrap):
    document = read(AROUND.format(main=wrap.format(TEXT)))
    assert document.text == "Pump care\n\nRinse the pump every week with lukewarm water and let it dry in the open air."
    assert document.meta == {"title": "Pump care", "language": "en"}


def test_blocks_of_every_kind():
    html = """<main><h2>Care</h2><p>One<br>two &amp; three</p><ul><li>Soap<ul><li>soft</li></ul></li><li>Oil</li></ul>
    <ol start="4"><li>Open</li><li><p>Fill</p><p>to the mark</p></li></ol><pre>a = 1\n  b = 2</pre>
    <dl><dt>Lid</dt><dd>The top.</dd></dl><blockquote>Said <code>so</code></blockquote>loose</main>"""
    assert blocks(html) == [
        ("heading", "Care", ""),
        ("text", "One\ntwo & three", ""),
        ("item", "Soap", ""),
        ("item", "soft", ""),
        ("item", "Oil", ""),
        ("item", "4. Open", ""),
        ("item", "5. Fill", ""),
        ("item", "to the mark", ""),
        ("code", "a = 1\n  b = 2", ""),
        ("item", "Lid", ""),
        ("item", "The top.", ""),
        ("text", "Said so", ""),
        ("text", "loose", ""),
    ]
    assert read(html).layout[0].level == 2


def test_two_breaks_part_paragraphs():
    assert blocks("<p>One<br><br>\n two</p>") == [("text", "One", ""), ("text", "two", "")]


def test_a_chinese_line_goes_on_without_a_space():
    assert read("<p>水泵应\n  每周清洗。</p>").text == "水泵应每周清洗。"


def test_rows_read_with_their_columns():
    html = """<table><caption>Prices</caption><thead><tr><th>Model</th><th>Price</th></tr></thead>
    <tr><td>A1</td><td>10<br>net</td></tr><tr><td>B2</td><td></td></tr></table>"""
    assert blocks(html) == [
        ("text", "Prices", ""),
        ("row", "A1 | 10 net", "Model: A1; Price: 10 net"),
        ("row", "B2", "Model: B2"),
    ]


def test_cells_that_span_rows_and_columns_count_for_each():
    html = """<table><tr><th rowspan=2>Name</th><th colspan=2>Size</th></tr><tr><th>min</th><th>max</th></tr>
    <tr><td rowspan="2">P</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"""
    assert [reading for _, _, reading in blocks(html)] == [
        "Name: P; Size min: 1; Size max: 2",
        "Name: P; Size min: 3; Size max: 4",
    ]


def test_a_table_of_names_and_values():
    assert blocks("<table><tr><th>Weight<td>3 kg<tr><th>Height<td>4 m</table>") == [
        ("row", "Weight | 3 kg", "Weight: 3 kg"),
        ("row", "Height | 4 m", "Height: 4 m"),
    ]


def test_a_table_that_arranges_the_page_is_no_data():
    inner = "<table><tr><td>a</td><td>b</td></tr></table>"
    html = f"<table><tr><td><h2>Care</h2><p>Oil it.</p></td><td>{inner}</td></tr></table>"
    assert blocks(html) == [("heading", "Care", ""), ("text", "Oil it.", ""), ("row", "a | b", "")]


def test_hidden_parts_are_left_out_but_not_a_page_that_waits_for_its_scripts():
    assert (
        read('<p>Seen</p><p hidden>not</p><div style="display: none">not</div><p aria-hidden="true">not</p>').text
        == "Seen"
    )
    assert read('<html style="visibility:hidden"><body style="display:none"><p>Seen</p></body></html>').text == "Seen"


def test_a_list_of_links_outside_of_the_main_part_is_navigation():
    links = "".join(f"<li><a href='{n}'>Article number {n} of the archive</a></li>" for n in range(5))
    text = f"<p>{'The pump moves water from here to there. ' * 12}</p>"
    assert "archive" not in read(f"<div>{text}<ul>{links}</ul></div>").text
    assert "archive" in read(f"<main>{text}<ul>{links}</ul></main>").text


@pytest.mark.parametrize(
    "html",
    [
        "<header><p>All the text there is.</p></header>",
        "<nav><p>All the text there is.</p></nav>",
        "<div class='sidebar'><p>All the text there is.</p></div>",
        "<main></main><div><p>All the text there is.</p></div>",
        "<form><div>All the text there is.</div></form>",
        "All the text there is.",
    ],
)
def test_rather_too_much_than_nothing(html):
    assert read(f"<html><body>{html}</body></html>").text == "All the text there is."


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb2312", "水泵的保修期"),
        ("big5", "水泵的保固期"),
        ("iso-8859-1", "Größe"),
        ("utf-8", "水泵"),
        ("utf-16", "水泵"),
    ],
)
def test_the_declared_encoding_is_used(encoding, text):
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={encoding}"></head><p>{text}</p>'
    assert read_html(page.encode(encoding), "x")[0].text == text


def test_a_wrong_declaration_does_not_hurt():
    assert read_html('<meta charset="gb2312"><p>水泵的保修期'.encode(), "x")[0].text == "水泵的保修期"
    assert read_html('<meta charset="zlib"><p>水泵的保修期'.encode("gb18030"), "x")[0].text == "水泵的保修期"


def test_an_xml_declaration_is_no_obstacle():
    page = '<?xml version="1.0" encoding="iso-8859-1"?><html xml:lang="de"><p>Größe</p></html>'
    [document] = read_html(page.encode("iso-8859-1"), "x")
    assert (document.text, document.meta) == ("Größe", {"language": "de"})


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote", "h1", "article"])
def test_nothing_is_lost_in_ten_thousand_nested_tags(tag):
    assert "deep down" in read(f"<{tag}>" * 10_000 + "deep down").text


def test_text_behind_deep_nesting_is_kept():
    assert read("<div>" * 10_000 + "deep" + "</div>" * 10_000 + "<p>after</p>").text.split() == ["deep", "after"]


@pytest.mark.parametrize(
    "html",
    [
        "<" * 20_000,
        "&" * 20_000,
        "<p>&#0;&#xD800;&#x110000;x",
        "<table><tr><td colspan=999999999999 rowspan=99999999>a<td>b<tr><td>c</table>",
        "<table>" + "<tr><td>a<td>b" * 2000,
        "<ol start=99999999999999999999><li>a</ol><li>b<ol><li></ol>c",
        "<div class=nav>a" * 1500 + "text " * 1000,
        "<p>a<!-- open",
        "</p></div>a</table></table>",
        "<select><option>a</select>b<frameset><frame>",
    ],
)
def test_malformed_pages_are_read_in_time(html):
    assert read(html).text


def test_any_soup_of_tags_is_read_or_refused():
    tags = (
        "div p table tr td th li ul ol h2 b nav pre br main article script title body html dl dd head caption".split()
    )
    pieces = [f"<{tag}>" for tag in tags] + [f"</{tag}>" for tag in tags] + ["text ", "<!--", "-->", "&lt;", "é", "\n"]
    chance = random.Random(0)
    for _ in range(300):
        html = "".join(chance.choices(pieces, k=chance.randrange(50)))
        try:
            read(html)
        except ReadError:
            continue


@pytest.mark.parametrize(
    "html", ["", "  ", "<html><body></body></html>", "<title>T</title>", "<script>x</script>", "<!-- c -->"]
)
def test_a_page_without_text_is_an_error(html):
    with pytest.raises(ReadError, match="holds no text"):
        read_html(html.encode(), "page.html")


def test_binary_data_is_an_error():
    with pytest.raises(ReadError):
        read_html(b"<html>\x00\x01\x02\x03\x04" * 20, "page.html")
