"""Rows to batches, in an order that hangs on a seed and can be gone back to: what the loop draws from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from raglan.errors import ConfigError
from raglan.train.checkpoint import State
from raglan.train.step import Resumes

__all__ = ["Batches", "Source"]

Places = NDArray[np.int64]
T = TypeVar("T")
B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)


class Source(Resumes, Protocol[B_co]):
    """Batches without end, from a place that can be gone back to."""

    def __next__(self) -> B_co: ...


class Batches(Generic[T, B]):
    """``rows``, shuffled anew each epoch, ``size`` at a time, made into batches by ``collate``; without end, from a seed.

    What remains at an epoch's end is left out, since in-batch objectives depend on the size; fewer rows than ``size`` are
    one batch. With ``groups``, a name for each row, all rows of a batch are of one group: what is easily told from other
    sets' passages teaches little, and rows of one set are each other's better negatives. ``share`` (which, of how many)
    gives every process its own rows. Raises :class:`ConfigError` without rows.
    """

    def __init__(
        self,
        rows: Sequence[T],
        size: int,
        collate: Callable[[list[T]], B],
        *,
        seed: int = 0,
        share: tuple[int, int] = (0, 1),
        groups: Sequence[Hashable] = (),
    ) -> None:
        if len(rows) < share[1] or size < 1:
            raise ConfigError(f"{len(rows)} rows make no batches of {size} for {share[1]} processes")
        if groups and len(groups) != len(rows):
            raise ConfigError(f"{len(groups)} groups are named for {len(rows)} rows")
        self._rows, self._collate, self._seed, self._share = rows, collate, seed, share
        self._groups = _places(groups or [0] * len(rows))
        self.size = min(size, len(rows) // share[1])
        self.epoch = self._at = 0
        self._order = self._shuffled()

    def __next__(self) -> B:
        """The next batch."""
        if self._at == len(self._order):
            self.epoch, self._at = self.epoch + 1, 0
            self._order = self._shuffled()
        chosen = self._order[self._at]
        self._at += 1
        return self._collate([self._rows[int(at)] for at in chosen])

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._order)

    def state_dict(self) -> State:
        """The place in the data."""
        return {"epoch": self.epoch, "at": self._at, "of": self._of()}

    def load_state_dict(self, state: State) -> None:
        """Go back there. Raises :class:`ConfigError` if the data are others."""
        if state["of"] != self._of():
            raise ConfigError(
                f"the checkpoint is of data with {state['of']}, not {self._of()}; name those, or begin anew"
            )
        self.epoch, self._at = state["epoch"], state["at"]
        self._order = self._shuffled()

    def _of(self) -> State:
        groups = len(self._groups)
        return {"rows": len(self._rows), "size": self.size, "seed": self._seed} | (
            {"groups": groups} if groups > 1 else {}
        )

    def _shuffled(self) -> list[Places]:
        """The batches of an epoch, as places of rows."""
        which, count = self._share
        chance = np.random.default_rng([self._seed, self.epoch])
        made: list[Places] = []
        for rows in self._groups:
            order = rows[chance.permutation(len(rows))]
            order = order[: len(order) // count * count][which::count]
            size = min(self.size, max(1, len(order)))
            made += [order[at : at + size] for at in range(0, len(order) - size + 1, size)]
        return made if len(self._groups) == 1 else [made[int(at)] for at in chance.permutation(len(made))]


def _places(groups: Sequence[Hashable]) -> list[Places]:
    """The places of each group's rows, groups in the order in which they are first named."""
    found: dict[Hashable, list[int]] = {}
    for at, group in enumerate(groups):
        found.setdefault(group, []).append(at)
    return [np.array(places) for places in found.values()]
