"""Batches of drawn rows: which positive and which negatives a question meets hangs on a seed and on how far the run is.

Negatives may be looked for anew each epoch with the model as it is then (ANCE, Xiong et al. 2021). Those of the epoch under
way are part of what a run saves, since the model that found them is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch

from raglan.errors import ConfigError
from raglan.train.batches import Batches
from raglan.train.checkpoint import State
from raglan.train.rows import Drawn, Rows, drawn

__all__ = ["Drawing", "Find", "Hard"]

B = TypeVar("B")
Find = Callable[[int], Sequence[Sequence[str]]]  # an epoch -> names of wrong passages for each row


@dataclass(frozen=True, slots=True)
class Hard:
    """At most ``count`` hard negatives a row: those that its set names, and those that ``find`` gives.

    It is asked at the beginning, and with ``refresh`` at the beginning of each epoch.
    """

    count: int = 1
    find: Find | None = None
    refresh: bool = False


class Drawing(Generic[B]):
    """``size`` rows of one set at a time, each with its ``hard`` negatives, made into batches by ``make``; without end.

    Raises :class:`ConfigError` on resuming with other rows.
    """

    def __init__(
        self,
        rows: Rows,
        size: int,
        make: Callable[[list[Drawn]], B],
        *,
        hard: Hard | None = None,
        seed: int = 0,
    ) -> None:
        self._of, self._make, self._hard, self._seed = rows, make, hard or Hard(), seed
        self._batches: Batches[int, list[int]] = Batches(
            range(len(rows.rows)), size, list, seed=seed, groups=[row.set for row in rows.rows]
        )
        self._names = list(rows.texts)
        self._found: list[Sequence[str]] | None = None
        self._epoch = self._drawn = 0

    @property
    def size(self) -> int:
        """Rows of a batch."""
        return self._batches.size

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._batches)

    def __next__(self) -> B:
        """The next batch."""
        chosen = next(self._batches)
        if self._found is None or (self._hard.refresh and self._batches.epoch != self._epoch):
            self._found = self._looked()
        self._epoch, self._drawn = self._batches.epoch, self._drawn + 1
        chance = np.random.default_rng([self._seed, self._drawn])
        rows = [self._of.rows[at] for at in chosen]
        return self._make(drawn(rows, [self._found[at] for at in chosen], self._hard.count, chance))

    def state_dict(self) -> State:
        """The place in the data, and the negatives of this epoch."""
        own = {"batches": self._batches.state_dict(), "epoch": self._epoch, "drawn": self._drawn}
        return {**own, "passages": len(self._names), "found": self._numbers()}

    def load_state_dict(self, state: State) -> None:
        """Go back there."""
        self._batches.load_state_dict(state["batches"])
        if state["passages"] != len(self._names):
            raise ConfigError(
                f"the checkpoint is of {state['passages']} passages, not {len(self._names)}; name the same data, "
                "or begin anew"
            )
        self._epoch, self._drawn = state["epoch"], state["drawn"]
        numbers = state["found"]
        self._found = None
        if numbers is not None:
            self._found = [[self._names[at] for at in row if at >= 0] for row in numbers.tolist()]

    def _looked(self) -> list[Sequence[str]]:
        return list(self._hard.find(self._batches.epoch)) if self._hard.find else [()] * len(self._of.rows)

    def _numbers(self) -> torch.Tensor | None:
        """What was found as places among the passages [rows, most], -1 where there is no more."""
        if self._found is None:
            return None
        place = {name: at for at, name in enumerate(self._names)}
        made = np.full((len(self._found), max(map(len, self._found), default=0)), -1, np.int64)
        for row, found in zip(made, self._found, strict=True):
            row[: len(found)] = [place[name] for name in found]
        return torch.from_numpy(made)
