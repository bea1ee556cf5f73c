"""The network of :mod:`raglan.models.pointer` in torch, where it learns: the same sums, in batches.

Letters: b texts, t units of a text, q questions, m units of a question, d the width of states. Several texts may belong to
one question: ``whose`` [b] says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from raglan.models.aligned import FEATURES, LEVELS, NAMES
from raglan.models.pointer import ABOVE, BELOW, MOST, PAIRED
from raglan.nn.dropping import dropped
from raglan.nn.trunk import initialise

__all__ = ["PointerNetwork", "Seen", "side_by_side"]


class Seen(NamedTuple):
    """Units as a network gets them: ``own`` int [b, t], ``words`` int [b, t, 3], ``there`` bool [b, t]."""

    own: Tensor
    words: Tensor
    there: Tensor

    @classmethod
    def of(cls, own: Sequence[Tensor], words: Sequence[Tensor]) -> Seen:
        """Texts of different length side by side, filled up."""
        there = [torch.ones(len(one), dtype=torch.bool) for one in own]
        return cls(*(pad_sequence(list(many), batch_first=True) for many in (own, words, there)))


def side_by_side(levels: Sequence[Tensor]) -> Tensor:
    """Levels int [t, m] of different sizes as [b, t, m], filled up with 0."""
    most = max(one.shape[1] for one in levels)
    return pad_sequence([functional.pad(one, (0, most - one.shape[1])) for one in levels], batch_first=True)


class _Mixed(nn.Module):
    """A convolution over three units, ``far`` apart, added to what came in."""

    def __init__(self, width: int, far: int) -> None:
        super().__init__()
        self.far = far
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Linear(3 * width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, there: Tensor, dropout: float) -> Tensor:
        normed = self.norm(x) * there[:, :, None]
        far, t = self.far, x.shape[1]
        wide = functional.pad(normed, (0, 0, far, far))
        three = torch.cat([wide[:, :t], normed, wide[:, 2 * far :]], dim=2)
        mixed = self.out(functional.relu(self.mix(three)))
        added: Tensor = x + dropped(mixed, dropout, training=self.training)
        return added


class PointerNetwork(nn.Module):
    """``words`` float [n, e] are vectors that stay as they are. ``dropout`` is a share, in training only."""

    def __init__(self, words: Tensor, *, width: int = 96, dropout: float = 0.0, seed: int = 0) -> None:
        super().__init__()
        self.dropout = dropout
        self.table: Tensor
        self.register_buffer("table", words, persistent=False)
        self.words = nn.Linear(3 * words.shape[1], width)
        self.own = nn.Embedding(NAMES, width)
        self.features = nn.Linear(FEATURES, width)
        self.first, self.joined, self.last = (nn.LayerNorm(width) for _ in range(3))
        self.below = nn.ModuleList(_Mixed(width, far) for far in BELOW)
        self.above = nn.ModuleList(_Mixed(width, far) for far in ABOVE)
        self.pool = nn.Linear(width, 1)
        self.looks, self.seen = nn.Linear(width, width), nn.Linear(width, width)
        self.levels = nn.Parameter(torch.arange(LEVELS, dtype=torch.float32))
        self.join = nn.Linear(4 * width, width)
        self.ends = nn.Linear(width, 2)
        self.firsts, self.lasts = nn.Linear(width, PAIRED), nn.Linear(width, PAIRED)
        self.lengths = nn.Parameter(torch.zeros(MOST))
        self.nothing = nn.Linear(2 * width, 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for part in self.modules():
                if isinstance(part, nn.Linear):
                    nn.init.xavier_uniform_(part.weight)
                    nn.init.zeros_(part.bias)
        initialise(self.own, seed)

    def forward(
        self, asked: Seen, texts: Seen, features: Tensor, levels: Tensor, whose: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The logits of all stretches, float32 [b, t, MOST], minus infinity behind a text; and of there being nothing, [b].

        ``features`` float [b, t, f] and ``levels`` int [b, t, m] are those of :class:`raglan.models.aligned.Aligned`.
        """
        q = self._run(self.below, self._given(asked, None), asked.there)
        pools = self.pool(q)[:, :, 0].float().masked_fill(~asked.there, -torch.inf)
        pooled = (functional.softmax(pools, dim=1).to(q.dtype)[:, None] @ q)[whose]  # [b, 1, d]
        q, there = q[whose], asked.there[whose]
        x = self._run(self.below, self._given(texts, features), texts.there)
        logits = self.looks(x) @ self.seen(q).transpose(1, 2) / x.shape[2] ** 0.5
        logits = (logits.float() + self.levels[levels]).masked_fill(~there[:, None], -torch.inf)
        seen = functional.softmax(logits, dim=2).to(q.dtype) @ q
        whole = torch.cat([x, seen, x * seen, pooled.expand_as(x)], dim=2)
        x = self._run(self.above, self.joined(self.join(whole)), texts.there)
        x = self.last(x)
        top = x.masked_fill(~texts.there[:, :, None], -torch.inf).max(dim=1).values
        nothing = self.nothing(torch.cat([top, pooled[:, 0]], dim=1)).float()
        return self._spans(x, texts.there), nothing[:, 0]

    def _spans(self, x: Tensor, there: Tensor) -> Tensor:
        start, end = self.ends(x).float().masked_fill(~there[:, :, None], -torch.inf).unbind(2)
        lasts = functional.pad(self.lasts(x), (0, 0, 0, MOST - 1)).unfold(1, MOST, 1)  # [b, t, PAIRED, MOST]
        pairs = (self.firsts(x)[:, :, None] @ lasts)[:, :, 0].float()
        longer = functional.pad(end, (0, MOST - 1), value=-torch.inf).unfold(1, MOST, 1)
        found: Tensor = start[:, :, None] + longer + pairs + self.lengths
        return found

    def _given(self, units: Seen, features: Tensor | None) -> Tensor:
        words = functional.embedding(units.words, self.table).flatten(2)
        x = self.words(words) + self.own(units.own)
        if features is not None:
            x = x + self.features(features)
        return dropped(self.first(x), self.dropout, training=self.training)

    def _run(self, layers: nn.ModuleList, x: Tensor, there: Tensor) -> Tensor:
        for layer in layers:
            x = layer(x, there, self.dropout)
        return x
