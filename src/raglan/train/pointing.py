"""A pointer over characters that learns from lessons: where the answer stands, among the texts of a question.

One softmax goes over all units of all texts of a question, and over there being nothing in each: what is likely in one text
is weighed against the others (Clark and Gardner 2018). Of long texts a stretch is shown, around an answer if there is one.

Rows: :mod:`raglan.train.lessons`. Nearest relative: :mod:`raglan.train.reading`, of the transformer that also writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from raglan.models.aligned import CLOSE, Units, aligned, units
from raglan.models.blocks import Source
from raglan.models.pointer import MOST, Table
from raglan.nn.pointer import PointerNetwork, Seen, side_by_side
from raglan.train.lessons import Lesson, standing
from raglan.train.step import Report

__all__ = ["PointingBatch", "PointingLearning"]

_ASKED = 60  # units of a question


class PointingBatch(NamedTuple):
    """What :class:`raglan.nn.pointer.PointerNetwork` gets, and ``gold``: for each question rows (text, first, last).

    A first unit of -1 says that there is nothing in a text.
    """

    asked: Seen
    texts: Seen
    features: Tensor
    levels: Tensor
    whose: Tensor
    gold: list[Tensor]


class _Shown(NamedTuple):
    words: Tensor
    own: Tensor
    features: Tensor
    levels: Tensor
    places: list[tuple[int, int]]


class PointingLearning:
    """The objective over :class:`PointingBatch` for ``model``, whose words are those of ``table``.

    ``given`` are the sources by name. A question is shown ``texts`` of them, each at most ``shown`` units long.
    """

    def __init__(
        self,
        model: PointerNetwork,
        table: Table,
        given: Mapping[str, Source],
        *,
        texts: int = 2,
        shown: int = 256,
        seed: int = 0,
    ) -> None:
        self.model = model
        self._table, self._given, self._texts, self._shown, self._seed = table, given, texts, shown, seed
        self._known: dict[str, tuple[Units, Tensor]] = {}

    def batch(self, rows: Sequence[tuple[Lesson, Sequence[str]]], number: int = 0) -> PointingBatch:
        """Lessons, each with names of wrong sources beside its own; what is drawn hangs on the seed and ``number``."""
        chance = np.random.default_rng([self._seed, number])
        asked, shown, whose, gold = [], list[_Shown](), list[int](), list[Tensor]()
        for at, (lesson, more) in enumerate(rows):
            question = _first(units(lesson.question), _ASKED)
            asked.append((torch.from_numpy(question.rows), torch.from_numpy(self._table.of(question))))
            own = [self._text(lesson, name, question, chance) for name in self._drawn(lesson, more, chance)]
            pairs = [(len(shown) + place, *pair) for place, one in enumerate(own) for pair in one.places]
            gold.append(torch.tensor(pairs or [(len(shown) + place, -1, -1) for place in range(len(own))]))
            shown += own
            whose += [at] * len(own)
        return PointingBatch(
            Seen.of([own for own, _ in asked], [words for _, words in asked]),
            Seen.of([one.own for one in shown], [one.words for one in shown]),
            pad_sequence([one.features for one in shown], batch_first=True),
            side_by_side([one.levels for one in shown]),
            torch.tensor(whose),
            gold,
        )

    def objective(self, model: nn.Module, batch: PointingBatch) -> tuple[Tensor, Report]:
        """Loss and report."""
        spans, nothing = model(batch.asked, batch.texts, batch.features, batch.levels, batch.whose)
        losses = []
        for at, gold in enumerate(batch.gold):
            own = batch.whose == at
            every = torch.cat([spans[own].flatten(), nothing[own]]).logsumexp(0)
            text, first, last = gold.unbind(1)
            told = nothing[text] if first[0] < 0 else spans[text, first, last - first]
            losses.append(every - told.logsumexp(0))
        loss = torch.stack(losses).mean()
        return loss, {"ends": loss.item()}

    def _drawn(self, lesson: Lesson, more: Sequence[str], chance: np.random.Generator) -> list[str]:
        names = [name for name in (*lesson.wrong, *more) if name not in lesson.right]
        held = [lesson.right[int(chance.integers(len(lesson.right)))]] if lesson.right else []
        return [*held, *(names[int(at)] for at in chance.permutation(len(names)))][: self._texts]

    def _text(self, lesson: Lesson, name: str, question: Units, chance: np.random.Generator) -> _Shown:
        """A stretch of a source: around an answer, or where the question's pairs stand closest, or anywhere."""
        text = self._given[name].text
        if name not in self._known:
            made = units(text)
            self._known[name] = made, torch.from_numpy(self._table.of(made))
        found, words = self._known[name]
        stood = aligned(question, found)
        spans = standing(lesson.answers, text) if name in lesson.right else []
        places = [pair for span in spans for pair in [_places(found, span.start, span.end)] if pair]
        most = max(0, len(found.names) - self._shown)
        if places:
            low, high = places[int(chance.integers(len(places)))]
            begin = int(chance.integers(max(0, high + 1 - self._shown), min(low, most) + 1)) if most else 0
        else:
            begin = min(most, max(0, int(stood.features[:, CLOSE].argmax()) - self._shown // 2))
        part = slice(begin, begin + self._shown)
        kept = [(low - begin, high - begin) for low, high in places if low >= begin and high < begin + self._shown]
        features, levels = torch.from_numpy(stood.features[part]), torch.from_numpy(stood.levels[part])
        return _Shown(words[part], torch.from_numpy(found.rows[part]), features, levels, kept)


def _first(given: Units, most: int) -> Units:
    return Units(given.names[:most], given.spans[:most])


def _places(given: Units, start: int, end: int) -> tuple[int, int] | None:
    """The first and the last unit of the characters from ``start`` to before ``end``, of long ones the beginning."""
    inside = [at for at, (first, last) in enumerate(given.spans) if first < end and last > start]
    return (inside[0], inside[:MOST][-1]) if inside else None
