"""What a reader's answers cost: pointing at them, writing them, and telling which block holds them.

``L = ends * L_ends + support * L_support + write * L_write``

``L_ends = -log Σ_(i,j) p_start(i) p_end(j)`` over all places (i, j) where an answer stands, and over the first tokens of the
blocks where there is none (Clark and Gardner 2018); an answer that is a sentence is not pointed at. ``L_support`` is the
cross-entropy of each block holding an answer; ``L_write`` that of the answer's words, only its end where there is none.

Fusions of n blocks in what is written, a_i being the softmax of their support unless said otherwise:

- ``decoder``: it looks at all of them alike (Fusion-in-Decoder, Izacard and Grave 2021);
- ``bias``: log a_i is added where block i is looked at (Lewis et al. 2020, MARGE);
- ``attention``: the same, pointing included, with a_i = softmax(h^T W_a d_i) of vectors (:mod:`raglan.nn.attention`);
- ``soft``: h_aug = Σ a_i d_i, as there, is added to the first token that is written;
- ``token``: -Σ_t log Σ_i a_i p(y_t | y_<t, i), ``sequence``: -log Σ_i a_i Π_t p(y_t | y_<t, i) (Lewis et al. 2020, RAG);
- ``concatenation``: one block that holds the sources as far as they go.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from raglan.nn.attention import Attention
from raglan.nn.cache import Cache
from raglan.nn.reader import Read, Reader, Sources
from raglan.nn.tower import Tower

__all__ = ["Losses", "ReadingBatch", "Shares", "at_rest"]

_FAR = -1e9  # instead of the log of no weight at all, whose gradient is NaN


@dataclass(frozen=True, slots=True)
class Shares:
    """How much each part of the loss counts; see this module."""

    ends: float = 1.0
    support: float = 0.5
    write: float = 0.5


class ReadingBatch(NamedTuple):
    """Blocks of b questions, n each, and what is right.

    ``first`` and ``last`` int [b, m] are places among n * s tokens where an answer starts and ends, as far as ``known`` bool
    [b, m]. ``holds`` float [b, n]: whether a block holds an answer. ``written`` int [b, t + 1] begins with what begins all
    that is written; ``writes`` bool [b, t] is true where something is to be written. For fusions by vectors, ``asked``
    [b, d] and ``told`` [b, n, d] are those of questions and sources; for a tower that encodes questions ``asked`` int [b, q]
    are their tokens, as far as ``seen`` bool [b, q].
    """

    sources: Sources
    first: Tensor
    last: Tensor
    known: Tensor
    holds: Tensor
    written: Tensor
    writes: Tensor
    asked: Tensor | None = None
    told: Tensor | None = None
    seen: Tensor | None = None
    sentences: Tensor | None = None
    tells: Tensor | None = None
    read: Read | None = None


class Losses(nn.Module):
    """The reader as training runs it: all three losses in one forward.

    Where vectors weigh, ``attention`` does, over questions that come as vectors, or as tokens that ``tower`` encodes.
    """

    def __init__(
        self,
        reader: Reader,
        shares: Shares,
        fusion: str,
        attention: Attention | None = None,
        tower: Tower | None = None,
    ) -> None:
        super().__init__()
        self.reader = reader
        self.attention = attention
        self.tower = tower
        self._shares, self._fusion = shares, fusion

    def forward(self, batch: ReadingBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Of the ends, the support and what is written."""
        read = batch.read or (self.reader.read(batch.sources) if self._reads else at_rest(self.reader, batch.sources))
        odds = self.reader.support(read)
        there = odds.isfinite()
        support = functional.binary_cross_entropy_with_logits(odds[there], batch.holds[there])
        weights, soft = self._weighed(batch, odds, there)
        ends = self._ends(batch, read, weights if self._fusion == "attention" else None)
        if not self._shares.write:
            return ends, support, ends.new_zeros(())
        looks = weights if self._fusion in ("bias", "attention") else None
        each = [self._written(read, batch.written, batch.writes, (odds, looks, soft))]
        if batch.sentences is not None and batch.tells is not None and batch.tells.any():
            rows = batch.tells.any(1).nonzero()[:, 0]  # most questions have no sentence
            own = odds[rows], None if looks is None else looks[rows], None if soft is None else soft[rows]
            each.append(self._written(read.rows(rows), batch.sentences[rows], batch.tells[rows], own))
        return ends, support, torch.stack(each).mean()

    @property
    def _reads(self) -> bool:
        """Whether what it reads with learns: else sources take no gradients, which is most of the work."""
        return any(one.requires_grad for one in self.reader.trunk.parameters())

    def _written(
        self, read: Read, written: Tensor, writes: Tensor, how: tuple[Tensor, Tensor | None, Tensor | None]
    ) -> Tensor:
        """The loss of texts: the mean of each counts, whatever its length."""
        odds, looks, soft = how
        if self._fusion in ("token", "sequence"):
            each = self._marginal(written, writes, read, odds)
        else:
            logs = self.reader.logs(read, written[:, :-1], written[:, 1:], writes, looks, soft=soft)
            each = logs.new_zeros(writes.shape).masked_scatter(writes, logs).sum(1)
        counts = writes.sum(1)
        return -(each / counts.clamp_min(1)).sum() / (counts > 0).sum().clamp_min(1)

    def _weighed(self, batch: ReadingBatch, odds: Tensor, there: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The weights of blocks and what is added to the first token."""
        if self.attention is None:
            return (odds.softmax(1) if self._fusion == "bias" else None), None
        assert batch.asked is not None
        assert batch.told is not None
        asked = batch.asked
        if self.tower is not None:
            assert batch.seen is not None
            asked = self.tower(asked, batch.seen)
        found = self.attention(asked, batch.told, there)
        return found.weights, found.vector if self._fusion == "soft" else None

    def _ends(self, batch: ReadingBatch, read: Read, weights: Tensor | None) -> Tensor:
        start, end = self.reader.ends(read, weights)
        pairs = start.gather(1, batch.first) + end.gather(1, batch.last)
        taught = batch.known.any(1)
        # A question that teaches no ends has a place all the same, which does not count: nothing but infinities is NaN.
        known = torch.cat([batch.known[:, :1] | ~taught[:, None], batch.known[:, 1:]], dim=1)
        each = -pairs.masked_fill(~known, -torch.inf).logsumexp(1)
        return (each * taught).sum() / taught.sum().clamp_min(1)

    def _marginal(self, written: Tensor, writes: Tensor, read: Read, odds: Tensor) -> Tensor:
        """The log-likelihood [b] of each answer, its blocks being read each by itself."""
        (b, n), t = odds.shape, writes.shape[1]
        ids, where = (one.repeat_interleave(n, dim=0) for one in (written, writes))
        found = self.reader.logs(read.apart(), ids[:, :-1], ids[:, 1:], where)
        logs = found.new_zeros(b * n, t).masked_scatter(where, found).view(b, n, t)
        shares = functional.log_softmax(odds.masked_fill(~odds.isfinite(), _FAR), dim=1)
        if self._fusion == "sequence":
            return (shares + logs.sum(2)).logsumexp(1)
        return (shares[:, :, None] + logs).logsumexp(1).masked_fill(~writes, 0.0).sum(1)


@torch.no_grad()
def at_rest(reader: Reader, given: Sources, parts: int = 2) -> Read:
    """What reading leaves where nothing of it learns: blocks as long are read together, since padding costs as much."""
    lengths = given.mask.sum(1)
    order = lengths.argsort()
    read = []
    for rows in order.chunk(parts):
        wide = max(int(lengths[rows].max()), 1)
        few = given.rows(rows)._replace(blocks=1)
        read.append(reader.read(few.cut(wide)))
    back, wide = order.argsort(), given.ids.shape[1]
    states = torch.cat([functional.pad(one.states, (0, 0, 0, wide - one.states.shape[1])) for one in read])[back]
    cache = reduce(Cache.stack, [one.cache.wide(wide) for one in read]).rows(back)
    return Read(given, states, cache.joined(given.blocks))
