"""The part of a graph that lies around some things: what a person looks at, for a whole graph cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from raglan.graph.claims import measured
from raglan.graph.names import key
from raglan.graph.view import Graph, Stated
from raglan.text.words import is_chinese

__all__ = ["Part", "around", "degrees", "meant", "stated_in"]

_MATCHES = 8
_FACTS = 2  # times as many facts as things


@dataclass(frozen=True, slots=True)
class Part:
    """Facts around ``starts``, the ``things`` (names) they are about, and how many about the starts are ``left`` out."""

    starts: tuple[str, ...]
    things: tuple[str, ...]
    facts: tuple[Stated, ...]
    left: int


def degrees(graph: Graph) -> Counter[str]:
    """How many facts each thing is in."""
    return Counter(end for fact in graph.facts for end in {fact.head, fact.tail})


def meant(graph: Graph, text: str, known: Counter[str]) -> list[str]:
    """The things that a text may mean, best first: those that are called so, that begin so, then whose names hold it."""
    said = graph.things[text].said if text in known else text
    wanted = graph.same.get(key(said), key(said))
    bare = {name: name.partition(" @ ")[0] for name in known}
    found = [name for name in known if wanted and _holds(bare[name], wanted)]
    found.sort(key=lambda name: (bare[name] != wanted, not bare[name].startswith(wanted), -known[name], name))
    # A name as the graph has it is that thing and no other.
    exact = [text] if text in known else []
    return list(dict.fromkeys([*exact, *found]))[:_MATCHES]


def _holds(name: str, part: str) -> bool:
    return part in name if is_chinese(part) else f" {part} " in f" {name} "


def _value(said: str) -> bool:
    """Whether a thing is a number, a date or an amount."""
    return any(start == 0 for start, *_ in measured(said))


def stated_in(graph: Graph, passages: Collection[str], also: Iterable[str], known: Counter[str]) -> list[str]:
    """The things that facts of these ``passages`` (ids) are about, most often first, then those that are named there too."""
    told = Counter(
        end
        for fact in graph.facts
        for end in (fact.head, fact.tail)
        if any(name in passages for name, _ in fact.places)
    )
    named = (graph.same.get(name, name) for name in also)
    return list(dict.fromkeys([*(name for name, _ in told.most_common()), *(name for name in named if name in known)]))


def around(graph: Graph, starts: Sequence[str], most: int, passages: Collection[str] = ()) -> Part:
    """At most ``most`` things: ``starts``, what facts about them name, then what these lead to.

    Facts that these ``passages`` (ids) state come first, then those that most passages state.
    """
    ordered = sorted(graph.facts, key=lambda fact: not any(name in passages for name, _ in fact.places))
    chosen: dict[str, None] = dict.fromkeys(starts[:most])
    ring, facts = set(chosen), dict[int, Stated]()
    while ring:
        further: set[str] = set()
        for at, fact in enumerate(ordered):
            ends = {fact.head, fact.tail}
            fits = len(facts) < _FACTS * most and len(chosen) + len(ends - chosen.keys()) <= most
            if ends & ring and at not in facts and fits:
                facts[at] = fact
                further |= ends - chosen.keys()
                chosen |= dict.fromkeys(sorted(ends))
        # What costs as much, or takes as long, has nothing else to do with it.
        ring = {name for name in further if not _value(graph.things[name].said)}
    about = sum(fact.head in starts or fact.tail in starts for fact in graph.facts)
    told = sum(fact.head in starts or fact.tail in starts for fact in facts.values())
    return Part(tuple(starts[:most]), tuple(chosen), tuple(facts.values()), about - told)
