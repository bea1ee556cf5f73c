"""Rows to batches, in an order that hangs on a seed and can be gone back to: what the loop draws from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from raglan.errors import ConfigError
from raglan.train.checkpoint import State
from raglan.train.step import Resumes

__all__ = ["Batches", "Source"]

T = TypeVar("T")
B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)


class Source(Resumes, Protocol[B_co]):
    """Batches without end, from a place that can be gone back to."""

    def __next__(self) -> B_co: ...


class Batches(Generic[T, B]):
    """``rows``, shuffled anew each epoch, ``size`` at a time, made into batches by ``collate``; without end, from a seed.

    What remains at an epoch's end is left out, since in-batch objectives depend on the size; fewer rows than ``size`` are
    one batch. ``share`` (which, of how many) gives every process its own rows. Raises :class:`ConfigError` without rows.
    """

    def __init__(
        self,
        rows: Sequence[T],
        size: int,
        collate: Callable[[list[T]], B],
        *,
        seed: int = 0,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        if len(rows) < share[1] or size < 1:
            raise ConfigError(f"{len(rows)} rows make no batches of {size} for {share[1]} processes")
        self._rows, self._collate, self._seed, self._share = rows, collate, seed, share
        self.size = min(size, len(rows) // share[1])
        self.epoch = self._at = 0
        self._order = self._shuffled()

    def __next__(self) -> B:
        """The next batch."""
        if self._at + self.size > len(self._order):
            self.epoch, self._at = self.epoch + 1, 0
            self._order = self._shuffled()
        chosen = self._order[self._at : self._at + self.size]
        self._at += self.size
        return self._collate([self._rows[int(at)] for at in chosen])

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
        return {"rows": len(self._rows), "size": self.size, "seed": self._seed}

    def _shuffled(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        which, count = self._share
        order = np.random.default_rng([self._seed, self.epoch]).permutation(len(self._rows))
        return order[: len(order) // count * count][which::count]
