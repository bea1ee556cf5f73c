"""Labelled questions as vectors, and which of them must be held out together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from raglan.encode.linear import Places, Vectors
from raglan.errors import DataError
from raglan.train.gate import Encode
from raglan.train.negatives import checked
from raglan.train.rows import Rows

__all__ = ["Labels", "grouped", "labelled"]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """``queries`` [q, d], the ``passages`` [p, d] that are searched, and each query's ``positives`` and ``negatives`` there.

    Raises :class:`ValueError` for other shapes and for numbers that are none, :class:`DataError` if there are no labels and
    for a query without a positive, with a row that is not there, or one that is named twice or as both.
    """

    queries: Vectors
    passages: Vectors
    positives: tuple[Places, ...]
    negatives: tuple[Places, ...]

    def __post_init__(self) -> None:
        asked, among = checked("queries", self.queries).shape, checked("passages", self.passages).shape
        lists = len(self.positives), len(self.negatives)
        if asked[1] != among[1] or lists != (asked[0], asked[0]):
            raise ValueError(f"queries {asked}, passages {among} and lists for {lists} do not go together")
        if not self.positives:
            raise DataError("there are none, so there is nothing to learn from", place="labels")
        for at, (right, wrong) in enumerate(zip(self.positives, self.negatives, strict=True)):
            named = [*right.tolist(), *wrong.tolist()]
            if not len(right) or len(set(named)) < len(named) or not 0 <= min(named) <= max(named) < among[0]:
                what = f"positives {right.tolist()} and negatives {wrong.tolist()} of {among[0]} passages"
                raise DataError(f"{what}: must be there, named once, and one of them positive", place=f"query {at}")

    def __len__(self) -> int:
        """How many queries."""
        return len(self.positives)

    @property
    def groups(self) -> Places:
        """A number for each query [q], the same for those that share a positive, or are the same."""
        return grouped(
            [(query.tobytes(), *right.tolist()) for query, right in zip(self.queries, self.positives, strict=True)]
        )

    def at(self, rows: Places) -> Labels:
        """Some of the queries, over the same passages."""
        chosen = [tuple(all_of[row] for row in rows) for all_of in (self.positives, self.negatives)]
        return Labels(self.queries[rows], self.passages, *chosen)

    def among(self, most: int, seed: int) -> Labels:
        """The same over fewer passages: those that are labelled, and ``most`` others."""
        named = np.unique(np.concatenate([*self.positives, *self.negatives]))
        others = np.setdiff1d(np.arange(len(self.passages)), named)
        drawn = np.random.default_rng(seed).permutation(others)[:most]
        kept = np.sort(np.concatenate([named, drawn]))
        moved = [tuple(np.searchsorted(kept, one) for one in all_of) for all_of in (self.positives, self.negatives)]
        return Labels(self.queries, self.passages[kept], *moved)


def labelled(rows: Rows, encode: Encode) -> Labels:
    """The labels of ``rows``, in their order, over all passages, encoded as an index encodes."""
    place = {name: at for at, name in enumerate(rows.texts)}
    positives, negatives = (
        tuple(np.array(sorted(place[name] for name in names), np.int64) for names in side)
        for side in ([row.positives for row in rows.rows], [row.negatives for row in rows.rows])
    )
    passages = encode(list(rows.texts.values()), "passage")
    return Labels(encode([row.query for row in rows.rows], "query"), passages, positives, negatives)


def grouped(rows: Iterable[Iterable[Hashable]]) -> Places:
    """A number for each row [n], the same for rows that share a key, or share one with a row that does, and so on.

    >>> grouped([("a", "b"), ("c",), ("b", "d"), ("e",)]).tolist()
    [0, 1, 0, 2]
    """
    above: dict[Hashable, Hashable] = {}

    def root(one: Hashable) -> Hashable:
        while above.setdefault(one, one) != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    firsts = []
    for first, *others in rows:
        firsts.append(first)
        for one in others:
            above[root(one)] = root(first)
    roots = [root(first) for first in firsts]
    number = {one: at for at, one in enumerate(dict.fromkeys(roots))}
    return np.array([number[one] for one in roots], np.int64)
