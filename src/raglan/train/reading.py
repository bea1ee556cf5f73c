"""A reader that learns from lessons to point at answers, to write them, and to see that there is none.

Each question comes with ``blocks`` blocks: one that holds its answer, if there is one, and others that do not.

``L = ends * L_ends + support * L_support + write * L_write``

``L_ends = -log Σ_(i,j) p_start(i) p_end(j)`` over all places (i, j) where an answer stands, and over the first tokens of the
blocks where there is none (Clark and Gardner 2018); an answer that is a sentence is not pointed at. ``L_support`` is the
cross-entropy of each block holding an answer; ``L_write = -(1/T) Σ_t log p(y_t | y_<t, blocks)`` that of the answer, nothing
but its end where there is none (Izacard and Grave 2021). With ``fusion`` "bias", weights of blocks, made of their support,
reach the writer through attention.

Rows: :mod:`raglan.train.lessons`. Near: :mod:`raglan.train.ranker`, which learns ``L_support`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from raglan.errors import ConfigError
from raglan.models.blocks import Block, Cutter, Source
from raglan.nn.reader import Reader, Sources
from raglan.train.lessons import Lesson, standing
from raglan.train.step import Report

__all__ = ["FUSIONS", "ReadingBatch", "ReadingLearning", "Shares", "sources"]

FUSIONS = ("decoder", "bias")


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
    that is written; ``writes`` bool [b, t] is true where something is to be written.
    """

    sources: Sources
    first: Tensor
    last: Tensor
    known: Tensor
    holds: Tensor
    written: Tensor
    writes: Tensor


class _Losses(nn.Module):
    """The reader as training runs it: all three losses in one forward."""

    def __init__(self, reader: Reader, shares: Shares, fusion: str) -> None:
        super().__init__()
        self.reader = reader
        self._shares, self._fusion = shares, fusion

    def forward(self, batch: ReadingBatch) -> tuple[Tensor, Tensor, Tensor]:
        read = self.reader.read(batch.sources)
        start, end = self.reader.ends(read)
        pairs = start.gather(1, batch.first) + end.gather(1, batch.last)
        taught = batch.known.any(1)
        # A question that teaches no ends has a place all the same, which does not count: nothing but infinities is NaN.
        known = torch.cat([batch.known[:, :1] | ~taught[:, None], batch.known[:, 1:]], dim=1)
        each = -pairs.masked_fill(~known, -torch.inf).logsumexp(1)
        ends = (each * taught).sum() / taught.sum().clamp_min(1)
        odds = self.reader.support(read)
        there = odds.isfinite()
        support = functional.binary_cross_entropy_with_logits(odds[there], batch.holds[there])
        if not self._shares.write:
            return ends, support, ends.new_zeros(())
        weights = odds.softmax(1) if self._fusion == "bias" else None
        logs = self.reader.logs(read, batch.written[:, :-1], batch.written[:, 1:], batch.writes, weights)
        # The mean of each answer counts, whatever its length.
        shares = (batch.writes / batch.writes.sum(1, keepdim=True).clamp_min(1))[batch.writes]
        return ends, support, -(logs * shares).sum() / batch.writes.any(1).sum().clamp_min(1)


class ReadingLearning:
    """The objective over :class:`ReadingBatch` for ``reader``; ``model`` is what a :class:`raglan.train.step.Descend` gets.

    ``given`` are the sources by name. Answers of more than ``longest`` word pieces are pointed at and not written. Raises
    :class:`ConfigError` for a fusion that is not there.
    """

    def __init__(
        self,
        reader: Reader,
        cutter: Cutter,
        given: Mapping[str, Source],
        *,
        blocks: int = 1,
        shares: Shares | None = None,
        fusion: str = "bias",
        longest: int = 48,
        seed: int = 0,
    ) -> None:
        if fusion not in FUSIONS:
            raise ConfigError(f"fusion is {fusion!r}; there are {', '.join(FUSIONS)}")
        if blocks < 1:
            raise ConfigError(f"blocks is {blocks}, must be at least 1")
        self.shares = shares or Shares()
        self.model = _Losses(reader, self.shares, fusion)
        self._cutter, self._given, self._blocks, self._longest, self._seed = cutter, given, blocks, longest, seed

    def batch(self, rows: Sequence[tuple[Lesson, Sequence[str]]], number: int = 0) -> ReadingBatch:
        """Lessons, each with names of wrong sources beside its own; what is drawn hangs on the seed and ``number``."""
        chance = np.random.default_rng([self._seed, number])
        drawn = [self._drawn(lesson, more, chance) for lesson, more in rows]
        given = sources([[block for block, _ in blocks] for blocks in drawn])
        wide = given.ids.shape[1]
        pairs = []
        for blocks in drawn:
            places = [(at * wide + i, at * wide + j) for at, (_, found) in enumerate(blocks) for i, j in found]
            pairs.append(torch.tensor(places or [(at * wide, at * wide) for at in range(len(blocks))]))
        # Where sentences are asked for, what is short enough to be pointed at is not known.
        taught = [torch.full((len(one),), not row.long) for one, (row, _) in zip(pairs, rows, strict=True)]
        known = pad_sequence(taught, batch_first=True)
        both = pad_sequence(pairs, batch_first=True)
        holds = torch.zeros(len(drawn), given.blocks)
        for row, blocks in zip(holds, drawn, strict=True):
            row[: len(blocks)] = torch.tensor([float(bool(found)) for _, found in blocks])
        written = [self._written(lesson, blocks) for (lesson, _), blocks in zip(rows, drawn, strict=True)]
        ids = pad_sequence([torch.tensor(one or [self._cutter.begin] * 2) for one in written], batch_first=True)
        writes = torch.arange(ids.shape[1] - 1) < torch.tensor([[max(0, len(one) - 1)] for one in written])
        return ReadingBatch(given, both[:, :, 0], both[:, :, 1], known, holds, ids, writes)

    def objective(self, model: nn.Module, batch: ReadingBatch) -> tuple[Tensor, Report]:
        """Loss and report."""
        ends, support, write = model(batch)
        loss = self.shares.ends * ends + self.shares.support * support + self.shares.write * write
        return loss, {"ends": ends.item(), "support": support.item(), "write": write.item()}

    def _drawn(
        self, lesson: Lesson, more: Sequence[str], chance: np.random.Generator
    ) -> list[tuple[Block, list[tuple[int, int]]]]:
        """The blocks of a lesson in any order, each with the places of answers in it."""
        names = [name for name in (*lesson.wrong, *more) if name not in lesson.right]
        order = chance.permutation(len(names))
        # What looks right and is not is what an unanswerable question is about: it is always there.
        chosen = (
            [*lesson.wrong[:1], *(names[int(at)] for at in order)]
            if not lesson.right
            else [names[int(at)] for at in order]
        )
        held = [lesson.right[int(chance.integers(len(lesson.right)))]] if lesson.right else []
        taken = list(dict.fromkeys([*held, *chosen]))[: self._blocks]
        found = []
        for name in taken:
            cut = [
                (block, self._places(lesson, name, block))
                for block in self._cutter(lesson.question, [self._given[name]])
            ]
            useful = [one for one in cut if one[1]] if name in held else cut
            found.append((useful or cut)[int(chance.integers(len(useful or cut)))])
        return [found[int(at)] for at in chance.permutation(len(found))]

    def _places(self, lesson: Lesson, name: str, block: Block) -> list[tuple[int, int]]:
        if name not in lesson.right:
            return []
        spans = standing(lesson.answers, self._given[name].text)
        ends = [(block.token(span.start), block.token(span.end - 1)) for span in spans]
        return [(first, last) for first, last in ends if first is not None and last is not None and first <= last]

    def _written(self, lesson: Lesson, blocks: Sequence[tuple[Block, list[tuple[int, int]]]]) -> list[int]:
        """Begin, answer, end; nothing for an answer that is too long, begin and end where there is none."""
        said: list[int] = []
        for block, places in blocks:
            if places and not said:
                first, last = places[0]
                said = block.ids[first : last + 1]
        if len(said) > self._longest or (lesson.right and not said):
            return []
        return [self._cutter.begin, *said, self._cutter.end]


def sources(questions: Sequence[Sequence[Block]]) -> Sources:
    """Blocks of questions as tensors, with padding where a question has fewer or a block is shorter."""
    most = max(map(len, questions))
    wide = max(len(block.ids) for blocks in questions for block in blocks)
    shape = (len(questions) * most, wide)
    ids, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    mask, text = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    for start, blocks in enumerate(questions):
        for row, block in enumerate(blocks, start * most):
            ids[row, : len(block.ids)] = torch.tensor(block.ids)
            types[row, : len(block.ids)] = torch.tensor(block.types)
            mask[row, : len(block.ids)] = True
            text[row, block.first : block.first + len(block.spans)] = True
    return Sources(ids, mask, types, text, most)
