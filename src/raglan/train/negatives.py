"""What a retriever learns to tell from the right passage: others of the batch, what words find, what its vectors find.

Each epoch anew, with the vectors that the encoder gives by then::

    negatives = Negatives(examples, passages, rank=ranker, seed=7)
    words = by_search(lexical, queries, 200)
    for epoch in range(epochs):
        near = by_vectors(encoder.encode(asked, role="query"), encoder.encode(texts, role="passage"), names, 200)
        rows = negatives.drawn(words, near, epoch=epoch)

Rows: a query with a positive; answers and negatives of their own where they have some. A candidate is dropped if it is, or
reads like, a known positive of the query, if it holds an answer, or if a ranker thinks nearly as much of it as of the
positive: most of what is found first and is not labelled was only not labelled.

Papers: Karpukhin et al. 2020 (DPR: in-batch and BM25 negatives without the answer); Xiong et al. 2021 (ANCE: refreshed from
the current index); Qu et al. 2021 (RocketQA: denoised by a ranker). Nearest relative: the losses that use them,
:mod:`raglan.train.contrastive`.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raglan.errors import ConfigError, DataError
from raglan.extras import need
from raglan.metrics.pieces import has, line
from raglan.protocols import Retriever
from raglan.types import Example, Passage, Query

__all__ = ["Columns", "Draw", "Negatives", "Rank", "by_search", "by_vectors", "checked", "columns", "nearest", "sound"]

Array = NDArray[np.floating[Any]]
Vectors = NDArray[np.float32]
Rank = Callable[[Query, Sequence[Passage]], Sequence[float]]  # scores from 0, such as probabilities

_QUERIES, _PASSAGES = 256, 32_768  # compared at once: 32 MB of products
_BLUR = 1e-5  # how far two products of unit vectors may be apart in float32 and yet change places


class Columns(NamedTuple):
    """A batch's ``passages`` (ids), each once; ``gold`` int64 [q], the column of each row's positive.

    ``excluded`` bool [q, p] is true where a passage is no negative of a query, its gold one among them: as
    :func:`raglan.train.contrastive.in_batch` takes it.
    """

    passages: tuple[str, ...]
    gold: NDArray[np.int64]
    excluded: NDArray[np.bool_]


def columns(rows: Sequence[Example], *, known: Mapping[str, Collection[str]] | None = None) -> Columns:
    """Whose positives and negatives stand side by side in a batch: the first positive of each row is its gold one.

    ``known`` names further positives of a query, by its text, such as :attr:`Negatives.known`. Raises :class:`DataError` for
    a row without a positive, or at odds with itself.
    """
    positives = {row.query.text: set((known or {}).get(row.query.text, ())) for row in rows}
    for at, row in enumerate(rows):
        sound(row, at)
        positives[row.query.text] |= set(row.positives)
    names = [*(row.positives[0] for row in rows), *(name for row in rows for name in row.negatives)]
    place = {name: at for at, name in enumerate(dict.fromkeys(names))}
    excluded = np.zeros((len(rows), len(place)), bool)
    for at, row in enumerate(rows):
        excluded[at, [place[name] for name in positives[row.query.text] if name in place]] = True
    return Columns(tuple(place), np.array([place[row.positives[0]] for row in rows], np.int64), excluded)


@dataclass(frozen=True, slots=True)
class Draw:
    """``count`` a row, from the ranks ``first`` to ``last`` (from 1) of each list.

    What a ranker scores at ``share`` of the best positive or more is taken for a positive itself.
    """

    count: int = 7
    first: int = 2
    last: int = 200
    share: float = 0.9

    def __post_init__(self) -> None:
        if self.count < 0 or not 1 <= self.first <= self.last:
            raise ConfigError(f"{self} must have count >= 0 and 1 <= first <= last")
        if not 0 < self.share < math.inf:
            raise ConfigError(f"share is {self.share}, must be above 0")


class Negatives:
    """Draws negatives for ``examples`` over ``passages``; the same for the same ``seed``, epoch and row, whatever else.

    Raises :class:`DataError` if there are no examples, for passages that share an id, and for rows without a positive, with
    unknown passages, or that name one twice or as both positive and negative.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        passages: Iterable[Passage],
        *,
        draw: Draw | None = None,
        rank: Rank | None = None,
        seed: int = 0,
    ) -> None:
        self._examples = tuple(examples)
        self._passages = _by_id(passages)
        self._draw = draw or Draw()
        self._rank = rank
        self._seed = seed
        self._lines: dict[str, str] = {}
        self.known: dict[str, set[str]] = {}
        if not self._examples:
            raise DataError("there are none, so there is nothing to draw for", place="examples")
        for at, row in enumerate(self._examples):
            sound(row, at, self._passages)
            # Rows may ask the same, and each name another passage.
            self.known.setdefault(row.query.text, set()).update(row.positives)

    def drawn(self, *lists: Sequence[Sequence[str]], epoch: int) -> list[Example]:
        """The examples, each with its own negatives and up to ``count`` more from ``lists`` (ids, best first, a row each).

        Another positive of a row may stand first in another epoch. Rows of which too few candidates are left get fewer.
        """
        for found in lists:
            if len(found) != len(self._examples):
                raise ConfigError(f"{len(found)} lists were found for {len(self._examples)} examples")
        return [self._row(row, [found[at] for found in lists], epoch) for at, row in enumerate(self._examples)]

    def _row(self, row: Example, lists: Sequence[Sequence[str]], epoch: int) -> Example:
        key = "\n".join([str(self._seed), str(epoch), row.query.text, *row.positives])
        chance = random.Random(key.encode("utf-8", "surrogatepass"))  # noqa: S311 (no secret)
        draw = self._draw
        found = dict.fromkeys(name for names in lists for name in names[draw.first - 1 : draw.last])
        left = [name for name in found if name not in self.known[row.query.text] and name not in row.negatives]
        chance.shuffle(left)
        positives = chance.sample(row.positives, len(row.positives))
        taken: list[str] = []
        for name in self._kept(row, left) if draw.count else ():
            taken.append(name)
            if len(taken) == draw.count:
                break
        return replace(row, positives=tuple(positives), negatives=(*row.negatives, *taken))

    def _kept(self, row: Example, names: Sequence[str]) -> Iterator[str]:
        """Those of ``names`` that are surely wrong, in order; a ranker is asked only for as many as are needed."""
        alike = {self._line(name) for name in self.known[row.query.text]}
        golds = list(map(line, row.answers))
        plain = (name for name in names if self._line(name) not in alike and not has(self._line(name), golds))
        if self._rank is None:
            yield from plain
            return
        most = self._draw.share * max(self._scores(row.query, row.positives))
        step = max(1, 2 * self._draw.count)
        while part := list(islice(plain, step)):
            yield from (name for name, score in zip(part, self._scores(row.query, part), strict=True) if score < most)

    def _scores(self, query: Query, names: Sequence[str]) -> list[float]:
        assert self._rank is not None
        scores = [float(score) for score in self._rank(query, [self._passages[name] for name in names])]
        if len(scores) != len(names) or not all(0 <= score < math.inf for score in scores):
            raise ConfigError(
                f"the ranker gave {scores[:4]} for {len(names)} passages of {query.text!r}; it must give each a number from "
                "0, such as a probability: of scores below 0 a share means nothing"
            )
        return scores

    def _line(self, name: str) -> str:
        if name not in self._lines:
            if name not in self._passages:
                raise DataError(f"passage {name!r} was found but is not among the passages", place="candidates")
            self._lines[name] = line(self._passages[name].text)
        return self._lines[name]


def by_search(retriever: Retriever, queries: Sequence[Query], depth: int) -> list[list[str]]:
    """Ids of what a search finds for each query, best first; of BM25, what shares words and may say something else."""
    return [[hit.passage.id for hit in hits] for hits in retriever.search(queries, depth)]


def by_vectors(
    queries: Array, passages: Array, names: Sequence[str], depth: int, *, by: str = "numpy"
) -> list[list[str]]:
    """Ids of the passages nearest to each query, best first (:func:`nearest`); ``names[n]`` is that of ``passages[n]``."""
    if len(names) != len(passages):
        raise ValueError(f"{len(names)} names for {len(passages)} vectors of passages")
    found, _ = nearest(queries, passages, depth, by=by)
    return [[names[column] for column in row] for row in found.tolist()]


def nearest(queries: Array, passages: Array, k: int, *, by: str = "numpy") -> tuple[NDArray[np.int64], Vectors]:
    """The ``k`` rows of ``passages`` [p, d] with the largest inner products with each of ``queries`` [q, d].

    Columns int64 and products float32, both [q, min(k, p)], best first, of equals the first row first. ``by`` "numpy" or
    "faiss" (``raglan[faiss]``): both compare with all and find the same, whatever else is asked with it. Raises
    :class:`ValueError` for other shapes and for numbers that are none.
    """
    asked, among = checked("queries", queries), checked("passages", passages)
    if asked.shape[1] != among.shape[1]:
        raise ValueError(f"queries have {asked.shape[1]} dimensions, passages {among.shape[1]}")
    if by not in ("numpy", "faiss"):
        raise ConfigError(f"nearest neighbours are found by numpy or faiss, not by {by!r}")
    k = max(0, min(k, len(among)))
    found, products = np.empty((len(asked), k), np.int64), np.empty((len(asked), k), np.float32)
    if not k:
        return found, products
    longest = [float(np.linalg.norm(vectors, axis=1).max(initial=0.0)) for vectors in (asked, among)]
    proposed = (_by_blocks if by == "numpy" else _by_faiss)(asked, among, k, _BLUR * math.prod(longest))
    for row, places in enumerate(proposed):
        exact = np.einsum("ij,j->i", among[places], asked[row])
        order = np.lexsort((places, -exact))[:k]
        found[row], products[row] = places[order], exact[order]
    return found, products


def _by_blocks(queries: Vectors, passages: Vectors, k: int, blur: float) -> Iterator[NDArray[np.int64]]:
    """For each query the columns that may be among its ``k`` best."""
    for start in range(0, len(queries), _QUERIES):
        part = queries[start : start + _QUERIES]
        pools: list[list[tuple[NDArray[np.int64], Vectors]]] = [[] for _ in part]
        for first in range(0, len(passages), _PASSAGES):
            products = part @ passages[first : first + _PASSAGES].T
            for pool, row in zip(pools, products, strict=True):
                places = _best(row, k, blur)
                pool.append((places + first, row[places]))
        for pool in pools:
            places = np.concatenate([places for places, _ in pool])
            yield places[_best(np.concatenate([row for _, row in pool]), k, blur)]


def _best(row: Vectors, k: int, blur: float) -> NDArray[np.int64]:
    """Where ``row`` is not surely below its ``k``-th greatest value."""
    last = max(0, len(row) - k)
    return np.flatnonzero(row >= np.partition(row, last)[last] - blur)


def _by_faiss(queries: Vectors, passages: Vectors, k: int, blur: float) -> Iterator[NDArray[np.int64]]:
    """The same through FAISS's exact index."""
    index = need("faiss", "faiss").IndexFlatIP(passages.shape[1])
    index.add(passages)
    depth = min(k + 16, len(passages))
    for query, products, places in zip(queries, *index.search(queries, depth), strict=True):
        if depth < len(passages) and products[-1] >= products[k - 1] - blur:
            # So many lie close together only now and then.
            yield from _by_blocks(query[None], passages, k, blur)
        else:
            yield places[products >= products[k - 1] - blur]


def checked(name: str, vectors: Array) -> Vectors:
    """``vectors`` as float32 [n, d]; :class:`ValueError` for other shapes and for numbers that are none."""
    found = np.ascontiguousarray(vectors, np.float32)
    if found.ndim != 2:
        raise ValueError(f"{name} have the shape {list(found.shape)}, must have [rows, dimensions]")
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(bad):
        raise ValueError(f"row {bad[0]} of {name} holds a number that is none (NaN or infinite)")
    return found


def _by_id(passages: Iterable[Passage]) -> dict[str, Passage]:
    found: dict[str, Passage] = {}
    for one in passages:
        if found.setdefault(one.id, one) != one:
            raise DataError(f"two different passages are called {one.id!r}", place="passages")
    return found


def sound(row: Example, at: int, known: Collection[str] | None = None) -> None:
    """Raise :class:`DataError` unless row ``at`` has a positive and names nothing twice, and only what is ``known``."""
    place = f"row {at} ({row.query.text!r})"
    if not row.positives:
        raise DataError("no positive: there is nothing to tell negatives from", place=place)
    for name, count in Counter([*row.positives, *row.negatives]).items():
        if name in row.positives and name in row.negatives:
            raise DataError(f"passage {name!r} is both positive and negative", place=place)
        if count > 1:
            raise DataError(f"passage {name!r} is named twice", place=place)
        if known is not None and name not in known:
            raise DataError(f"passage {name!r} is not among the passages", place=place)
