"""How well a passage answers a query, both read together: the cross-encoder (Nogueira and Cho 2019)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from raglan.nn.trunk import Trunk, initialise

__all__ = ["Ranker"]


class Ranker(nn.Module):
    """``[CLS] query [SEP] passage [SEP]`` -> one score: the first state, a dense layer, tanh, a dense layer.

    The head is that of Hugging Face's ``BertForSequenceClassification`` with one label; a fresh one is drawn by ``seed``.
    """

    def __init__(self, trunk: Trunk, *, seed: int = 0) -> None:
        super().__init__()
        self.trunk = trunk
        self.dense = nn.Linear(trunk.shape.width, trunk.shape.width)
        self.to_score = nn.Linear(trunk.shape.width, 1)
        for part in (self.dense, self.to_score):
            initialise(part, seed)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Scores float32 [b], of any size and sign, higher is better: ids and types int [b, t], mask bool [b, t]."""
        return self.score(self.trunk(ids, mask, types))

    def score(self, states: Tensor) -> Tensor:
        """The head alone: states [b, t, d] of the last layer -> scores float32 [b]."""
        scores: Tensor = self.to_score(torch.tanh(self.dense(states[:, 0])))  # [b, 1]
        return scores[:, 0].float()
