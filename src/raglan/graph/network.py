"""Names and the passages that name them, and which passages are near to where one starts: personalised PageRank.

HippoRAG (Gutiérrez et al. 2024) walks a graph of names from those of a question; here the graph has two sides, names and
passages, so that no language model need draw its edges: r = (1 - d) · s + d · W r, s what one starts from, W the edges
scaled so that what leaves a node sums to 1. Rare names weigh more; those that only one passage has lead nowhere and are
left out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from raglan.graph.names import key, resolved
from raglan.store.graph import GraphTables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

__all__ = ["Network", "network"]

_KINDS = ("person", "organisation", "place", "work", "code", "name")
_STEPS = 12
_COMMON = 0.1  # share of passages above which a name says nothing
_TITLE = 2.0  # times as much a passage's own title counts as a name in it


@dataclass(frozen=True, slots=True)
class Network:
    """Edges between passages (store keys, by place) and names, with weights."""

    passages: Sequence[int]
    names: Mapping[str, int]
    rows: Places
    columns: Places
    weights: Floats

    def rank(self, passages: Mapping[int, float], names: Mapping[str, float], *, damping: float = 0.5) -> Floats:
        """For each passage its share of a walk that starts at these passages (by place) and names [passages].

        ``passages`` and ``names`` say with which weight; the shares of passages and names together sum to 1. Names that
        are not there are passed over. All zero where nothing to start from is left.
        """
        start_p, start_n = np.zeros(len(self.passages)), np.zeros(len(self.names))
        for place, weight in passages.items():
            start_p[place] = weight
        for name, weight in names.items():
            if name in self.names:
                start_n[self.names[name]] = weight
        total = start_p.sum() + start_n.sum()
        if not total:
            return start_p
        start_p, start_n = start_p / total, start_n / total
        out_p = _summed(self.rows, self.weights, len(self.passages))
        out_n = _summed(self.columns, self.weights, len(self.names))
        at_p: Floats = start_p
        at_n: Floats = start_n
        for _ in range(_STEPS):
            share_p, share_n = at_p / np.maximum(out_p, 1e-12), at_n / np.maximum(out_n, 1e-12)
            next_p = _summed(self.rows, self.weights * share_n[self.columns], len(self.passages))
            next_n = _summed(self.columns, self.weights * share_p[self.rows], len(self.names))
            at_p = (1 - damping) * start_p + damping * next_p
            at_n = (1 - damping) * start_n + damping * next_n
        return at_p


def _summed(places: Places, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(places, values, size), np.float64)


def network(tables: GraphTables) -> Network:
    """The network of all that was read."""
    documents = tables.documents()
    same = resolved(tables.aliases())
    edges: Counter[tuple[int, str]] = Counter()
    for row in tables.mentions(_KINDS):
        edges[row.passage, same.get(row.name, row.name)] = 1
    for passage, (_, title) in documents.items():
        if title:
            name = key(title)
            edges[passage, same.get(name, name)] = 2
    keys = list(documents)
    places = {passage: place for place, passage in enumerate(keys)}
    degree = Counter(name for _, name in edges)
    common = max(20.0, _COMMON * len(keys))
    kept = [(passage, name) for passage, name in edges if 1 < degree[name] <= common and passage in places]
    names = {name: place for place, name in enumerate(dict.fromkeys(name for _, name in kept))}
    weights = [(_TITLE if edges[edge] > 1 else 1.0) * math.log(1 + len(keys) / degree[edge[1]]) for edge in kept]
    return Network(
        keys,
        names,
        np.array([places[passage] for passage, _ in kept], np.int64),
        np.array([names[name] for _, name in kept], np.int64),
        np.array(weights, np.float64),
    )
