"""Batches larger than memory: encode in parts, keep the vectors only, and encode again on the way back.

In-batch negatives want thousands of rows at once, and only the vectors of all rows must meet; what happened inside the
encoder need not be kept. GradCache (Gao et al. 2021) takes the loss over vectors without their history, then encodes each
part anew and hands it its vectors' gradients. That is checkpointing with whole parts as the unit, so it is written as such:
the loss is any function of the vectors, one ``backward`` does it all, and whatever wraps the model keeps working.

Price: one more forward pass. Memory: the activations of one part, and the vectors of all. Gradients are those of the same
parts without the trick, dropout included: the random state of each part's first pass is put back for its second.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

__all__ = ["in_parts"]


def in_parts(encode: Callable[..., Tensor], *inputs: Tensor, size: int) -> Tensor:
    """``encode(*inputs)`` [n, d], ``size`` rows at a time, holding the activations of one part only.

    ``inputs`` have n rows each. A layer that looks across rows (batch normalisation) sees only its part.
    Raises :class:`ValueError` for inputs of different length, none, or a ``size`` below 1.

        queries = in_parts(tower, query_ids, query_mask, size=32)
        passages = in_parts(tower, ids, mask, size=16)
        loss, report = in_batch(dot(queries, passages))
        loss.backward()
    """
    lengths = {len(one) for one in inputs}
    if len(lengths) != 1 or size < 1:
        raise ValueError(f"inputs of {sorted(lengths)} rows cannot be cut into parts of {size}")
    parts = zip(*(torch.split(one, size) for one in inputs), strict=True)
    return torch.cat([checkpoint(encode, *part, use_reentrant=False) for part in parts])
