"""Search along names: from the passages that another search finds, and the names in the question, to what they lead to.

A question whose answer needs two passages names, more often than not, only the first; the second is about something that
the first one names. As one more list beside words and vectors, or joined with the search that it starts from
(:class:`Linked`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from raglan.errors import StoreError
from raglan.graph.following import refreshed
from raglan.graph.names import key
from raglan.graph.network import Network, network
from raglan.protocols import Retriever
from raglan.store.graph import GraphTables
from raglan.store.store import Store
from raglan.text.words import is_chinese
from raglan.types import Hit, Query

__all__ = ["GraphRetriever", "Linked", "pagerank"]

_LOG = logging.getLogger(__name__)
_WORDS = re.compile(r"[^\W_][\w’'.&-]*")
_LONGEST = 8  # words of a name in a question


@dataclass(slots=True)
class GraphRetriever:
    """Personalised PageRank over the names and passages of ``store``, from the ``depth`` best hits of ``first``.

    ``sharp`` is the power to which scaled scores of the hits are raised, ``named`` the share of the start that goes to the
    names in the question, ``damping`` that of each step that goes on. The network is made anew when the store has changed.
    """

    store: Store
    first: Retriever
    depth: int = 10
    sharp: float = 8.0
    named: float = 0.3
    damping: float = 0.9
    _made: tuple[tuple[int, int], Network, dict[int, int]] | None = field(default=None, init=False, repr=False)

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first; scores are shares of the walk."""
        found = self.first.search(queries, self.depth)
        return [self.ranked(query, hits, k) for query, hits in zip(queries, found, strict=True)]

    def ranked(self, query: Query, hits: Sequence[Hit], k: int) -> list[Hit]:
        """The ``k`` passages nearest to these hits and to the names in ``query``."""
        made, places = self._network()
        told = hits[: self.depth]
        keys = GraphTables(self.store).keys([hit.passage.id for hit in told])
        best = hits[0].score if hits else 1.0
        start = {
            places[keys[hit.passage.id]]: (hit.score / best) ** self.sharp
            for hit in told
            if keys.get(hit.passage.id) in places and hit.score > 0
        }
        names = _asked(query.text, made)
        scale = self.named * sum(start.values()) / max(1, len(names)) if start else 1.0
        shares = made.rank(start, dict.fromkeys(names, scale), damping=self.damping)
        allowed = self.store.allowed(query.where) if query.where else None
        order = np.argsort(-shares, kind="stable")
        chosen = [
            place for place in order if shares[place] > 0 and (allowed is None or made.passages[place] in allowed)
        ]
        there = self.store.get([made.passages[place] for place in chosen[:k]])
        return [
            Hit(there[made.passages[place]], float(shares[place]), "graph")
            for place in chosen[:k]
            if made.passages[place] in there
        ]

    def _network(self) -> tuple[Network, dict[int, int]]:
        version = self.store.version
        if self._made is None or self._made[0] != version:
            made = network(self._tables())
            places = {passage: place for place, passage in enumerate(made.passages)}
            self._made = (self.store.version, made, places)
        return self._made[1], self._made[2]

    def _tables(self) -> GraphTables:
        try:
            # What is read out of passages is kept with the whole store; a view of it shows what its own passages say.
            refreshed(self.store.whole)
        except StoreError as error:
            # Another process writes for long, or the store can only be read: a search goes on with what was read before.
            _LOG.warning("the graph is not in step with its store (%s)", error)
        return GraphTables(self.store)


def _asked(text: str, made: Network) -> list[str]:
    """The names of the network that a question names; of one within another the longer."""
    if is_chinese(text):
        told = key(text)
        found = sorted(
            (name for name in made.names if len(name) > 1 and name in told), key=lambda name: (-len(name), name)
        )
        return [name for at, name in enumerate(found) if not any(name in other for other in found[:at])]
    words = [match.group() for match in _WORDS.finditer(text)]
    told_names: list[str] = []
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            name = key(" ".join(words[at : at + size]))
            if name in made.names and (size > 1 or words[at][0].isupper() or any(map(str.isdigit, name))):
                told_names.append(name)
                at += size - 1
                break
        at += 1
    return told_names


@dataclass(slots=True)
class Linked:
    """The hits of ``first`` with those that ``graph`` reaches from them: scaled, weighed and summed.

    The ``kept`` best hits of ``first`` stay where they are: what answers a plain question is not moved. Of the others a
    score, in [0, 1], becomes the mean of itself and, ``weight`` times, the share of the walk beside the greatest share; what
    named something exactly (above 1) stays above them.
    """

    first: Retriever
    graph: GraphRetriever
    weight: float = 1.0
    depth: int = 100
    kept: int = 3

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first."""
        found = self.first.search(queries, max(k, self.depth))
        return [self._joined(query, hits)[:k] for query, hits in zip(queries, found, strict=True)]

    def _joined(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        near = self.graph.ranked(query, hits, self.depth)
        if not near:
            return list(hits)
        shares = {hit.passage.id: self.weight * hit.score / near[0].score for hit in near}
        total = 1 + self.weight
        own = {hit.passage.id for hit in hits}
        top, rest = list(hits[: self.kept]), hits[self.kept :]
        joined = [_more(hit, shares.get(hit.passage.id, 0.0), total) for hit in rest]
        joined += [
            Hit(hit.passage, shares[hit.passage.id] / total, "graph") for hit in near if hit.passage.id not in own
        ]
        joined.sort(key=lambda hit: (-hit.score, hit.passage.id))
        most = top[-1].score if top else joined[0].score if joined else 0.0
        return [*top, *(Hit(hit.passage, min(hit.score, most), hit.by) for hit in joined)]


def _more(hit: Hit, share: float, total: float) -> Hit:
    # What was named exactly stands 1 or more above the rest, and stays there.
    above, own = divmod(hit.score, 1.0) if hit.score > 1.0 else (0.0, hit.score)
    return Hit(hit.passage, above + (own + share) / total, f"{hit.by}+graph" if share else hit.by)


def pagerank(
    store: Store, first: Retriever, *, weight: float = 1.0, damping: float = 0.9, depth: int = 10, kept: int = 3
) -> Linked:
    """The part ``pagerank``: what ``first`` finds in ``store``, joined with what names lead to from there."""
    return Linked(first, GraphRetriever(store, first, depth=depth, damping=damping), weight=weight, kept=kept)
