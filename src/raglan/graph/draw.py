"""A drawing of a graph as SVG: what hangs together lies together (Fruchterman and Reingold 1991)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from raglan.graph.view import Graph, Stated

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["drawn", "laid"]

_MOST = 60  # things; more cannot be read
_STEPS = 150
_WIDTH, _HEIGHT, _EDGE = 1200, 800, 90
_COLOURS = {
    "person": "#b3541e",
    "organisation": "#1f5a99",
    "place": "#2e7d4f",
    "date": "#777777",
    "quantity": "#777777",
}
_LONG = 32


def drawn(graph: Graph, *, seed: int = 0) -> str:
    """The drawing; of a large graph the things that most facts are about."""
    degree = Counter(end for fact in graph.facts for end in (fact.head, fact.tail))
    chosen = {name for name, _ in sorted(degree.items(), key=lambda one: (-one[1], one[0]))[:_MOST]}
    facts = [fact for fact in graph.facts if fact.head in chosen and fact.tail in chosen]
    names = sorted({end for fact in facts for end in (fact.head, fact.tail)})
    at = _EDGE + laid(names, facts, seed) * np.array([_WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    place = dict(zip(names, at.tolist(), strict=True))
    lines += [_edge(fact, place[fact.head], place[fact.tail]) for fact in facts]
    lines += [_node(graph, name, place[name]) for name in names]
    return "\n".join([*lines, "</svg>", ""])


def laid(names: Sequence[str], facts: Sequence[Stated], seed: int = 0) -> NDArray[np.float64]:
    """Places [names, 2], each number from 0 to 1; what facts join lies together."""
    n = len(names)
    index = {name: place for place, name in enumerate(names)}
    ends = np.array([[index[fact.head], index[fact.tail]] for fact in facts], np.int64).reshape(-1, 2)
    at = np.random.default_rng(seed).random((n, 2))
    wanted = 1 / max(1.0, n) ** 0.5
    for step in range(_STEPS):
        apart = at[:, None] - at[None]
        far = np.maximum(np.linalg.norm(apart, axis=2), 1e-3)
        force = (apart * (wanted**2 / far**2)[:, :, None]).sum(axis=1)
        along = at[ends[:, 0]] - at[ends[:, 1]]
        pull = along * (np.linalg.norm(along, axis=1, keepdims=True) / wanted)
        np.add.at(force, ends[:, 0], -pull)
        np.add.at(force, ends[:, 1], pull)
        force += 0.3 * (0.5 - at)
        size = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        at += force / size * np.minimum(size, 0.1 * (1 - step / _STEPS))
    low, high = (at.min(axis=0), at.max(axis=0)) if n else (0.0, 1.0)
    return np.asarray((at - low) / np.maximum(high - low, 1e-9))


def _edge(fact: Stated, one: Sequence[float], other: Sequence[float]) -> str:
    middle = [(a + b) / 2 for a, b in zip(one, other, strict=True)]
    return (
        f'<line x1="{one[0]:.0f}" y1="{one[1]:.0f}" x2="{other[0]:.0f}" y2="{other[1]:.0f}" stroke="#bbb"/>'
        f'<text x="{middle[0]:.0f}" y="{middle[1]:.0f}" font-size="9" fill="#888" text-anchor="middle">'
        f"{escape(_short(fact.said.relation))}</text>"
    )


def _node(graph: Graph, name: str, at: Sequence[float]) -> str:
    thing = graph.things[name]
    colour = _COLOURS.get(thing.kind, "#444444")
    return (
        f'<circle cx="{at[0]:.0f}" cy="{at[1]:.0f}" r="5" fill="{colour}"/>'
        f'<text x="{at[0]:.0f}" y="{at[1] - 8:.0f}" font-size="12" fill="{colour}" text-anchor="middle">'
        f"{escape(_short(thing.said))}</text>"
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
