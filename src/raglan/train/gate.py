"""Is what was trained worth keeping? Held-out questions over the whole corpus, before and after, and a verdict with reasons.

Questions are held out by document (:func:`raglan.datasets.parts.split`). The mean over sets must rise, and no set may surely
lose more than a slack: a drop counts as sure when it is outside what chance does in one of twenty sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raglan.datasets.dataset import Dataset
from raglan.errors import DataError
from raglan.metrics.retrieval import dcg_share, ranked, recall_at
from raglan.search.view import spoken

__all__ = [
    "Comparison",
    "Encode",
    "Rankings",
    "Standing",
    "Verdict",
    "asked",
    "by_lists",
    "by_vectors",
    "judged",
    "refuse_untried",
    "unsure",
]

Matrix = NDArray[np.float64]
Encode = Callable[[Sequence[str], str], NDArray[np.float32]]  # texts and their role -> vectors [n, d]
Rankings = Sequence[Sequence[str]]  # ids of passages, best first, for each question

_SURE = 1.645  # standard errors: what lies further out is chance in one of twenty trainings at most
_LEAST = 20  # held-out questions; fewer prove nothing
_DRAWS = 1000
_BLOCK = 256  # questions scored at once


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How one model ranks a set, question by question [rows]: R@1, R@5, nDCG@10, and the rank of the best right passage."""

    recall1: Matrix
    recall5: Matrix
    ndcg10: Matrix
    rank: Matrix

    def means(self) -> dict[str, float]:
        """As a card shows them."""
        found = (self.recall1, self.recall5, self.ndcg10, self.rank)
        return dict(zip(("recall@1", "recall@5", "ndcg@10", "rank"), (float(one.mean()) for one in found), strict=True))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set of ``questions`` ``before`` and ``after``, by metric; the rise of nDCG@10.

    ``low`` and ``high`` hold the middle 95 % of the rise over questions drawn anew (Efron 1979), ``p`` is the chance of one
    as large if the two were alike (paired randomisation, two-sided), ``error`` its standard error.
    """

    questions: int
    before: Mapping[str, float]
    after: Mapping[str, float]
    low: float
    high: float
    p: float
    error: float

    @property
    def rise(self) -> float:
        """Of nDCG@10."""
        return self.after["ndcg@10"] - self.before["ndcg@10"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ``sets`` compared, and why the model is not to be kept, a line each; no ``faults``, and it is."""

    sets: Mapping[str, Comparison]
    faults: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether it is better."""
        return not self.faults

    def table(self) -> dict[str, Any]:
        """For programs."""
        return {
            "kept": self.kept,
            "faults": list(self.faults),
            "sets": {n: asdict(one) for n, one in self.sets.items()},
        }

    def card(self) -> dict[str, dict[str, float]]:
        """Figures by set and metric, as a model card shows them: after, and nDCG@10 before."""
        return {
            name: {**one.after, "ndcg@10 before": one.before["ndcg@10"], "questions": float(one.questions)}
            for name, one in self.sets.items()
        }


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


def judged(
    before: Mapping[str, Standing], after: Mapping[str, Standing], *, slack: float = 0.01, seed: int = 0
) -> Verdict:
    """The verdict over sets by name; ``slack`` in nDCG@10 is what a single set may lose."""
    sets = {name: _compared(one, after[name], seed) for name, one in before.items() if len(one.rank)}
    if not sets:
        return Verdict({}, ("nothing could be held out to try it on",))
    faults = [
        f"{name}: nDCG@10 is surely more than {slack:g} below what it was ({one.after['ndcg@10']:.4f}, "
        f"{one.before['ndcg@10']:.4f} before)"
        for name, one in sets.items()
        if one.rise + _SURE * one.error < -slack
    ]
    old, new = (
        float(np.mean([figures["ndcg@10"] for figures in side]))
        for side in ([one.before for one in sets.values()], [one.after for one in sets.values()])
    )
    if not new > old:
        faults.append(f"its mean nDCG@10, {new:.4f}, is not above {old:.4f}, what it was before")
    return Verdict(sets, tuple(faults))


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


def unsure(
    before: Mapping[str, Standing], after: Mapping[str, Standing], groups: Mapping[str, NDArray[np.int64]]
) -> list[str]:
    """Why few questions do not prove that nDCG@10 rose, a line each; for what is trained on so few that chance is near.

    ``groups`` [rows] of each set number questions that rise or fall together, whose sum counts as one.
    """
    gaps = {name: after[name].ndcg10 - one.ndcg10 for name, one in before.items() if len(one.rank)}
    rows = sum(map(len, gaps.values()))
    if rows < _LEAST:
        return [f"{rows} questions could be held out to try it on; {_LEAST} are needed"]
    rise = float(np.mean([gap.mean() for gap in gaps.values()]))
    square = sum(
        float(np.square(np.bincount(groups[name], gap - gap.mean())).sum()) / len(gap) ** 2
        for name, gap in gaps.items()
    )
    error = float(np.sqrt(square)) / len(gaps)
    return [] if rise > _SURE * error else [f"its rise, {rise:+.4f}, is not surely one (standard error {error:.4f})"]


def _compared(before: Standing, after: Standing, seed: int) -> Comparison:
    gaps = after.ndcg10 - before.ndcg10
    chance = np.random.default_rng(seed)
    rows = len(gaps)
    drawn = [float(gaps[chance.integers(rows, size=rows)].mean()) for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    flipped = [abs(float((chance.choice((-1.0, 1.0), size=rows) * gaps).sum())) for _ in range(_DRAWS)]
    reached = sum(one >= abs(float(gaps.sum())) - 1e-12 for one in flipped)
    error = float(gaps.std() / np.sqrt(rows))
    p = (1 + reached) / (1 + _DRAWS)
    return Comparison(rows, before.means(), after.means(), float(low), float(high), p, error)


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
    return Standing(recall_at(found, 1), recall_at(found, 5), dcg_share(found, 10), np.array(ranks, float))
