"""The part of a graph around some things: what belongs to it, in which order, and what is left out."""

import pytest

from raglan.graph.near import around, degrees, meant, stated_in
from raglan.graph.view import Graph, Stated, Thing
from raglan.types import Span, Triple


def made(*facts):
    """A graph of facts, each a head, a relation, a tail and the passages that state it."""
    stated = [
        Stated(head.lower(), relation, tail.lower(), Triple(head, relation, tail, ids[0]), frozenset(["copular"]),
               tuple((one, Span(0, 1)) for one in ids))
        for head, relation, tail, *ids in facts
    ]  # fmt: skip
    said = {name.lower(): name for head, _, tail, *_ in facts for name in (head, tail)}
    stated.sort(key=lambda one: -one.count)
    return Graph({name: Thing(name, one, "", 1) for name, one in said.items()}, stated, {"eternal city": "rome"})


ROMAN = made(
    ("Rome", "lies in", "Italy", "a"),
    ("Rome", "has", "Rome Airport", "b", "c"),
    ("Italy", "borders", "France", "d"),
    ("France", "borders", "Spain", "e"),
    ("Rome", "takes", "4 weeks", "f"),
    ("Leave", "lasts", "4 weeks", "g"),
)


def test_nearest_facts_come_first_and_values_lead_nowhere():
    part = around(ROMAN, ["rome"], 60)
    assert (part.starts, part.left) == (("rome",), 0)
    assert [fact.tail for fact in part.facts] == ["rome airport", "italy", "4 weeks", "france", "spain"]
    assert "leave" not in part.things
    # Who asks for a value is told what has it.
    assert set(around(ROMAN, ["4 weeks"], 3).things) == {"4 weeks", "rome", "leave"}


@pytest.mark.parametrize(("most", "things", "left"), [(2, 2, 2), (3, 3, 1), (4, 4, 0)])
def test_no_more_things_than_wanted(most, things, left):
    part = around(ROMAN, ["rome"], most)
    assert (len(part.things), part.left) == (things, left)
    assert {end for fact in part.facts for end in (fact.head, fact.tail)} <= set(part.things)


def test_facts_of_the_passages_come_first():
    starts = stated_in(ROMAN, {"d"}, ["eternal city", "nobody"], degrees(ROMAN))
    assert starts == ["italy", "france", "rome"]
    assert around(ROMAN, starts, 60, {"d"}).facts[0].relation == "borders"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ROME", ["rome", "rome airport"]),
        ("Eternal City", ["rome", "rome airport"]),
        ("rome airport", ["rome airport"]),
        ("airport", ["rome airport"]),
        ("Atlantis", []),
        ("", []),
    ],
)
def test_which_things_a_text_means(text, names):
    assert meant(ROMAN, text, degrees(ROMAN)) == names
