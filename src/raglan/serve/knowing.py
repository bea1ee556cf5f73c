"""The route for the graph: what documents say of a thing and of what lies near it, as far as the caller may see them."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request

from raglan.graph.draw import laid
from raglan.graph.extract import IDENTITY
from raglan.graph.near import Part, around, degrees, meant, stated_in
from raglan.graph.view import Graph, Stated, graph
from raglan.serve import shapes
from raglan.serve.audit import touched
from raglan.serve.callers import Reads
from raglan.serve.problems import PROBLEMS
from raglan.serve.service import Service
from raglan.serve.veiling import Veil
from raglan.store.graph import GraphTables
from raglan.store.store import Store

__all__ = ["knowing"]

Entity = Annotated[str, Query(max_length=400, description="a thing, in whatever way its name is written")]
Passage = Annotated[str, Query(max_length=4_000)]
Passages = Annotated[list[Passage], Query(max_length=20, description="ids of passages; the graph around these")]
Limit = Annotated[int, Query(ge=2, le=60, description="how many things at most")]
_TOLD = 3  # statements of a fact
_KEPT = 4  # graphs, of the whole store and of views
_OVERVIEW = 3  # things that an overview starts from
_HINT = "{} passages were not read for the graph; on the server, raglan graph PATH reads them"


class _Known(NamedTuple):
    graph: Graph
    degrees: Counter[str]


class _Graphs:
    """The graphs of the stores that were asked last, each made anew when its store has changed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._made: OrderedDict[int, tuple[Store, tuple[int, int], _Known]] = OrderedDict()

    def of(self, store: Store, unread: int) -> _Known:
        """The graph of all that ``store`` shows."""
        # Of a view only what it shows counts: how long a reply takes must not tell that something hidden changed.
        state = (store.seq, unread) if store.limited else store.version
        with self._guard:
            held = self._made.get(id(store))
        if held is None or held[0] is not store or held[1] != state:
            whole = graph(GraphTables(store)).shown()
            held = store, state, _Known(whole, degrees(whole))
        with self._guard:
            self._made[id(store)] = held
            self._made.move_to_end(id(store))
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return held[2]


def knowing(service: Service) -> APIRouter:
    """The route that looks at the graph of ``service``."""
    router = APIRouter(prefix="/v1", responses={**PROBLEMS})
    graphs = _Graphs()

    @router.get(
        "/graph", response_model=shapes.GraphPart, summary="What documents say of a thing, and of what is near it"
    )
    def near(key: Reads, request: Request, entity: Entity = "", passage: Passages = [], limit: Limit = 24) -> Any:  # noqa: B006
        store, veil = service.library(key).store, service.veil(key)
        tables = GraphTables(store)
        unread = tables.left(tables.read(IDENTITY))
        known = _unveiled(graphs.of(store, unread), veil)
        starts, matches = _starts(known, tables, entity, passage)
        part = around(known.graph, starts, limit, set(passage))
        told = _object(store, known, part, veil)
        touched(request.state, (one["document"] for fact in told["facts"] for one in fact["statements"]))
        hint = _HINT.format(unread) if unread else ""
        read = unread < len(store) or bool(known.graph.facts)
        found = [_match(known, name) for name in matches]
        return {**told, "matches": found, "read": read, "unread": unread, "hint": hint}

    return router


def _starts(known: _Known, tables: GraphTables, entity: str, passages: Sequence[str]) -> tuple[list[str], list[str]]:
    """Where to begin, and what else may be meant: the thing that is named, those of passages, or those of most facts."""
    if entity.strip():
        found = meant(known.graph, entity, known.degrees)
        return found[:1], found
    if passages:
        return stated_in(known.graph, set(passages), tables.named(passages), known.degrees), []
    return [name for name, _ in known.degrees.most_common(_OVERVIEW)], []


def _unveiled(known: _Known, veil: Veil) -> _Known:
    """Without the facts that hold personal data, where these are hidden: a name is what one asks by, and shows it."""
    if not veil.on:
        return known
    graph = known.graph
    names = {name for name, one in graph.things.items() if veil.text(one.said) == one.said and veil.text(name) == name}
    facts = [one for one in graph.facts if {one.head, one.tail} <= names and _plain(one, veil)]
    left = Graph(graph.things, facts, graph.same)
    return _Known(left, degrees(left))


def _plain(fact: Stated, veil: Veil) -> bool:
    return all(veil.text(said) == said for said in (fact.said.head, fact.said.relation, fact.said.tail))


def _match(known: _Known, name: str) -> dict[str, Any]:
    thing = known.graph.things[name]
    return {"name": name, "label": thing.said, "kind": thing.kind, "facts": known.degrees[name]}


def _object(store: Store, known: _Known, part: Part, veil: Veil) -> dict[str, Any]:
    at = laid(part.things, part.facts).tolist()
    things = [
        {**_match(known, name), "passages": known.graph.things[name].passages, "x": round(x, 4), "y": round(y, 4)}
        for name, (x, y) in zip(part.things, at, strict=True)
    ]
    facts = [_fact(store, fact, veil) for fact in part.facts]
    return {"starts": list(part.starts), "things": things, "facts": facts, "left": part.left}


def _fact(store: Store, fact: Stated, veil: Veil) -> dict[str, Any]:
    statements = []
    for name, span in fact.places[:_TOLD]:
        if found := store.find(name):
            passage = found[1]
            place = span.shift(passage.span.start)
            statements.append(
                {
                    "document": passage.document,
                    "page": passage.meta.get("page"),
                    "start": place.start,
                    "end": place.end,
                    "text": veil.text(passage.text)[span.start : span.end],
                }
            )
    return {
        "head": fact.head,
        "relation": fact.said.relation,
        "tail": fact.tail,
        "count": fact.count,
        "statements": statements,
        "sources": list(fact.sources),
    }
