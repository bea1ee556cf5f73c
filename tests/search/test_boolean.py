"""Expressions: what they find, and what they are told when they make no sense."""

import pytest

from raglan.errors import ConfigError
from raglan.search.boolean import Boolean
from raglan.search.lexical import LexicalIndex
from raglan.store.store import Store
from raglan.types import Query
from tests.samples import document

PASSAGES = [
    *document("a", ["warranty of the battery"], title="Handbook", kind="pdf"),
    *document("b", ["warranty of the power supply in 2021"], title="Handbook of 2021", kind="pdf"),
    *document("c", ["the supply of power"], title="Notes", kind="txt"),
    *document("d", ["descaling, descaled, decalcified"], title="Care", kind="txt", file="care.txt"),
    *document("e", ["FX-200 shows E-07"], title="Machine", kind="md"),
    *document("f", ["保修期为两年"], title="保修条款", kind="md"),
    *document("g", ["电池的保修期"], title="Café", headings=("Batteries",), kind="md"),
]
FOUND = {
    "warranty": "ab",
    "WARRANTIES": "ab",
    "warranty battery": "a",
    "warranty AND battery": "a",
    "battery OR supply": "abcg",
    "battery supply": "",
    "warranty NOT battery": "b",
    "warranty -battery": "b",
    "warranty AND NOT battery": "b",
    "warranty NOT NOT battery": "a",
    "NOT warranty": "cdefg",
    "-warranty -power": "defg",
    '"power supply"': "b",
    '"supply power"': "",
    '-"power supply" supply': "c",
    "warranty AND (battery OR power)": "ab",
    "(warranty battery) OR (power -warranty)": "ac",
    "((warranty))": "ab",
    "warranty AND battery OR power": "abc",
    "power OR warranty AND battery": "abc",
    "NOT (warranty OR power)": "defg",
    'warranty AND (battery OR "power supply") NOT 2021': "a",
    "title:handbook": "ab",
    "title:2021": "b",
    'title:"handbook of"': "b",
    "title:batteries": "g",
    "title:warranty": "",
    "kind:pdf": "ab",
    "kind:pdf -2021": "a",
    "kind:PDF": "",
    "document:c": "c",
    "file:care.txt": "d",
    "colour:red": "",
    "handbook": "ab",
    "desc*": "d",
    "decal*": "d",
    "DESC*": "d",
    "warranties*": "ab",
    "batter* OR desc*": "adg",
    "title:hand*": "ab",
    "E-07": "e",
    "FX-200 E-07": "e",
    "07": "e",
    "保修": "fg",
    "保修期 电池": "g",
    "title:保修": "f",
    "保修 NOT 电池": "f",
    '"保修期为"': "f",
    "café": "g",
    "cafe": "g",
    "and": "",
    "or battery": "",
}
REFUSED = {
    "": "is empty",
    "   ": "is empty",
    "AND": "lacks a word",
    "OR": "lacks a word",
    "NOT": "lacks a word",
    "warranty AND": "lacks a word",
    "AND warranty": "lacks a word",
    "warranty OR": "lacks a word",
    "OR warranty": "lacks a word",
    "warranty NOT": "lacks a word",
    "warranty AND OR battery": "lacks a word",
    "()": "lacks a word",
    "(warranty": "has a ( without a )",
    "warranty)": "has a ) without a (",
    "(a OR (b)": "has a ( without a )",
    '"power supply': 'has a " without another',
    'warranty "': 'has a " without another',
    "warranty ?!": "has nothing to look for in '?!'",
    "*": "has nothing to look for in '*'",
    '""': "has nothing to look for in ''",
    'title:""': "has nothing to look for in ''",
    "(" * 9_000 + "a": "too many parentheses",
}


@pytest.fixture(scope="module")
def boolean() -> Boolean:
    index = LexicalIndex(Store())
    index.add(PASSAGES)
    return Boolean(index)


@pytest.mark.parametrize("expression", FOUND)
def test_it_finds(boolean: Boolean, expression: str) -> None:
    [hits] = boolean.search([Query(expression)], 20)
    assert "".join(sorted(hit.passage.document for hit in hits)) == FOUND[expression]
    assert all(hit.by == "boolean" for hit in hits)


@pytest.mark.parametrize("expression", REFUSED, ids=lambda text: repr(text)[:30])
def test_it_refuses(boolean: Boolean, expression: str) -> None:
    with pytest.raises(ConfigError) as caught:
        boolean.search([Query(expression)], 20)
    assert REFUSED[expression] in str(caught.value)
    assert repr(expression) in str(caught.value)
    assert "write for example" in str(caught.value)


def test_the_better_match_comes_first(boolean: Boolean) -> None:
    [hits] = boolean.search([Query("warranty OR battery")], 3)
    assert hits[0].passage.document == "a"


def test_filters_hold(boolean: Boolean) -> None:
    [hits] = boolean.search([Query("NOT warranty", where={"kind": "txt"})], 20)
    assert {hit.passage.document for hit in hits} == {"c", "d"}
