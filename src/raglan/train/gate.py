"""How a model finds what held-out questions ask for, over the whole corpus: what the gate judges by.

Questions are held out by document (:func:`raglan.datasets.parts.split`); the verdict is :mod:`raglan.train.verdict`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from raglan.datasets.dataset import Dataset
from raglan.errors import DataError
from raglan.metrics.retrieval import dcg_share, ranked, recall_at
from raglan.search.view import spoken
from raglan.train.verdict import Standing

__all__ = ["Encode", "Rankings", "asked", "by_lists", "by_vectors", "refuse_untried"]

Encode = Callable[[Sequence[str], str], NDArray[np.float32]]  # texts and their role -> vectors [n, d]
Rankings = Sequence[Sequence[str]]  # ids of passages, best first, for each question

_BLOCK = 256  # questions scored at once


def by_vectors(encode: Encode, data: Dataset) -> Standing:
    """Every question of ``data`` with a known passage against all of its passages, by inner product.

    ``encode`` gives vectors of length 1, as an index keeps them, or of a measure of their own, as
    :func:`raglan.train.similarity.products` makes them. Of equal passages the one with the lower id is first.
    """
    passages = sorted(data.passages, key=lambda one: one.id)
    names = np.array([one.id for one in passages])
    vectors = encode([spoken(one) for one in passages], "passage")
    grades = _grades(data, set(names.tolist()))
    queries = encode([data.examples[at].query.text for at in grades], "query")
    rankings: list[list[str]] = []
    ranks: list[int] = []
    for start in range(0, len(queries), _BLOCK):
        order = np.argsort(-(queries[start : start + _BLOCK] @ vectors.T), axis=1, kind="stable")
        rankings += names[order[:, :10]].tolist()
        wanted = list(grades.values())[start : start + _BLOCK]
        ranks += [int(np.isin(names[row], list(right)).argmax()) + 1 for row, right in zip(order, wanted, strict=True)]
    return _standing(rankings, list(grades.values()), ranks)


def asked(data: Dataset) -> list[int]:
    """The places of the examples that :func:`by_vectors` ranks for, in its order."""
    return list(_grades(data, {one.id for one in data.passages}))


def by_lists(rankings: Rankings, data: Dataset) -> Standing:
    """``rankings``, one for each example of ``data``; a right passage that is not in one has the rank behind its last."""
    grades = _grades(data, None)
    lists = [list(rankings[at]) for at in grades]
    ranks = [
        next((rank for rank, name in enumerate(names, 1) if name in right), len(names) + 1)
        for names, right in zip(lists, grades.values(), strict=True)
    ]
    return _standing(lists, list(grades.values()), ranks)


def refuse_untried(held: Sequence[Dataset], warn: Callable[[str], object] | None = None) -> None:
    """Raise :class:`DataError` if no question of ``held`` can be judged by; ``warn`` is told of a set that has none.

    For before the training, which may take hours.
    """
    idle = [data.name for data in held if not asked(data)]
    if idle and len(idle) == len(held):
        raise DataError(
            "no question with a known passage is held out to judge by; name a set that has some (--held), or more documents",
            place=", ".join(idle),
        )
    if warn is not None:
        for name in idle:
            warn(f"{name}: nothing is judged by it, as no question of it that is held out has a known passage")


def _grades(data: Dataset, known: set[str] | None) -> dict[int, dict[str, float]]:
    """What is right for each example, by its place, where anything is, among the ``known`` passages."""
    found = {}
    for at, example in enumerate(data.examples):
        grades = data.grades.get(at, dict.fromkeys(example.positives, 1))
        right = {name: float(grade) for name, grade in grades.items() if grade > 0 and (known is None or name in known)}
        if right:
            found[at] = right
    return found


def _standing(rankings: Rankings, grades: Sequence[Mapping[str, float]], ranks: Sequence[int]) -> Standing:
    found = ranked(rankings, grades)
    values = {"recall@1": recall_at(found, 1), "recall@5": recall_at(found, 5), "ndcg@10": dcg_share(found, 10)}
    return Standing({**values, "rank": np.array(ranks, float)}, "ndcg@10")
