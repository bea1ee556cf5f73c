"""The graph as one looks at it: things, the facts about them, and for each fact the passages that it rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from raglan.graph.facts import DEFINITE
from raglan.graph.names import key, resolved
from raglan.store.graph import FactRow, GraphTables
from raglan.text.words import is_chinese
from raglan.types import Span, Triple

__all__ = ["SHOWN", "Graph", "Stated", "Thing", "graph"]

# Rules whose facts are shown unless all are asked for; docs/graph.md gives the share of right ones, rule by rule.
SHOWN = frozenset(
    [
        "copular",
        "meaning",
        "passive",
        "active",
        "quantity",
        f"quantity{DEFINITE}",
        "lived",
        "called",
        "apposition",
        "row",
        "line",
        *("zh 是", "zh 指", "zh 于", "zh 称", "zh 有", "zh 由", f"zh 数{DEFINITE}"),
        "import",
    ]
)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a graph has facts about: its key, how it is mostly written, its kind, and how many passages name it."""

    name: str
    said: str
    kind: str
    passages: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact between things (keys), how it is written, and what it rests on.

    ``places`` are the ids of passages with the characters, counted in them; ``sources`` the files that brought it.
    """

    head: str
    relation: str
    tail: str
    said: Triple
    rules: frozenset[str]
    places: tuple[tuple[str, Span], ...]
    sources: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether one of the rules that found it is right often enough."""
        return not SHOWN.isdisjoint(self.rules)

    @property
    def count(self) -> int:
        """How many passages state it."""
        return len({name for name, _ in self.places})


@dataclass(frozen=True, slots=True)
class Graph:
    """Things by key, and facts, the ones that most passages state first."""

    things: Mapping[str, Thing]
    facts: Sequence[Stated]
    same: Mapping[str, str]

    def about(self, name: str) -> list[Stated]:
        """The facts that a name, written in any way, is the head or the tail of; if there are none, a part of the head."""
        wanted = self.same.get(key(name), key(name))
        exact = [fact for fact in self.facts if wanted in (fact.head, fact.tail, _bare(fact.head))]
        return exact or [fact for fact in self.facts if _holds(_bare(fact.head), wanted)]

    def shown(self) -> Graph:
        """With the facts that are shown by default only."""
        return Graph(self.things, [fact for fact in self.facts if fact.shown], self.same)


def _holds(name: str, part: str) -> bool:
    return part in name if is_chinese(part) else f" {part} " in f" {name} "


def _bare(name: str) -> str:
    return name.partition(" @ ")[0]


def graph(tables: GraphTables) -> Graph:
    """The graph of all that was read, and of what files brought."""
    same = resolved(tables.aliases())
    documents, names = tables.documents(), tables.ids()
    found: dict[tuple[str, str, str], list[FactRow]] = defaultdict(list)
    for row in tables.facts():
        head, tail = (same.get(one, one) for one in (key(row.head), key(row.tail)))
        # "The film" of one document is not that of another.
        head = f"{head} @ {documents[row.passage][0]}" if row.rule.endswith(DEFINITE) else head
        found[head, row.relation.casefold(), tail].append(row)
    brought: dict[tuple[str, str, str], list[tuple[str, Triple]]] = defaultdict(list)
    for source, head, relation, tail in tables.triples():
        told = Triple(head, relation, tail, "")
        place = tuple(same.get(one, one) for one in (key(head), key(tail)))
        brought[place[0], relation.casefold(), place[1]].append((source, told))
    facts = [_stated(one, found.get(one, []), brought.get(one, []), names) for one in {**found, **brought}]
    facts.sort(key=lambda fact: (-fact.count, fact.head, fact.relation, fact.tail))
    return Graph(_things(tables, facts, same), facts, same)


def _stated(
    one: tuple[str, str, str],
    rows: Sequence[FactRow],
    brought: Sequence[tuple[str, Triple]],
    names: Mapping[int, str],
) -> Stated:
    places = tuple((names[row.passage], Span(row.start, row.stop)) for row in rows)
    said = Triple(rows[0].head, rows[0].relation, rows[0].tail, places[0][0]) if rows else brought[0][1]
    rules = frozenset([*(row.rule for row in rows), *(["import"] if brought else [])])
    return Stated(*one, said, rules, places, tuple(sorted({source for source, _ in brought})))


def _things(tables: GraphTables, facts: Iterable[Stated], same: Mapping[str, str]) -> dict[str, Thing]:
    written: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    passages: dict[str, set[int]] = defaultdict(set)
    for row in tables.mentions():
        if row.kind != "phrase":
            name = same.get(row.name, row.name)
            written[name][row.said] += 1
            kinds[name][row.kind] += 1
            passages[name].add(row.passage)
    for fact in facts:
        for name, said in ((fact.head, fact.said.head), (fact.tail, fact.said.tail)):
            written[name].setdefault(said, 0)
    return {name: Thing(name, _most(said), _most(kinds[name]), len(passages[name])) for name, said in written.items()}


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda one: (-counts[one], one), default="")
