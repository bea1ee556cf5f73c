"""Dropout (Srivastava et al. 2014) that is cheap on a processor, too.

Drawing a number for each state costs a tenth of a step there. One number of 64 bits has eight bytes, and a byte is enough to
say whether a state stays: the share that is dropped is then the nearest of 256ths.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["dropped"]


def dropped(states: Tensor, share: float, *, training: bool) -> Tensor:
    """``states`` of which each is 0 with the chance ``share``, the others the larger for it; unchanged if not ``training``.

    Numbers come from torch's generator of the device.
    """
    if not training or not share:
        return states
    if states.device.type != "cpu":
        return functional.dropout(states, share)
    count, limit = states.numel(), min(255, max(1, round(256 * share)))
    drawn = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)
    kept = (drawn.view(torch.uint8)[:count] >= limit).view(states.shape)
    return states * kept * (256 / (256 - limit))
