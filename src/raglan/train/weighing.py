"""W_a that learns with a reader: the vectors that it weighs by, and what is kept of it.

Vectors come from an encoder that stays as it is: those of the sources are made once. With a ``joint`` encoder its tower of
questions learns, too, by nothing but what the reader's answers cost: REALM (Guu et al. 2020) and RAG (Lewis et al. 2020)
train the query side so, passages and their index staying as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch

from raglan.errors import ConfigError
from raglan.generate.attending import Attending
from raglan.generate.fusing import concatenated
from raglan.models.blocks import Source
from raglan.nn.attention import Attention
from raglan.nn.tokens import Batch, Tokens
from raglan.nn.tower import Tower, Towers
from raglan.protocols import Encoder
from raglan.train.reading import Weighing
from raglan.train.start import Start

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Asks", "asks", "attending", "weighing"]

_AT_ONCE = 64


class _Questions(Tokens):
    """Tokens of questions, with what the encoder is used to before each."""

    def __init__(self, joint: Start) -> None:
        super().__init__(joint.tokenizer, length=joint.reading.length)
        self._before = joint.reading.query

    def texts(self, texts: Sequence[str]) -> Batch:
        return super().texts([self._before + text for text in texts])


class Asks:
    """``encoder``, with questions encoded by ``tower`` as it is by now."""

    def __init__(self, encoder: Encoder, tower: Tower, tokens: Tokens) -> None:
        self.dim, self.identity = encoder.dim, encoder.identity
        self._encoder, self._tower, self._tokens = encoder, tower, tokens

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim]."""
        if role != "query" or not texts:
            return self._encoder.encode(texts, role=role)
        device, learns = next(self._tower.parameters()).device, self._tower.training
        self._tower.eval()
        with torch.no_grad():
            parts = [self._tokens.texts(texts[at : at + _AT_ONCE]).to(device) for at in range(0, len(texts), _AT_ONCE)]
            found = torch.cat([self._tower(part.ids, part.mask) for part in parts])
        self._tower.train(learns)
        vectors: NDArray[np.float32] = found.cpu().float().numpy()
        return vectors


def weighing(
    encoder: Encoder, sources: Mapping[str, Source], before: Attending | None = None, *, joint: Start | None = None
) -> Weighing:
    """What weighs ``sources`` by the vectors of ``encoder``; W_a begins as it was ``before``, if with the same encoder.

    The tower of questions of ``joint``, which is the same encoder, learns in place. Raises :class:`ConfigError` where it is
    that of passages, too, or has vectors of another size.
    """
    attention = Attention(encoder.dim)
    if before is not None and before.encoder == encoder.identity:
        with torch.no_grad():
            attention.matrix.copy_(torch.from_numpy(before.matrix))
    vectors = encoder.encode([concatenated([source]).text for source in sources.values()], role="passage")
    passages = dict(zip(sources, vectors, strict=True))
    if joint is None:
        return Weighing(attention, passages, encode=partial(encoder.encode, role="query"))
    if not isinstance(joint.model, Towers) or joint.model.shared or joint.model.query.dim != encoder.dim:
        raise ConfigError(f"{joint.name} has no tower of its own for questions, with vectors of {encoder.dim} numbers")
    return Weighing(attention, passages, tower=joint.model.query, tokens=_Questions(joint))


def asks(made: Weighing, encoder: Encoder) -> Encoder:
    """``encoder``, or where a tower learns, that with its questions."""
    if made.tower is None or made.tokens is None:
        return encoder
    return Asks(encoder, made.tower, made.tokens)


def attending(made: Weighing, encoder: Encoder) -> Attending:
    """What W_a has come to, as a reader's folder holds it."""
    return Attending(made.attention.matrix.detach().cpu().float().numpy().copy(), encoder.identity)
