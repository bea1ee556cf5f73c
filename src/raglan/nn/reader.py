"""One trunk that reads sources, points at the answer in them, and writes one: fusion in the decoder as a prefix-LM.

Letters: b questions, n blocks of a question (:mod:`raglan.models.blocks`), s tokens of a block, t tokens written, v words,
d the width of states.

Blocks are read each by itself, in both directions; what is written looks at all of them at once, and at what was written
before (Izacard and Grave 2021; one network for both, Dong et al. 2019, UniLM). A weight a_i of a block reaches it through
attention: ``strength * log a_i`` is added to the logits of its tokens (Lewis et al. 2020, MARGE) and of their copies, so
that the likelihood of the answer trains whatever made the weight. What is written is chosen from all words or copied from
the sources (See et al. 2017). An answer that stands in a source is pointed at by its ends, with one softmax over all tokens
of all blocks (Clark and Gardner 2018); the first token of each block stands for "not here" (Devlin et al. 2019).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from raglan.nn.cache import Cache
from raglan.nn.masks import causal
from raglan.nn.trunk import Trunk, initialise
from raglan.nn.writer import Writer

__all__ = ["Read", "Reader", "Sources", "Written"]

_LEAST = 1e-9  # a probability; its log is finite


class Sources(NamedTuple):
    """Blocks of b questions, n each: ids and types int [b * n, s], mask and text bool [b * n, s].

    ``text`` is true where an answer may stand. A question of fewer blocks is filled up with ones whose mask is false.
    """

    ids: Tensor
    mask: Tensor
    types: Tensor
    text: Tensor
    blocks: int

    def flat(self, tensor: Tensor) -> Tensor:
        """What is known of each token, question by question: [b * n, s] -> [b, n * s]."""
        return tensor.reshape(-1, self.blocks * tensor.shape[1])

    def rows(self, index: Tensor) -> Sources:
        """The blocks ``index`` int [m] alone: [b * n, s] -> [m, s]."""
        ids, mask, types, text = (one[index] for one in (self.ids, self.mask, self.types, self.text))
        return Sources(ids, mask, types, text, self.blocks)

    def cut(self, wide: int) -> Sources:
        """The first ``wide`` tokens of each block: [b * n, s] -> [b * n, wide]."""
        ids, mask, types, text = (one[:, :wide] for one in (self.ids, self.mask, self.types, self.text))
        return Sources(ids, mask, types, text, self.blocks)

    def to(self, device: torch.device) -> Sources:
        """The same there."""
        ids, mask, types, text = (one.to(device) for one in (self.ids, self.mask, self.types, self.text))
        return Sources(ids, mask, types, text, self.blocks)


class Read(NamedTuple):
    """What reading left: ``states`` [b * n, s, d] of the last layer, and keys and values, those of a question in a row."""

    sources: Sources
    states: Tensor
    cache: Cache

    def apart(self) -> Read:
        """The same, each block a question of its own: [b, n] -> [b * n, 1]."""
        return Read(self.sources._replace(blocks=1), self.states, self.cache.parted(self.sources.blocks))

    def rows(self, index: Tensor) -> Read:
        """The questions ``index`` int [m] alone: [b, n] -> [m, n]."""
        n = self.sources.blocks
        blocks = (n * index[:, None] + torch.arange(n, device=index.device)).flatten()
        return Read(self.sources.rows(blocks), self.states[blocks], self.cache.rows(index))


class Written(NamedTuple):
    """For each place of what is written: ``chances`` [b, t, v] of its words, and ``copied`` [b, t, n * s], whence.

    ``copied`` sums to 1 over the sources; ``own`` [b, t] is the share of ``chances`` that is not copied.
    """

    chances: Tensor
    copied: Tensor
    own: Tensor


class Reader(nn.Module):
    """The trunk and its heads; fresh heads are drawn by ``seed``. What is written takes the upper half of the positions.

    With a ``writer`` it writes by that one's heads, and by changes of the trunk that reading knows nothing of.
    """

    def __init__(self, trunk: Trunk, *, writer: Writer | None = None, seed: int = 0) -> None:
        super().__init__()
        width = trunk.shape.width
        self.trunk = trunk
        self.writer = writer
        self.offset = trunk.shape.positions // 2
        self.to_ends = nn.Linear(width, 2)
        self.to_support = nn.Linear(width, 1)
        self.to_word = nn.Linear(width, width)
        self.norm_word = nn.LayerNorm(width, eps=trunk.shape.epsilon)
        self.word_bias = nn.Parameter(torch.zeros(trunk.shape.vocab))
        self.to_copied = nn.Linear(width, width)
        self.to_own = nn.Linear(2 * width, 1)
        self.strength = nn.Parameter(torch.ones(()))
        for part in (self.to_ends, self.to_support, self.to_word, self.to_copied, self.to_own):
            initialise(part, seed)

    def read(self, sources: Sources) -> Read:
        """Every block by itself."""
        cache = Cache()
        # A block that is all padding would look at nothing: it looks at its first token, and nobody looks at it.
        seen = sources.mask.clone()
        seen[:, 0] = True
        states = self.trunk.run(self.trunk.embed(sources.ids, sources.types), seen, cache=cache)
        return Read(sources, states, cache.joined(sources.blocks))

    def ends(self, read: Read, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The logs of the chances that an answer starts, and that it ends, at each token: float32 [b, n * s] each.

        Each sums to 1 over the tokens of ``text`` and the first token of each block, which means that there is none.
        With ``weights`` [b, n] of the blocks, the log of each is added to the logits of its tokens.
        """
        sources = read.sources
        at = sources.text.clone()
        at[:, 0] = sources.mask[:, 0]
        logits: Tensor = self.to_ends(read.states).float().masked_fill(~at[:, :, None], -torch.inf)
        looks = self._looks(sources, weights)
        start, end = (functional.log_softmax(sources.flat(one) + looks, dim=1) for one in logits.unbind(2))
        return start, end

    def support(self, read: Read) -> Tensor:
        """How far each block answers its question, as log-odds: float32 [b, n]; minus infinity where there is no block."""
        sources = read.sources
        odds: Tensor = self.to_support(read.states[:, 0])[:, 0].float()
        return odds.masked_fill(~sources.mask[:, 0], -torch.inf).view(-1, sources.blocks)

    def write(
        self,
        read: Read,
        ids: Tensor,
        weights: Tensor | None = None,
        *,
        soft: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Written:
        """What follows each of the tokens ``ids`` int [b, t] of a text that is being written.

        ``weights`` float [b, n] of the blocks sum to 1. ``soft`` [b, d] is added to the first token: a mean of passages'
        vectors. ``cache`` is a fork of that of ``read``, which is given back longer: written token by token.
        """
        states = self._stated(read, ids, weights, soft, cache)
        copied, own = self._copied(read, states, ids, self._looks(read.sources, weights))
        words = functional.softmax(self._words(states), dim=2)
        names = read.sources.flat(read.sources.ids)[:, None].expand(*ids.shape, -1)
        chances = (own * words).scatter_add(2, names, (1 - own) * copied)
        return Written(chances, copied, own[:, :, 0])

    def logs(
        self,
        read: Read,
        ids: Tensor,
        said: Tensor,
        where: Tensor,
        weights: Tensor | None = None,
        *,
        soft: Tensor | None = None,
    ) -> Tensor:
        """The logs of the chances that :meth:`write` gives to ``said`` int [b, t], in a row as far as ``where`` bool [b, t].

        The words, of which there are many, are looked at nowhere else: most of a batch of answers is padding.
        """
        states = self._stated(read, ids, weights, soft)
        copied, own = self._copied(read, states, ids, self._looks(read.sources, weights))
        same = read.sources.flat(read.sources.ids)[:, None] == said[:, :, None]
        copy, own = (copied * same).sum(2)[where], own[where][:, 0]
        word = functional.log_softmax(self._words(states[where]), dim=1).gather(1, said[where][:, None])[:, 0].exp()
        return (own * word + (1 - own) * copy).clamp_min(_LEAST).log()

    def _stated(
        self,
        read: Read,
        ids: Tensor,
        weights: Tensor | None,
        soft: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """The states [b, t, d] of what is written."""
        sources = read.sources
        cache = read.cache.fork() if cache is None else cache
        (b, t), there = ids.shape, sources.flat(sources.mask)  # [b, n * s]
        before = cache.held() - there.shape[1]
        places = self.offset + torch.arange(before, before + t, device=ids.device)
        states = self.trunk.embed(ids, torch.ones_like(ids), places)
        if soft is not None and not before:
            states = torch.cat([states[:, :1] + soft[:, None], states[:, 1:]], dim=1)
        own = causal(before + t, device=ids.device)[:, before:].expand(b, t, before + t)
        mask = torch.cat([there[:, None].expand(b, t, -1), own], dim=2)
        looks = self._looks(sources, weights)
        bias = None if weights is None else functional.pad(looks, (0, before + t))[:, None, None]
        changes = self.writer.layers if self.writer else None
        return self.trunk.run(states, mask, cache=cache, bias=bias, changes=changes)

    @property
    def _by(self) -> Reader | Writer:
        """Whose heads write."""
        return self.writer or self

    def _looks(self, sources: Sources, weights: Tensor | None) -> Tensor:
        """What the weights add to the logits by which a token of the sources is looked at: [b, n * s]."""
        if weights is None:
            return torch.zeros_like(sources.flat(sources.mask), dtype=self.strength.dtype)
        each = self.strength * weights.clamp_min(_LEAST).log()  # [b, n]
        return each.repeat_interleave(sources.ids.shape[1], dim=1)

    def _words(self, states: Tensor) -> Tensor:
        """The logits of all words: [..., d] -> float32 [..., v]."""
        by = self._by
        said = by.norm_word(functional.gelu(by.to_word(states)))
        logits: Tensor = (said @ self.trunk.words.weight.T + by.word_bias).float()
        return logits

    def _copied(self, read: Read, states: Tensor, ids: Tensor, looks: Tensor) -> tuple[Tensor, Tensor]:
        """Whence is copied, [b, t, n * s], and the share that is not, [b, t, 1]."""
        by = self._by
        there = read.sources.flat(read.sources.mask)
        sources = read.states.reshape(len(states), there.shape[1], -1)
        logits = by.to_copied(states) @ sources.transpose(1, 2) / sources.shape[2] ** 0.5 + looks[:, None]
        if self.writer:
            logits = logits + self.writer.hints(states, sources, ids, read.sources.flat(read.sources.ids))
        # Half of the least number, as in masks: without any source it is spread over padding, and not NaN.
        copied = functional.softmax(
            logits.float().masked_fill(~there[:, None], torch.finfo(torch.float32).min / 2), dim=2
        )
        context = copied.to(states.dtype) @ sources
        return copied, torch.sigmoid(by.to_own(torch.cat([states, context], dim=2)).float())
