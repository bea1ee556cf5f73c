"""A number, or the reason why there is none: no value here is ever NaN."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Flags", "Matrix", "Statistics", "Undefined", "Value", "collected"]

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Undefined:
    """What cannot be computed, and why: a row without gold, a set of one kind only."""

    reason: str

    def __str__(self) -> str:
        return f"undefined: {self.reason}"


Value = float | Undefined


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What a metric keeps of each row: enough to compute its value from any choice of rows, repeated ones too.

    ``values`` [rows, width] is finite; ``why`` [rows] is empty where the row is defined and else the reason, and what
    stands in ``values`` there is not used.
    """

    values: Matrix
    why: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.values) != len(self.why):
            raise ValueError(f"statistics of shape {self.values.shape} for {len(self.why)} rows")
        if not np.isfinite(self.values).all():
            row = int(np.flatnonzero(~np.isfinite(self.values).all(axis=1))[0])
            raise ValueError(
                f"row {row} has the statistic {self.values[row].tolist()}: say why it is undefined instead"
            )

    @property
    def defined(self) -> Flags:
        """Which rows have a value [rows]."""
        return np.array([not reason for reason in self.why], dtype=np.bool_)

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many rows have no value, by reason, the most frequent first."""
        return dict(Counter(reason for reason in self.why if reason).most_common())


def collected(rows: Iterable[tuple[float, ...] | Undefined], *, width: int = 1) -> Statistics:
    """Statistics of rows that come one by one.

    >>> collected([(1.0,), Undefined("no gold answer")]).reasons
    {'no gold answer': 1}
    """
    blank = (0.0,) * width
    found = list(rows)
    values = np.array([blank if isinstance(row, Undefined) else row for row in found], dtype=np.float64)
    why = tuple(row.reason if isinstance(row, Undefined) else "" for row in found)
    return Statistics(values.reshape(len(found), width), why)
