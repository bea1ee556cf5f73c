"""Is what was trained worth keeping? Figures of held-out questions, before and after, and a verdict with reasons.

The mean over sets must rise, and no set may surely lose more than a slack: a drop counts as sure when it is outside what
chance does in one of twenty sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Comparison", "Standing", "Verdict", "joined", "judged", "titled", "unsure"]

Matrix = NDArray[np.float64]

_SURE = 1.645  # standard errors: what lies further out is chance in one of twenty trainings at most
_LEAST = 20  # held-out questions; fewer prove nothing
_DRAWS = 1000
_SHOWN = {"ndcg@10": "nDCG@10", "f1": "F1", "em": "EM"}


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How one model does on a set: its ``values`` [questions] by metric, NaN where a question has none.

    It is judged ``by`` one of them, which every question has. Higher is better, but for ``rank``.
    """

    values: Mapping[str, Matrix]
    by: str

    def __len__(self) -> int:
        return len(self.values[self.by])

    def means(self) -> dict[str, float]:
        """As a card shows them."""
        return {name: float(np.nanmean(one)) for name, one in self.values.items() if not np.isnan(one).all()}


def joined(parts: Sequence[Standing]) -> Standing:
    """The questions of all ``parts``, which have the same metrics, in a row."""
    values = {name: np.concatenate([one.values[name] for one in parts]) for name in parts[0].values}
    return Standing(values, parts[0].by)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set of ``questions`` ``before`` and ``after``, by metric; the rise is that of the metric ``by``.

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
    by: str

    @property
    def rise(self) -> float:
        """Of the metric that judges."""
        return self.after[self.by] - self.before[self.by]


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
        """Figures by set and metric, as a model card shows them: after, and before what it was judged by."""
        return {
            name: {**one.after, f"{one.by} before": one.before[one.by], "questions": float(one.questions)}
            for name, one in self.sets.items()
        }


def judged(
    before: Mapping[str, Standing], after: Mapping[str, Standing], *, slack: float = 0.01, seed: int = 0
) -> Verdict:
    """The verdict over sets by name; ``slack`` is what a single set may lose of what it is judged by."""
    sets = {name: _compared(one, after[name], seed) for name, one in before.items() if len(one)}
    if not sets:
        return Verdict({}, ("nothing could be held out to try it on",))
    faults = [
        f"{name}: {titled(one.by)} is surely more than {slack:g} below what it was ({one.after[one.by]:.4f}, "
        f"{one.before[one.by]:.4f} before)"
        for name, one in sets.items()
        if one.rise + _SURE * one.error < -slack
    ]
    old, new = (
        float(np.mean([side[one.by] for one, side in sides]))
        for sides in ([(one, one.before) for one in sets.values()], [(one, one.after) for one in sets.values()])
    )
    if not new > old:
        by = next(iter(sets.values())).by
        faults.append(f"its mean {titled(by)}, {new:.4f}, is not above {old:.4f}, what it was before")
    return Verdict(sets, tuple(faults))


def titled(metric: str) -> str:
    """A metric's name as people write it."""
    return _SHOWN.get(metric, metric)


def unsure(
    before: Mapping[str, Standing], after: Mapping[str, Standing], groups: Mapping[str, NDArray[np.int64]]
) -> list[str]:
    """Why few questions do not prove that the figures rose, a line each; for what is trained on so few that chance is near.

    ``groups`` [rows] of each set number questions that rise or fall together, whose sum counts as one.
    """
    gaps = {name: after[name].values[one.by] - one.values[one.by] for name, one in before.items() if len(one)}
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
    gaps = after.values[before.by] - before.values[before.by]
    chance = np.random.default_rng(seed)
    rows = len(gaps)
    drawn = [float(gaps[chance.integers(rows, size=rows)].mean()) for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    flipped = [abs(float((chance.choice((-1.0, 1.0), size=rows) * gaps).sum())) for _ in range(_DRAWS)]
    reached = sum(one >= abs(float(gaps.sum())) - 1e-12 for one in flipped)
    error = float(gaps.std() / np.sqrt(rows))
    p = (1 + reached) / (1 + _DRAWS)
    return Comparison(rows, before.means(), after.means(), float(low), float(high), p, error, before.by)
