"""Batches of lessons, each with wrong sources beside its own: the same for the same seed, and resumable at any place.

Questions whose sources are about as long come together: what is padded costs as much as what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from raglan.errors import ConfigError
from raglan.train.batches import Batches
from raglan.train.checkpoint import State
from raglan.train.lessons import Lesson, Lessons

__all__ = ["Teaching"]

B = TypeVar("B")
Make = Callable[[Sequence[tuple[Lesson, Sequence[str]]], int], B]

_ALIKE = 250  # characters by which sources may differ in length


class Teaching(Generic[B]):
    """``size`` lessons at a time, made into batches by ``make``, which is told their number; without end.

    ``found`` names for each lesson sources that a search finds for it and that do not answer. Raises
    :class:`ConfigError` where it has another number of rows.
    """

    def __init__(
        self, lessons: Lessons, size: int, make: Make[B], *, found: Sequence[Sequence[str]] = (), seed: int = 0
    ) -> None:
        if found and len(found) != len(lessons.rows):
            raise ConfigError(f"{len(found)} lists were found for {len(lessons.rows)} lessons")
        self._rows, self._found, self._make = lessons.rows, found, make
        lengths = [len(lessons.sources[(row.right or row.wrong)[0]].text) // _ALIKE for row in lessons.rows]
        self._batches: Batches[int, list[int]] = Batches(
            range(len(lessons.rows)), size, list, seed=seed, groups=_joined(lengths, size)
        )
        self._drawn = 0

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._batches)

    def __next__(self) -> B:
        """The next batch."""
        chosen = next(self._batches)
        self._drawn += 1
        return self._make([(self._rows[at], self._found[at] if self._found else ()) for at in chosen], self._drawn)

    def state_dict(self) -> State:
        """The place in the data."""
        return {"batches": self._batches.state_dict(), "drawn": self._drawn}

    def load_state_dict(self, state: State) -> None:
        """Go back there."""
        self._batches.load_state_dict(state["batches"])
        self._drawn = state["drawn"]


def _joined(lengths: Sequence[int], size: int) -> list[int]:
    """A group for each row; one that would not fill a batch goes along with the next shorter one."""
    groups: dict[int, int] = {}
    name = 0
    waiting = 0
    for length in sorted(set(lengths)):
        groups[length] = name
        waiting += lengths.count(length)
        if waiting >= 4 * size:
            name, waiting = name + 1, 0
    if waiting < size and name:
        groups = {length: min(group, name - 1) for length, group in groups.items()}
    return [groups[length] for length in lengths]
