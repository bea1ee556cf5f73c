"""W_a that learns with a reader: the vectors that it weighs by, and what is kept of it.

Vectors come from an encoder that stays as it is: those of the sources are made once. (A query tower that learns, too, is
:class:`raglan.train.reading.Weighing`'s ``tower``.)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch

from raglan.generate.attending import Attending
from raglan.generate.fusing import concatenated
from raglan.models.blocks import Source
from raglan.nn.attention import Attention
from raglan.protocols import Encoder
from raglan.train.reading import Weighing

__all__ = ["attending", "weighing"]


def weighing(encoder: Encoder, sources: Mapping[str, Source], before: Attending | None = None) -> Weighing:
    """What weighs ``sources`` by the vectors of ``encoder``; W_a begins as it was ``before``, if with the same encoder."""
    attention = Attention(encoder.dim)
    if before is not None and before.encoder == encoder.identity:
        with torch.no_grad():
            attention.matrix.copy_(torch.from_numpy(before.matrix))
    vectors = encoder.encode([concatenated([source]).text for source in sources.values()], role="passage")
    encode = partial(encoder.encode, role="query")
    return Weighing(attention, dict(zip(sources, vectors, strict=True)), encode=encode)


def attending(made: Weighing, encoder: Encoder) -> Attending:
    """What W_a has come to, as a reader's folder holds it."""
    return Attending(made.attention.matrix.detach().cpu().float().numpy().copy(), encoder.identity)
