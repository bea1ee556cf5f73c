"""The graph for other programs: GraphML (Brandes et al. 2002), which Gephi, yEd and networkx read, and JSON-LD 1.1."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from raglan.graph.view import Graph

__all__ = ["FORMATS", "graphml", "jsonld"]

_KEYS = (
    ("label", "node", "string"),
    ("kind", "node", "string"),
    ("passages", "node", "int"),
    ("relation", "edge", "string"),
    ("count", "edge", "int"),
    ("places", "edge", "string"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def graphml(graph: Graph) -> str:
    """A directed graph: a node a thing that a fact is about, an edge a fact, with the passages that it rests on."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    lines += [f'<key id="{name}" for="{part}" attr.name="{name}" attr.type="{kind}"/>' for name, part, kind in _KEYS]
    lines.append('<graph id="raglan" edgedefault="directed">')
    for name in dict.fromkeys(end for fact in graph.facts for end in (fact.head, fact.tail)):
        thing = graph.things[name]
        data = {"label": thing.said, "kind": thing.kind, "passages": str(thing.passages)}
        lines.append(f"<node id={quoteattr(_CONTROL.sub('', name))}>{_data(data)}</node>")
    for fact in graph.facts:
        ends = f"source={quoteattr(_CONTROL.sub('', fact.head))} target={quoteattr(_CONTROL.sub('', fact.tail))}"
        places = [f"{name} {span.start}-{span.end}" for name, span in fact.places] + list(fact.sources)
        data = {"relation": fact.said.relation, "count": str(fact.count), "places": "; ".join(places)}
        lines.append(f"<edge {ends}>{_data(data)}</edge>")
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def _data(values: Mapping[str, str]) -> str:
    return "".join(
        f'<data key="{name}">{escape(_CONTROL.sub("", value))}</data>' for name, value in values.items() if value
    )


def jsonld(graph: Graph) -> str:
    """Each thing with its facts, each fact with what it rests on, under addresses of the scheme ``urn:raglan:``."""
    nodes = []
    by_head: dict[str, list[object]] = {}
    for fact in graph.facts:
        by_head.setdefault(fact.head, []).append(
            {
                "relation": fact.said.relation,
                "tail": {"@id": _address(fact.tail)},
                "passages": [{"id": name, "start": span.start, "end": span.end} for name, span in fact.places],
                **({"sources": list(fact.sources)} if fact.sources else {}),
            }
        )
    for name in dict.fromkeys(end for fact in graph.facts for end in (fact.head, fact.tail)):
        thing = graph.things[name]
        node: dict[str, object] = {"@id": _address(name), "name": thing.said}
        node |= {"kind": thing.kind} if thing.kind else {}
        node |= {"facts": by_head[name]} if name in by_head else {}
        nodes.append(node)
    context = {"@vocab": "urn:raglan:", "name": "http://schema.org/name"}
    return json.dumps({"@context": context, "@graph": nodes}, ensure_ascii=False, indent=1) + "\n"


def _address(name: str) -> str:
    return f"urn:raglan:thing:{quote(name.encode('utf-8', 'replace'), safe='')}"


FORMATS: Mapping[str, Callable[[Graph], str]] = {"graphml": graphml, "jsonld": jsonld}
