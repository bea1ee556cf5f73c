"""Texts to vectors: a trunk and a pooling (Reimers and Gurevych 2019), for queries and passages alike or one for each.

Letters: b texts, t tokens of a text, d the width of states. Two towers are those of DPR (Karpukhin et al. 2020).
"""

from __future__ import annotations

import copy
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from raglan.errors import ConfigError
from raglan.nn.trunk import Trunk

__all__ = ["Pooling", "Tower", "Towers"]

Pooling = Literal["mean", "cls"]


class Tower(nn.Module):
    """A vector for each text: the ``mean`` over its tokens or the state of its first (``cls``), of length 1 if ``unit``."""

    def __init__(self, trunk: Trunk, *, pooling: Pooling = "mean", unit: bool = True) -> None:
        super().__init__()
        if pooling not in ("mean", "cls"):
            raise ConfigError(f"pooling is {pooling!r}; there are 'mean' and 'cls'")
        self.trunk = trunk
        self.pooling = pooling
        self.unit = unit

    @property
    def dim(self) -> int:
        """The size of a vector."""
        return self.trunk.shape.width

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Vectors float32 [b, dim] of ids int [b, t], mask bool [b, t] (``True`` = token)."""
        return self.pool(self.trunk(ids, mask), mask)

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """The pooling alone, in float32: states [b, t, d] of the last layer, mask bool [b, t] -> [b, dim].

        A text without a token gives zeros.
        """
        inside = mask[:, :, None]
        if self.pooling == "mean":
            # Selected, not multiplied: what stands at padding may be anything.
            vectors = states.float().masked_fill(~inside, 0.0).sum(dim=1) / inside.sum(dim=1).clamp(min=1)
        else:
            vectors = states[:, 0].float().masked_fill(~mask[:, :1], 0.0)
        return functional.normalize(vectors, dim=-1) if self.unit else vectors


class Towers(nn.Module):
    """One tower for queries and one for passages; given the same object twice, the two sides share their weights."""

    def __init__(self, query: Tower, passage: Tower) -> None:
        super().__init__()
        if query.dim != passage.dim:
            raise ConfigError(
                f"queries would have {query.dim} dimensions and passages {passage.dim}; they must be equal"
            )
        self.query = query
        self.passage = passage

    @classmethod
    def separate(cls, tower: Tower) -> Towers:
        """Two towers that start from the same weights and learn apart: ``tower`` for queries, a copy for passages."""
        return cls(tower, copy.deepcopy(tower))

    @property
    def shared(self) -> bool:
        """Whether both sides are one tower."""
        return self.query is self.passage

    def forward(self, ids: Tensor, mask: Tensor, *, role: str) -> Tensor:
        """The vectors of one side, ``role`` being ``query`` or ``passage``: as :meth:`Tower.forward`."""
        if role not in ("query", "passage"):
            raise ConfigError(f"role is {role!r}; there are 'query' and 'passage'")
        tower = self.query if role == "query" else self.passage
        vectors: Tensor = tower(ids, mask)
        return vectors
