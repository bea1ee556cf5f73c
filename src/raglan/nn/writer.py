"""What a reader needs beside its trunk to write well: low-rank changes of the trunk's maps, and heads of their own.

The trunk reads for pointing and for writing alike, and what it knows of the one would be lost by learning the other. So
each map W of each layer is W + B A where text is written (LoRA, Hu et al. 2021), and W where sources are read: they are read
once for both, what is pointed at stays as it is bit for bit, and no gradient of writing runs through the sources.

Where from something is copied is told by what is alike (See et al. 2017) and, beside it, by two hints that cost next to
nothing: how far an answer begins or ends at a place, as pointing began with, and whether the place follows a token that has
just been written, which is how copies go on (induction heads, Olsson et al. 2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from raglan.nn.reader import Reader
    from raglan.nn.shape import Shape

__all__ = ["MAPS", "RANK", "LowRank", "Writer", "rank_of", "sizes"]

RANK = 32
MAPS = ("qkv", "out", "up", "down")
_FOLLOWS = 2.0  # what a place that follows is ahead by, to begin with


def sizes(shape: Shape) -> dict[str, tuple[int, int]]:
    """Of each map of a layer what goes in and what comes out."""
    wide, inner = shape.width, shape.inner
    return {"qkv": (wide, 3 * wide), "out": (wide, wide), "up": (wide, inner), "down": (inner, wide)}


class LowRank(nn.Module):
    """A map [..., into] -> [..., out] through ``rank`` numbers; at first it gives 0."""

    def __init__(self, into: int, out: int, rank: int, chance: torch.Generator | None = None) -> None:
        super().__init__()
        self.first = nn.Linear(into, rank, bias=False)
        self.last = nn.Linear(rank, out, bias=False)
        nn.init.normal_(self.first.weight, std=into**-0.5, generator=chance)
        nn.init.zeros_(self.last.weight)

    def forward(self, states: Tensor) -> Tensor:
        """What is added."""
        found: Tensor = self.last(self.first(states))
        return found


class Writer(nn.Module):
    """Changes of every layer, and heads that write, drawn by ``seed``.

    The heads have the names of the reader's, in whose place they stand.
    """

    def __init__(self, shape: Shape, *, rank: int = RANK, seed: int = 0) -> None:
        super().__init__()
        wide, chance = shape.width, torch.Generator().manual_seed(seed)
        self.changes = nn.ModuleList(
            nn.ModuleDict({name: LowRank(*size, rank, chance) for name, size in sizes(shape).items()})
            for _ in range(shape.layers)
        )
        self.to_word = nn.Linear(wide, wide)
        self.norm_word = nn.LayerNorm(wide, eps=shape.epsilon)
        self.word_bias = nn.Parameter(torch.zeros(shape.vocab))
        self.to_copied = nn.Linear(wide, wide)
        self.to_own = nn.Linear(2 * wide, 1)
        self.to_ends = nn.Linear(wide, 2)
        self.to_pull = nn.Linear(wide, 2)
        self.to_follow = nn.Linear(wide, 1)
        for part in (self.to_pull, self.to_follow):
            nn.init.normal_(part.weight, std=0.02, generator=chance)
        nn.init.zeros_(self.to_pull.bias)
        nn.init.constant_(self.to_follow.bias, _FOLLOWS)

    @classmethod
    def beside(cls, reader: Reader, *, rank: int = RANK, seed: int = 0) -> Writer:
        """One that begins with what ``reader`` knows of writing, and of where answers begin and end."""
        made = cls(reader.trunk.shape, rank=rank, seed=seed)
        own = {name: one.detach().clone() for name, one in reader.named_parameters()}
        made.load_state_dict({name: own.get(name, one) for name, one in made.state_dict().items()})
        return made

    @property
    def layers(self) -> list[nn.ModuleDict]:
        """The changes of each layer."""
        return [one for one in self.changes if isinstance(one, nn.ModuleDict)]

    def hints(self, states: Tensor, sources: Tensor, ids: Tensor, names: Tensor) -> Tensor:
        """What is added to the logits of copying: [b, t, s].

        ``states`` [b, t, d] and ``ids`` int [b, t] are those of what is written, ``sources`` [b, s, d] and ``names`` int
        [b, s] those of what can be copied.
        """
        before = torch.cat([torch.full_like(names[:, :1], -1), names[:, :-1]], dim=1)  # no token is -1
        follows = (ids[:, :, None] == before[:, None]).to(states.dtype)
        pulled: Tensor = self.to_pull(states) @ self.to_ends(sources).transpose(1, 2)
        followed: Tensor = self.to_follow(states) * follows
        return pulled + followed


def rank_of(tensors: dict[str, Tensor]) -> int:
    """The rank of a writer whose weights these are, by their own names."""
    return len(tensors["changes.0.qkv.first.weight"])
