"""The towers as training runs them: from kept states on where there are any, and in parts of like length.

What is padded costs as much as what is read, but small products cost more than large ones: texts are cut into parts where
the next ones are much longer, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from raglan.nn.tower import Tower, Towers
from raglan.train.contrastive import Calibration

__all__ = ["Model", "alike", "side"]

_ROWS = 16  # fewer texts at once cost more than their padding
_MUCH = 0.8  # of the length of the next ones


class Model(nn.Module):
    """What is trained: the towers, and the scale and bias of their scores, which only ``pointwise`` uses."""

    def __init__(self, towers: Towers, calibration: Calibration | None, frozen: int) -> None:
        super().__init__()
        self.towers = towers
        self.calibration = calibration
        self.frozen = frozen

    def forward(self, given: Tensor, mask: Tensor, *, role: str, sizes: Sequence[int] = ()) -> Tensor:
        """Vectors float32 [b, dim] of ids int [b, t], or of states [b, t, d] after the frozen layers; mask bool [b, t].

        So many rows at a time as ``sizes`` say, all unless given, and each part as far as the longest of them goes.
        """
        tower = side(self.towers, role)
        # All at once: the gradient of an embedding is as large as the vocabulary, however few words are in it.
        states, first = (given, self.frozen) if given.is_floating_point() else (tower.trunk.embed(given), 0)
        found = []
        cut = list(sizes) or [len(mask)]
        for part, inside in zip(torch.split(states, cut), torch.split(mask, cut), strict=True):
            length = max(1, int(inside.sum(dim=1).max()))
            inside = inside[:, :length]
            found.append(tower.pool(tower.trunk.run(part[:, :length], inside, first=first), inside))
        return torch.cat(found)


def alike(lengths: Sequence[int]) -> list[int]:
    """How many of the rows whose ``lengths``, rising, are given make each part: one ends where the next is much longer."""
    sizes: list[int] = []
    longest = 0
    for start in range(0, len(lengths), _ROWS):
        block = lengths[start : start + _ROWS]
        if not sizes or longest < _MUCH * block[-1]:
            sizes.append(0)
        sizes[-1] += len(block)
        longest = block[-1]
    return sizes


def side(towers: Towers, role: str) -> Tower:
    """The tower of a ``role``, ``query`` or ``passage``."""
    return towers.query if role == "query" else towers.passage
