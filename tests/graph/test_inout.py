"""Triples come in; GraphML, JSON-LD and drawings go out."""

import json
from xml.etree import ElementTree as ET

import pytest

from raglan.errors import ReadError
from raglan.graph.draw import drawn
from raglan.graph.export import graphml, jsonld
from raglan.graph.following import refreshed
from raglan.graph.triples import triples
from raglan.graph.view import graph
from raglan.store.adding import add_passages
from raglan.store.store import Store
from tests.samples import document

NT = """# from somewhere
<http://x.org/Q1> <http://www.w3.org/2000/01/rdf-schema#label> "Leeds"@en .
<http://x.org/Q1> <http://x.org/p/country> <http://x.org/United_Kingdom> .
<http://x.org/Q1> <http://x.org/p/name> "L\\u00e9\\"eds" .
_:b1 <http://x.org/p/in> <http://x.org/Q1> .

"""


@pytest.fixture
def tables():
    store = Store()
    add_passages(
        store, document("a.md", ["Leeds is a city in England & Wales.", "苏州大学位于江苏省。"], title="Leeds")
    )
    yield refreshed(store)
    store.close()


def test_n_triples(tmp_path):
    file = tmp_path / "a.nt"
    file.write_text(NT, encoding="utf-8")
    assert triples(file) == [
        ("Leeds", "country", "United Kingdom"),
        ("Leeds", "name", 'Lé"eds'),
        ("_:b1", "in", "Leeds"),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv(tmp_path, mark):
    file = tmp_path / "a.csv"
    file.write_text(f"head{mark}relation{mark}tail\n苏州{mark}位于{mark}江苏\n\n", encoding="utf-8-sig")
    assert triples(file) == [("苏州", "位于", "江苏")]


@pytest.mark.parametrize(("name", "text"), [("a.nt", "<a> <b> .\n"), ("a.csv", "only,two\n"), ("a.csv", "a,,c\n")])
def test_what_is_no_triple_is_told(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match="1"):
        triples(file)


def test_bytes_that_are_no_text(tmp_path):
    file = tmp_path / "a.nt"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match="UTF-8"):
        triples(file)
    with pytest.raises(ReadError):
        triples(tmp_path / "missing.nt")


def test_brought_facts_name_their_file_and_are_replaced(tables):
    assert tables.bring("x.nt", [("Leeds", "is", "a city in England & Wales"), ("Leeds", "twin of", "Lille")]) == 2
    found = {fact.relation: fact for fact in graph(tables).facts}
    assert found["is"].count == 1
    assert found["is"].sources == ("x.nt",)
    assert found["twin of"].count == 0
    assert found["twin of"].shown
    assert tables.bring("x.nt", []) == 0
    assert "twin of" not in {fact.relation for fact in graph(tables).facts}


def test_graphml_is_xml_with_the_places(tables):
    whole = graph(tables)
    root = ET.fromstring(graphml(whole))
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    nodes = {node.get("id") for node in root.iterfind(".//g:node", space)}
    edges = root.findall(".//g:edge", space)
    assert len(edges) == len(whole.facts) == 2
    for edge in edges:
        assert {edge.get("source"), edge.get("target")} <= nodes
        assert "a.md:" in (edge.findtext("g:data[@key='places']", namespaces=space) or "")


def test_json_ld_links_its_things(tables):
    found = json.loads(jsonld(graph(tables)))
    there = {node["@id"] for node in found["@graph"]}
    stated = [fact for node in found["@graph"] for fact in node.get("facts", ())]
    assert len(stated) == 2
    assert {fact["tail"]["@id"] for fact in stated} <= there
    assert all(fact["passages"] for fact in stated)


def test_a_drawing_is_xml_and_the_same_again(tables):
    whole = graph(tables)
    assert drawn(whole) == drawn(whole)
    assert "江苏省" in "".join(ET.fromstring(drawn(whole)).itertext())


def test_an_empty_graph_goes_out_too():
    store = Store()
    empty = graph(refreshed(store))
    ET.fromstring(graphml(empty))
    ET.fromstring(drawn(empty))
    assert json.loads(jsonld(empty))["@graph"] == []
    store.close()


def test_a_thing_is_found_however_it_is_written(tables):
    whole = graph(tables)
    assert whole.about("LEEDS")
    assert whole.about("蘇州大學")
    assert whole.about("江苏") == []
    assert whole.about("nowhere") == []
