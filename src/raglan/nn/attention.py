"""How much each passage should count, learned: attention of a question's vector over those of passages.

``a_i = softmax_i(h^T W_a d_i)`` and ``h_aug = Σ_i a_i d_i``, h being the question's vector and d_i those of the passages.
The likelihood of what is written from these weights trains W_a and, through h, whatever encodes the question (REALM, Guu et
al. 2020, has the same sum over documents; here it stands within the generator's attention, Lewis et al. 2020, MARGE).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["Attended", "Attention"]

_SHARP = 20.0  # what W_a begins with, times the identity: the scale by which cosines were trained


class Attended(NamedTuple):
    """``weights`` float32 [b, n] that sum to 1, and ``vector`` [b, d], the passages' weighted sum."""

    weights: Tensor
    vector: Tensor


class Attention(nn.Module):
    """W_a [d, d]; it begins as the similarity by which passages were found, sharpened."""

    def __init__(self, width: int, *, sharp: float = _SHARP) -> None:
        super().__init__()
        self.matrix = nn.Parameter(sharp * torch.eye(width))

    def forward(self, asked: Tensor, passages: Tensor, there: Tensor) -> Attended:
        """Vectors asked [b, d], passages [b, n, d], there bool [b, n], false where a question has no such passage."""
        logits = ((asked @ self.matrix)[:, None] * passages).sum(2).float()
        weights = logits.masked_fill(~there, -torch.inf).softmax(1)
        return Attended(weights, (weights.to(passages.dtype)[:, :, None] * passages).sum(1))
