"""What there is to learn a merge from: for each labelled question, what words and vectors found, and what was right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raglan.datasets.dataset import Dataset
from raglan.protocols import Retriever
from raglan.search.hybrid import FIRST, lifted
from raglan.search.learned import FEATURES, features
from raglan.search.merge import scaled
from raglan.types import Example, Hit

__all__ = ["Lists", "Searches", "gathered", "ndcg", "packed"]

Matrix = NDArray[np.float64]
_BATCH = 500
_K = 10


@dataclass(frozen=True, slots=True)
class Searches:
    """The searches that are merged, and the one whose hits stand above all others."""

    words: Retriever
    vectors: Retriever
    mentions: Retriever
    exact: Retriever
    depth: int = 100


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Questions, padded to the longest list of candidates.

    ``features`` [rows, f]; ``words``, ``vectors``, ``mentions`` [rows, n] scores within 0 and 1; ``lift`` [rows, n] what
    exact matches are raised by; ``grades`` [rows, n]; ``there`` [rows, n] whether there is a candidate; ``ideal`` [rows] the
    best DCG@10.
    """

    features: Matrix
    words: Matrix
    vectors: Matrix
    mentions: Matrix
    lift: Matrix
    grades: Matrix
    there: NDArray[np.bool_]
    ideal: Matrix

    def __len__(self) -> int:
        return len(self.features)

    def at(self, rows: NDArray[np.intp]) -> Lists:
        """Some of the questions."""
        return Lists(*(getattr(self, name)[rows] for name in self.__slots__))

    def scores(self, weight: Matrix | float, bonus: Matrix | float) -> Matrix:
        """The merged scores [rows, n] where vectors weigh ``weight`` and mentions ``bonus``, each [rows] or one number."""
        of_vectors, of_mentions = _column(weight, len(self)), _column(bonus, len(self))
        merged = of_vectors * self.vectors + (1 - of_vectors) * self.words + of_mentions * self.mentions
        return np.where(self.there, merged + self.lift * (1 + of_mentions), -np.inf)


@dataclass(frozen=True, slots=True)
class _One:
    features: Sequence[float]
    columns: tuple[list[float], ...]  # words, vectors, mentions, lift, grades
    ideal: float


def gathered(data: Dataset, searches: Searches) -> Lists:
    """The lists for every question of ``data`` with a known passage that both searches find something for."""
    places = [at for at, one in enumerate(data.examples) if one.positives or data.grades.get(at)]
    found: list[_One] = []
    for start in range(0, len(places), _BATCH):
        part = places[start : start + _BATCH]
        found += _batch([data.examples[at] for at in part], [_grades(data, at) for at in part], searches)
    return packed(found)


def _grades(data: Dataset, at: int) -> Mapping[str, float]:
    known = data.grades.get(at, dict.fromkeys(data.examples[at].positives, 1.0))
    return {name: grade for name, grade in known.items() if grade > 0}


def _batch(examples: Sequence[Example], grades: Sequence[Mapping[str, float]], searches: Searches) -> Iterator[_One]:
    queries = [one.query for one in examples]
    lists = [one.search(queries, searches.depth) for one in (searches.words, searches.vectors, searches.mentions)]
    exact = searches.exact.search(queries, searches.depth)
    for query, (words, vectors, mentions), named, wanted in zip(
        queries, zip(*lists, strict=True), exact, grades, strict=True
    ):
        if words and vectors and wanted:
            columns = _columns([words, vectors, mentions], named, wanted)
            yield _One(features(query, words, vectors, mentions), columns, _best(wanted))


def _columns(
    lists: Sequence[Sequence[Hit]], named: Sequence[Hit], grades: Mapping[str, float]
) -> tuple[list[float], ...]:
    raised = {hit.passage.id: hit.score for hit in lifted([], named)}
    columns: list[Mapping[str, float]] = [*map(_scores, lists), raised]
    names = sorted(set().union(*columns))
    return tuple([column.get(name, 0.0) for name in names] for column in [*columns, grades])


def _scores(hits: Sequence[Hit]) -> dict[str, float]:
    return dict(zip((hit.passage.id for hit in hits), scaled([hit.score for hit in hits]), strict=True)) if hits else {}


def _best(grades: Mapping[str, float]) -> float:
    return float(_discounted(np.array([sorted(grades.values(), reverse=True)[:_K]]))[0])


def _discounted(gains: Matrix) -> Matrix:
    total: Matrix = (gains / np.log2(np.arange(2, gains.shape[1] + 2))).sum(axis=1)
    return total


def packed(found: Sequence[_One]) -> Lists:
    """Questions side by side."""
    most = max((len(one.columns[0]) for one in found), default=0)
    block = np.zeros((5, len(found), most))
    there = np.zeros((len(found), most), bool)
    for row, one in enumerate(found):
        size = len(one.columns[0])
        block[:, row, :size] = one.columns
        there[row, :size] = True
    made = np.array([one.features for one in found], float).reshape(len(found), len(FEATURES))
    words, vectors, mentions, lift, grades = block
    return Lists(made, words, vectors, mentions, lift, grades, there, np.array([one.ideal for one in found]))


def ndcg(lists: Lists, weight: Matrix | float, bonus: Matrix | float) -> Matrix:
    """nDCG@10 of each question [rows] where vectors weigh ``weight`` and mentions ``bonus``."""
    order = _ranked(lists, weight, bonus)[:, :_K]
    return _discounted(np.take_along_axis(lists.grades, order, axis=1)) / lists.ideal


def _ranked(lists: Lists, weight: Matrix | float, bonus: Matrix | float) -> NDArray[np.intp]:
    """The candidates [rows, n] as :class:`raglan.search.hybrid.Hybrid` orders them."""
    scores = replace(lists, lift=np.zeros_like(lists.lift)).scores(weight, bonus)
    # Candidates stand in the order of their ids, which decides between equals, as it does in the merge.
    order = np.argsort(-scores, axis=1, kind="stable")
    best = (np.take_along_axis(lists.mentions, order, axis=1) > 0).argmax(axis=1) if order.size else np.zeros(0)
    for row in np.flatnonzero(best >= FIRST):
        # The best of what is mentioned takes the last of the first places, and the score of who stood there.
        part = order[row, FIRST - 1 : best[row] + 1]
        scores[row, part[-1]] = scores[row, part[0]]
        part[:] = np.roll(part, 1)
    # What is lifted comes first; all else stays as it stands.
    above = np.where(lists.lift > 0, scores + lists.lift * (1 + _column(bonus, len(lists))), 0.0)
    moved = np.argsort(-np.take_along_axis(above, order, axis=1), axis=1, kind="stable")
    return np.take_along_axis(order, moved, axis=1)


def _column(value: Matrix | float, rows: int) -> Matrix:
    return np.broadcast_to(np.asarray(value, float), (rows,))[:, None]
