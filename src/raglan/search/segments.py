"""Passages grown to segments: neighbours that were found together are read together, in one piece, as they were written.

What a reader gets is then one stretch of the document with its headings and blanks, not scraps of it. It stands between
search and fusion, and is no reranker, for it makes passages that were not there. What is cited of them leads back to those
that are there: a :class:`raglan.rag.Rag` with a segmenter reads segments and cites passages.

Papers: Callan 1994 (windows of neighbouring passages); Hearst and Plaunt 1993 (coherent passages instead of fixed ones).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from raglan.errors import ConfigError
from raglan.store.store import Store
from raglan.types import Citation, Hit, Passage, Span

__all__ = ["Segments"]

_APART = object()
_ALONE = frozenset({"box", "reading", "row"})  # meta that is true of one passage and of no stretch


@dataclass(frozen=True, slots=True)
class _Run:
    """The passages of a document from ``first`` up to and including ``last``, and what was found of them.

    ``rank`` is that of the best hit, from 0.
    """

    first: int
    last: int
    best: Hit
    rank: int


class Segments:
    """Joins hits of one document that are neighbours, with what stands between them, while that stays within ``limit``.

    Those that lie closest join first. A segment then takes in neighbours that are no hits, under the same headings, until
    it has ``around`` characters, two thirds of ``limit`` unless given; 0 takes in none. Passages of different pages stay
    apart, for a citation names one page; so do table rows, which read with the names of their columns. Passages that share
    characters become one, however long that is, for nothing is to be read twice.

    A passage that stays alone stays as it is. A segment's id is ``document:start-end``. Raises :class:`ConfigError` unless
    ``0 <= around <= limit``.
    """

    def __init__(self, store: Store, *, limit: int = 2400, around: int | None = None) -> None:
        around = 2 * limit // 3 if around is None else around
        if not 0 <= around <= limit:
            raise ConfigError(f"around is {around} and limit {limit}, must be 0 <= around <= limit (characters)")
        self._store = store
        self._limit = limit
        self._around = around

    def __call__(self, hits: Sequence[Hit]) -> list[Hit]:
        """Segments, best first: each with the score of its best hit; no more of them than ``hits``.

        Each passage of ``hits`` is in exactly one, and each one's text is ``span.of(document.text)``. Hits that the store
        does not hold as they are stay as they are.
        """
        documents: dict[str, list[tuple[int, Hit]]] = {}
        for rank, hit in enumerate(hits):
            documents.setdefault(hit.passage.document, []).append((rank, hit))
        grown = [pair for name, found in documents.items() for pair in self._grown(name, found)]
        return [hit for _, hit in sorted(grown, key=lambda pair: (-pair[1].score, pair[0]))]

    def cited(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """The same citations, each of the passage in the store that holds what is quoted; one that none holds, as it is."""
        return tuple(map(self._at_home, citations))

    def _at_home(self, citation: Citation) -> Citation:
        passages = list(self._store.passages(citation.passage.document).values())
        if citation.passage in passages:
            return citation
        at, quote = citation.source, citation.quote.of(citation.passage.text)
        for one in passages:
            if one.span.start <= at.start and at.end <= one.span.end:
                within = at.shift(-one.span.start)
                if within.of(one.text) == quote:
                    return replace(citation, passage=one, quote=within)
        return citation

    def _grown(self, document: str, found: Sequence[tuple[int, Hit]]) -> Iterator[tuple[int, Hit]]:
        """The segments of one document, each with the rank of its best hit."""
        passages = list(self._store.passages(document).values())
        places = {(one.id, one.span, one.text): at for at, one in enumerate(passages)}
        runs: list[_Run] = []
        for rank, hit in found:
            place = places.get((hit.passage.id, hit.passage.span, hit.passage.text))
            if place is None:
                yield rank, hit
            else:
                runs.append(_Run(place, place, hit, rank))
        runs = self._joined(passages, sorted(runs, key=lambda run: run.first))
        if self._around and runs:
            runs = self._joined(passages, self._with_neighbours(passages, runs))
        known = self._store.document(document) if any(run.first < run.last for run in runs) else None
        for run in runs:
            yield run.rank, run.best if known is None else _hit(run, passages, known.text)

    def _joined(self, passages: Sequence[Passage], runs: Sequence[_Run]) -> list[_Run]:
        """``runs``, in order, with neighbours joined as long as any may be, the shortest whole first."""
        left = list(runs)
        while True:
            costs = [(self._cost(passages, a, b), at) for at, (a, b) in enumerate(pairwise(left))]
            cost, at = min(costs, default=(self._limit + 1, 0))
            if cost > self._limit:
                return left
            a, b = left[at], left[at + 1]
            first = min(a, b, key=lambda run: (-run.best.score, run.rank))
            left[at : at + 2] = [_Run(a.first, max(a.last, b.last), first.best, first.rank)]

    def _cost(self, passages: Sequence[Passage], a: _Run, b: _Run) -> int:
        """The characters of both in one; 0 if they share some, and above the limit if they may not join."""
        if _span(passages[a.first : a.last + 1]).overlaps(_span(passages[b.first : b.last + 1])):
            return 0
        never = self._limit + 1
        if passages[b.last].span.end - passages[a.first].span.start > self._limit:
            return never
        whole = passages[a.first : b.last + 1]
        return len(_span(whole)) if all(_beside(one, whole[0]) for one in whole) else never

    def _with_neighbours(self, passages: Sequence[Passage], runs: Sequence[_Run]) -> list[_Run]:
        """Each run, the best first, with what stands around it and is of no other, on both sides in turn."""
        grown = {run.rank: run for run in runs}
        taken = {at for run in runs for at in range(run.first, run.last + 1)}
        for run in sorted(runs, key=lambda run: (-run.best.score, run.rank)):
            sides = [1, -1]
            while sides:
                side = sides.pop(0)
                wider = self._wider(passages, grown[run.rank], side, taken)
                if wider:
                    grown[run.rank] = wider
                    taken |= {wider.first, wider.last}
                    sides.append(side)
        return sorted(grown.values(), key=lambda run: run.first)

    def _wider(self, passages: Sequence[Passage], run: _Run, side: int, taken: set[int]) -> _Run | None:
        """``run`` with the next passage after it (``side`` 1) or before it (-1), if that may be taken in."""
        place = run.last + 1 if side > 0 else run.first - 1
        if place in taken or not 0 <= place < len(passages):
            return None
        near = passages[run.last if side > 0 else run.first]
        if not _beside(near, passages[place]) or near.meta.get("headings") != passages[place].meta.get("headings"):
            return None
        wider = replace(run, first=min(run.first, place), last=max(run.last, place))
        return wider if len(_span(passages[wider.first : wider.last + 1])) <= self._around else None


def _beside(a: Passage, b: Passage) -> bool:
    """Whether two passages may stand in one segment."""
    return a.meta.get("page") == b.meta.get("page") and not (a.meta.get("reading") or b.meta.get("reading"))


def _span(passages: Iterable[Passage]) -> Span:
    """From the first character of any to the last of any."""
    spans = [one.span for one in passages]
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def _hit(run: _Run, passages: Sequence[Passage], text: str) -> Hit:
    if run.first == run.last:
        return run.best
    parts = passages[run.first : run.last + 1]
    span = _span(parts)
    name = f"{parts[0].document}:{span.start}-{span.end}"
    media = tuple(dict.fromkeys(medium for one in parts for medium in one.media))
    segment = Passage(name, span.of(text), parts[0].document, span, media, _meta(parts))
    return Hit(segment, run.best.score, run.best.by)


def _meta(parts: Sequence[Passage]) -> dict[str, object]:
    """What is true of all: shared values, and the headings above all."""
    first, *others = (one.meta for one in parts)
    shared = {
        name: value
        for name, value in first.items()
        if name not in _ALONE and all(one.get(name, _APART) == value for one in others)
    }
    levels = zip(*(one.meta.get("headings", ()) for one in parts), strict=False)
    above = tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels))
    return {**shared, "headings": above} if above else shared
