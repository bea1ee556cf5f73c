"""Who may look at whom: the mask gives the trunk its role (Dong et al. 2019, UniLM).

Letters: b texts, t tokens that look, s tokens that are looked at. In a mask, ``True`` means "looks at".
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["additive", "causal", "padding", "prefix"]


def padding(mask: Tensor) -> Tensor:
    """Every place looks at all tokens of its text, bidirectional: bool [b, t] (``True`` = token) -> bool [b, t, t].

    The result is a view: it takes no memory.
    """
    b, t = mask.shape
    return mask[:, None, :].expand(b, t, t)


def prefix(source_lengths: Tensor, total_length: int) -> Tensor:
    """A prefix-LM: source tokens look at the source, target tokens at the source and at what came before, and themselves.

    A row of ids is source, target, padding. ``source_lengths`` int [b] -> bool [b, t, t], t = ``total_length``. Padding
    stands behind the target, so that no token looks at it.
    """
    at = torch.arange(total_length, device=source_lengths.device)
    source = at < source_lengths[:, None]  # [b, s]
    return source[:, None, :] | (at <= at[:, None])


def causal(length: int, device: torch.device | str | None = None) -> Tensor:
    """Each token looks at itself and at those before: bool [1, t, t], t = ``length``; the prefix-LM without a source."""
    return prefix(torch.zeros(1, dtype=torch.long, device=device), length)


def additive(mask: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
    """What is added to the logits of attention: 0 or ``bias`` where ``mask`` is true, and elsewhere next to minus infinity.

    mask bool [b, s] or [b, t, s]; bias float, broadcasting to [b, h, t, s] -> ``dtype`` [b, 1 or h, 1 or t, s].
    Half of the least number stands for minus infinity: a row that may look at nothing then gives something finite that
    nobody reads, where infinities can give NaN, and kernels that scale the logits first do not overflow.
    Raises ValueError for a mask that is not bool or has another number of dimensions.
    """
    if mask.dtype != torch.bool or mask.dim() not in (2, 3):
        shape = list(mask.shape)
        raise ValueError(
            f"a mask is bool [b, t] or [b, t, t], not {mask.dtype} {shape}; True means that a token is seen"
        )
    looks = mask[:, None, None, :] if mask.dim() == 2 else mask[:, None]
    logits = looks.new_zeros((), dtype=dtype) if bias is None else bias.to(dtype)
    return torch.where(looks, logits, torch.finfo(dtype).min / 2)
