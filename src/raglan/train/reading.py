"""A reader that learns from lessons to point at answers, to write them, and to see that there is none.

Each question comes with ``blocks`` blocks: one that holds its answer, if there is one, and others that do not. What is
computed of them, and the ways in which several make one text, is :mod:`raglan.train.fusing`'s.

Rows: :mod:`raglan.train.lessons`. Near: :mod:`raglan.train.ranker`, which learns the support of blocks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from raglan.errors import ConfigError
from raglan.generate.fusing import BY_VECTORS, FUSIONS, concatenated
from raglan.models.blocks import Block, Cutter, Source
from raglan.nn.attention import Attention
from raglan.nn.reader import Reader, Sources
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Tower
from raglan.text.sentences import sentences
from raglan.train.declaring import declared
from raglan.train.fusing import Losses, ReadingBatch, Shares
from raglan.train.lessons import Lesson, standing
from raglan.train.step import Report

__all__ = ["SENTENCE", "ReadingLearning", "Weighing", "sources"]

SENTENCE = 64  # word pieces

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weighing:
    """What weighs sources by vectors: ``attention`` over ``passages`` [d], by name.

    Questions have the vectors that ``encode`` gives, [b, d], or those of a ``tower``, which learns with the reader, of their
    ``tokens``.
    """

    attention: Attention
    passages: Mapping[str, Vectors]
    encode: Callable[[Sequence[str]], Vectors] | None = None
    tower: Tower | None = None
    tokens: Tokens | None = None


class _Drawn(NamedTuple):
    """A source's block, and the places of answers in it."""

    name: str
    block: Block
    places: list[tuple[int, int]]


class ReadingLearning:
    """The objective over :class:`ReadingBatch` for ``reader``; ``model`` is what a :class:`raglan.train.step.Descend` gets.

    ``given`` are the sources by name; ``weighing`` is for fusions by vectors. Answers of more than ``longest`` word pieces
    are pointed at and not written. Who has a writer of its own learns beside to write whole sentences, of at most
    :data:`SENTENCE` word pieces: answers that are some, what :mod:`raglan.train.declaring` makes of question and answer, or
    with ``quotes`` what stands around the answer. Raises :class:`ConfigError` for a fusion that is not there, or lacks its
    vectors.
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
        weighing: Weighing | None = None,
        longest: int = 48,
        quotes: bool = True,
        seed: int = 0,
    ) -> None:
        if fusion not in FUSIONS:
            raise ConfigError(f"fusion is {fusion!r}; there are {', '.join(FUSIONS)}")
        if blocks < 1:
            raise ConfigError(f"blocks is {blocks}, must be at least 1")
        if (fusion in BY_VECTORS) != (weighing is not None):
            raise ConfigError(
                f"fusion {fusion!r} weighs {'by vectors: it needs' if weighing is None else 'without'} some"
            )
        self.shares = shares or Shares()
        by = (weighing.attention, weighing.tower) if weighing else (None, None)
        self.model = Losses(reader, self.shares, fusion, *by)
        self._fusion, self._weighing = fusion, weighing
        self._cutter, self._given, self._blocks, self._longest, self._seed = cutter, given, blocks, longest, seed
        self._quotes = quotes
        self._telling = cutter.telling if reader.writer is not None else None

    def batch(self, rows: Sequence[tuple[Lesson, Sequence[str]]], number: int = 0) -> ReadingBatch:
        """Lessons, each with names of wrong sources beside its own; what is drawn hangs on the seed and ``number``."""
        chance = np.random.default_rng([self._seed, number])
        drawn = [self._drawn(lesson, more, chance) for lesson, more in rows]
        given = sources([[one.block for one in blocks] for blocks in drawn])
        wide = given.ids.shape[1]
        pairs = []
        for blocks in drawn:
            places = [(at * wide + i, at * wide + j) for at, one in enumerate(blocks) for i, j in one.places]
            pairs.append(torch.tensor(places or [(at * wide, at * wide) for at in range(len(blocks))]))
        # Where sentences are asked for, what is short enough to be pointed at is not known.
        taught = [torch.full((len(one),), not row.long) for one, (row, _) in zip(pairs, rows, strict=True)]
        known = pad_sequence(taught, batch_first=True)
        both = pad_sequence(pairs, batch_first=True)
        holds = torch.zeros(len(drawn), given.blocks)
        for row, blocks in zip(holds, drawn, strict=True):
            row[: len(blocks)] = torch.tensor([float(bool(one.places)) for one in blocks])
        drawn_rows = list(zip([lesson for lesson, _ in rows], drawn, strict=True))
        ids, writes = self._texts([self._written(*one) for one in drawn_rows])
        found = ReadingBatch(given, both[:, :, 0], both[:, :, 1], known, holds, ids, writes)
        if self._telling is not None:
            told, tells = self._texts([self._told(self._telling, *one) for one in drawn_rows])
            found = found._replace(sentences=told, tells=tells)
        if self._weighing is None:
            return found
        return _with_vectors(found, self._weighing, [lesson.question for lesson, _ in rows], drawn)

    def objective(self, model: nn.Module, batch: ReadingBatch) -> tuple[Tensor, Report]:
        """Loss and report."""
        ends, support, write = model(batch)
        loss = self.shares.ends * ends + self.shares.support * support + self.shares.write * write
        return loss, {"ends": ends.item(), "support": support.item(), "write": write.item()}

    def _drawn(self, lesson: Lesson, more: Sequence[str], chance: np.random.Generator) -> list[_Drawn]:
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
        if self._fusion == "concatenation":
            return [self._joined(lesson, [taken[int(at)] for at in chance.permutation(len(taken))])]
        found = []
        for name in taken:
            cut = [
                _Drawn(name, block, self._places(lesson, self._given[name], block) if name in lesson.right else [])
                for block in self._cutter(lesson.question, [self._given[name]])
            ]
            useful = [one for one in cut if one.places] if name in held else cut
            found.append((useful or cut)[int(chance.integers(len(useful or cut)))])
        return [found[int(at)] for at in chance.permutation(len(found))]

    def _joined(self, lesson: Lesson, names: Sequence[str]) -> _Drawn:
        """The sources of these names as one, as far as a block goes."""
        source = concatenated([self._given[name] for name in names])
        block = self._cutter(lesson.question, [source])[0]
        return _Drawn("", block, self._places(lesson, source, block) if lesson.right else [])

    def _places(self, lesson: Lesson, source: Source, block: Block) -> list[tuple[int, int]]:
        spans = standing(lesson.answers, source.text)
        ends = [(block.token(span.start), block.token(span.end - 1)) for span in spans]
        return [(first, last) for first, last in ends if first is not None and last is not None and first <= last]

    def _texts(self, many: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        """Texts as ids int [b, t + 1], and where each is to be learned, bool [b, t]; nowhere of an empty one."""
        ids = pad_sequence([torch.tensor(one or [self._cutter.begin] * 2) for one in many], batch_first=True)
        return ids, torch.arange(ids.shape[1] - 1) < torch.tensor([[max(0, len(one) - 1)] for one in many])

    def _written(self, lesson: Lesson, blocks: Sequence[_Drawn]) -> list[int]:
        """Begin, answer, end; nothing for an answer that is too long, begin and end where there is none."""
        said: list[int] = []
        for one in blocks:
            if one.places and not said:
                first, last = one.places[0]
                said = one.block.ids[first : last + 1]
        if len(said) > self._longest or (lesson.right and not said) or (self._telling is not None and lesson.long):
            return []
        return [self._cutter.begin, *said, self._cutter.end]

    def _told(self, begin: int, lesson: Lesson, blocks: Sequence[_Drawn]) -> list[int]:
        """The same as a sentence, which begins otherwise: the answer, one that is made of it, or the one around it."""
        if not lesson.right:
            return [begin, self._cutter.end]
        held = next((found for one in blocks if (found := self._standing(lesson, one))), None)
        if held is None:
            return []
        answer, around = held
        said = self._cutter.pieces(
            answer if lesson.long else declared(lesson.question, answer) or around * self._quotes
        )
        if not said or len(said) > max(self._longest, SENTENCE):
            return []
        return [begin, *said, self._cutter.end]

    def _standing(self, lesson: Lesson, one: _Drawn) -> tuple[str, str] | None:
        """The first of the answers that stands in a block, as it stands there, and the sentence around it."""
        if not one.places or one.name not in self._given:
            return None
        text = self._given[one.name].text
        for span in (span for answer in lesson.answers for span in standing([answer], text)):
            if one.block.token(span.start) is not None:
                around = [each for each in sentences(text) if each.start <= span.start and span.end <= each.end]
                return span.of(text), around[0].of(text) if around else ""
        return None


def _with_vectors(
    batch: ReadingBatch, weighing: Weighing, questions: Sequence[str], drawn: Sequence[Sequence[_Drawn]]
) -> ReadingBatch:
    """The same with vectors of its sources, and vectors or tokens of its questions."""
    width = len(weighing.attention.matrix)
    told = torch.zeros(len(drawn), batch.sources.blocks, width)
    for row, blocks in zip(told, drawn, strict=True):
        row[: len(blocks)] = torch.from_numpy(np.stack([weighing.passages[one.name] for one in blocks]))
    if weighing.tower is not None:
        assert weighing.tokens is not None
        found = weighing.tokens.texts(questions)
        return batch._replace(told=told, asked=found.ids, seen=found.mask)
    assert weighing.encode is not None
    return batch._replace(told=told, asked=torch.from_numpy(weighing.encode(questions)))


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
