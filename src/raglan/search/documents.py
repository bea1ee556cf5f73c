"""Whole documents instead of passages: what is said of a document by those of its passages that a search finds.

=========  =========================================================  ====================================================
rule       a document's score                                         when
=========  =========================================================  ====================================================
``max``    its best passage's                                         the default: one passage answers
``mean``   the mean of its ``n`` best passages'                       the document as a whole is about it
``votes``  Σ 1 / rank over its passages                               scores of different queries or parts do not compare
``soft``   max + 0.1 · log Σ exp(score)                               the best passage, and a little for each further one
=========  =========================================================  ====================================================

Papers: Callan 1994 (evidence of passages); Macdonald and Ounis 2006 (votes, by reciprocal rank); Dai and Callan 2019
(MaxP). The scale of scores matters to ``soft``: cosines, where n equal passages gain 0.1 · log n, suit it better than BM25.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from raglan.errors import ConfigError
from raglan.protocols import Retriever
from raglan.types import Hit, Query

__all__ = ["RULES", "DocumentHit", "Documents", "Found", "Rule", "best", "mean", "soft", "votes"]

RULES = ("max", "mean", "votes", "soft")


class Found(NamedTuple):
    """The passages of one document among those found: their scores, best first, and their ranks, from 1.

    ``floor`` is the least score of all that was found, of any document: what was not found has no more.
    """

    scores: Sequence[float]
    ranks: Sequence[int]
    floor: float


Rule = Callable[[Found], float]


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """One search's opinion of one document; ``hits`` are its passages that were found, in that order, at least one."""

    document: str
    score: float
    by: str
    hits: tuple[Hit, ...]


def best(found: Found) -> float:
    """The score of the best passage."""
    return found.scores[0]


def mean(n: int = 3) -> Rule:
    """The mean of the ``n`` best; one that was not found counts as the floor, so that finding more never lowers it.

    >>> mean(2)(Found([0.9, 0.5, 0.4], [1, 4, 5], 0.1)), mean(2)(Found([0.9], [1], 0.1))
    (0.7, 0.5)
    """
    if n < 1:
        raise ConfigError(f"n is {n}, must be at least 1")
    return lambda found: (sum(found.scores[:n]) + found.floor * max(0, n - len(found.scores))) / n


def votes(found: Found) -> float:
    """The sum of reciprocal ranks; scores have no say.

    >>> votes(Found([0.9, 0.5], [1, 4], 0.1))
    1.25
    """
    return sum(1 / rank for rank in found.ranks)


def soft(share: float = 0.1) -> Rule:
    """The best score and ``share`` of the logarithm of the sum of exponentials of all."""
    if not 0 <= share < math.inf:
        raise ConfigError(f"share is {share}, must be a number, 0 or more")

    def rule(found: Found) -> float:
        top = found.scores[0]
        return top + share * (top + math.log(sum(math.exp(score - top) for score in found.scores)))

    return rule


class Documents:
    """Ranks the documents of the passages that ``retriever`` finds; as a retriever, it gives of each the best passage.

    ``rule`` is a name from the table above or a function of what was :class:`Found`; ``n`` belongs to ``mean``. Documents
    are judged by the ``depth`` best passages of ``retriever``, whatever ``k`` is, so that a longer list begins like a
    shorter one. Where these are of fewer than ``k`` documents it looks deeper, until nothing more is found; what it meets
    there follows in the order of its best passages. Raises :class:`ConfigError` for other rules and numbers below 1.
    """

    def __init__(self, retriever: Retriever, *, rule: str | Rule = "max", n: int = 3, depth: int = 100) -> None:
        if depth < 1:
            raise ConfigError(f"depth is {depth}, must be at least 1")
        self.retriever = retriever
        self.depth = depth
        self._rule = _named(rule, n) if isinstance(rule, str) else rule

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first: of each document its best passage, with the document's score."""
        found = self.find(queries, k)
        return [[Hit(one.hits[0].passage, one.score, one.by) for one in documents] for documents in found]

    def find(self, queries: Sequence[Query], k: int) -> list[list[DocumentHit]]:
        """For each query at most ``k`` documents, best first; fewer only if no more can be found."""
        found: list[list[DocumentHit]] = [[] for _ in queries]
        seen = [0] * len(queries)
        asked, depth = list(range(len(queries))) if k > 0 else [], self.depth
        while asked:
            lists = self.retriever.search([queries[at] for at in asked], depth)
            deeper = []
            for at, hits in zip(asked, lists, strict=True):
                found[at] += self._deeper(found[at], hits) if found[at] else self._ranked(hits)
                # Who lists fewer than asked for has no more; nor has who lists no more than before.
                if len(found[at]) < k and len(hits) >= depth and len(hits) > seen[at]:
                    deeper.append(at)
                seen[at] = len(hits)
            asked, depth = deeper, 2 * depth
        return [documents[:k] for documents in found]

    def _ranked(self, hits: Sequence[Hit]) -> list[DocumentHit]:
        """The documents of ``hits``; of equals, the one whose best passage stands first."""
        floor = min((hit.score for hit in hits), default=0.0)
        scored = [_document(self._rule(_found(own, floor)), own) for own in _by_document(hits).values()]
        return sorted(scored, key=lambda one: -one.score)

    def _deeper(self, known: Sequence[DocumentHit], hits: Sequence[Hit]) -> list[DocumentHit]:
        """The documents of ``hits`` that are not ``known``, none with a score above the last of those."""
        names, last, new = {one.document for one in known}, known[-1].score, []
        for name, own in _by_document(hits).items():
            if name not in names:
                last = min(last, self._rule(_found(own[:1], own[0][1].score)))
                new.append(_document(last, own))
        return new


def _by_document(hits: Sequence[Hit]) -> dict[str, list[tuple[int, Hit]]]:
    """The hits of each document with their ranks, from 1; documents in the order of their first."""
    found: dict[str, list[tuple[int, Hit]]] = {}
    for rank, hit in enumerate(hits, 1):
        found.setdefault(hit.passage.document, []).append((rank, hit))
    return found


def _found(own: Sequence[tuple[int, Hit]], floor: float) -> Found:
    # A reranker may order them by something else than their scores.
    return Found(sorted((hit.score for _, hit in own), reverse=True), [rank for rank, _ in own], floor)


def _document(score: float, own: Sequence[tuple[int, Hit]]) -> DocumentHit:
    first = own[0][1]
    return DocumentHit(first.passage.document, score, first.by, tuple(hit for _, hit in own))


def _named(rule: str, n: int) -> Rule:
    if rule not in RULES:
        raise ConfigError(f"no rule is called {rule!r}; there are {', '.join(RULES)}")
    return dict(zip(RULES, (best, mean(n), votes, soft()), strict=True))[rule]
