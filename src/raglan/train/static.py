"""Training vectors of words: pairs of texts that belong together must sum to vectors that point the same way.

Two sources of pairs. Without labels: a sentence and what stands around it (the inverse cloze task, Lee et al. 2019). With
labels: a question and its passage, the batch's other passages and drawn ones as negatives. Words are left out at random,
or a few rare ones would carry every pair. Objective: :func:`raglan.train.contrastive.in_batch`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from raglan.encode.static import StaticTable, grams
from raglan.text.sentences import sentences
from raglan.train.contrastive import in_batch

__all__ = ["Labelled", "Settings", "around", "trained", "vocabulary"]

Bags = list[list[int]]  # of each text the numbers of its words


@dataclass(frozen=True, slots=True)
class Settings:
    """``dim`` numbers a word; ``apart`` steps without labels, ``steps`` with, each of ``batch`` pairs.

    ``dropped``: the share of a text's words that is left out. ``drawn``: passages beside those of the batch.
    """

    dim: int = 256
    apart: int = 400
    steps: int = 600
    batch: int = 128
    drawn: int = 128
    rate: float = 1.5e-3
    dropped: float = 0.3
    temperature: float = 0.05


class Labelled(NamedTuple):
    """One labelled set: its share in the steps, texts of passages by id, and questions with the ids of their passages."""

    share: float
    passages: Mapping[str, str]
    questions: Sequence[tuple[str, tuple[str, ...]]]


def vocabulary(texts: Iterable[str], *, most: int, least: int = 4) -> dict[str, int]:
    """The ``most`` frequent words that stand in at least ``least`` texts, with the number of these."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(grams(text)))
    return {word: count for word, count in counts.most_common(most) if count >= least}


def around(text: str, chance: random.Random, *, kept: float = 0.1) -> tuple[str, str] | None:
    """A sentence of ``text`` and up to three on either side; among them the sentence itself in the share ``kept``."""
    parts = [part for span in sentences(text) if len(part := span.of(text).strip()) > 10]
    if len(parts) < 2:
        return None
    at = chance.randrange(len(parts))
    itself = [parts[at]] if chance.random() < kept else []
    return parts[at], "".join([*parts[max(0, at - 3) : at], *itself, *parts[at + 1 : at + 4]])


class _Trainer:
    def __init__(self, words: Mapping[str, int], documents: int, settings: Settings, seed: int) -> None:
        self.settings, self.chance = settings, random.Random(seed)  # noqa: S311 (no secret)
        self.ids = {word: at for at, word in enumerate(words)}
        counts = torch.tensor(list(words.values()), dtype=torch.float32)
        generator = torch.Generator().manual_seed(seed)
        # A rare word says more from the start (inverse document frequency).
        weight = torch.log(documents / counts).clamp(min=0.3)[:, None] / settings.dim**0.5
        first = torch.randn(len(words), settings.dim, generator=generator) * weight
        self.bag = nn.EmbeddingBag.from_pretrained(first, freeze=False, mode="sum", sparse=True)
        self.optimiser = torch.optim.SparseAdam(self.bag.parameters(), lr=settings.rate)

    def numbers(self, text: str) -> list[int]:
        return [self.ids[gram] for gram in grams(text) if gram in self.ids]

    def vectors(self, bags: Bags) -> Tensor:
        """Unit vectors [n, dim]."""
        kept = [
            [word for word in bag if self.chance.random() >= self.settings.dropped] or bag[:1] or [0] for bag in bags
        ]
        starts = [0, *accumulate(len(bag) for bag in kept)][:-1]
        flat = torch.tensor([word for bag in kept for word in bag])
        return nn.functional.normalize(self.bag(flat, torch.tensor(starts)), dim=1)

    def step(self, questions: Bags, passages: Bags, excluded: Tensor | None = None) -> float:
        scores = self.vectors(questions) @ self.vectors(passages).T
        loss, _ = in_batch(scores, excluded=excluded, temperature=self.settings.temperature)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()  # type: ignore[no-untyped-call]
        return float(loss.detach())


def trained(
    words: Mapping[str, int],
    texts: Sequence[str],
    sets: Sequence[Labelled],
    *,
    settings: Settings | None = None,
    seed: int = 0,
    watch: Callable[[int, float], object] = lambda step, loss: None,  # noqa: ARG005
) -> StaticTable:
    """The vectors of ``words`` after both kinds of steps; ``texts`` are cut into sentences and what is around them."""
    settings = settings or Settings()
    trainer = _Trainer(words, len(texts) + sum(len(one.passages) for one in sets), settings, seed)
    for step, pairs in enumerate(_unlabelled(trainer, texts)):
        loss = trainer.step([trainer.numbers(a) for a, _ in pairs], [trainer.numbers(b) for _, b in pairs])
        watch(step, loss)
    for step, batch in enumerate(_labelled(trainer, sets), settings.apart):
        watch(step, trainer.step(*batch))
    vectors = trainer.bag.weight.detach().numpy().astype(np.float32)
    return StaticTable.of(list(words), vectors, "Hani")


def _unlabelled(trainer: _Trainer, texts: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    size = min(3 * trainer.settings.batch, len(texts))
    for _ in range(trainer.settings.apart if texts else 0):
        drawn = (around(text, trainer.chance) for text in trainer.chance.sample(texts, size))
        pairs = [pair for pair in drawn if pair is not None]
        if len(pairs) > 1:
            yield pairs


def _labelled(trainer: _Trainer, sets: Sequence[Labelled]) -> Iterator[tuple[Bags, Bags, Tensor]]:
    chance, settings = trainer.chance, trainer.settings
    known = [one for one in sets if one.questions]
    bags = [{name: trainer.numbers(text) for name, text in one.passages.items()} for one in known]
    names = [sorted(one.passages) for one in known]
    for _ in range(settings.steps if known else 0):
        [at] = chance.choices(range(len(known)), [one.share for one in known])
        rows = chance.sample(known[at].questions, min(settings.batch, len(known[at].questions)))
        columns = [chance.choice(right) for _, right in rows]
        columns += chance.sample(names[at], min(settings.drawn, len(names[at])))
        # Another passage that answers the question too says nothing of it; nor does the same one drawn again.
        excluded = [[name in right and j != i for j, name in enumerate(columns)] for i, (_, right) in enumerate(rows)]
        questions = [trainer.numbers(question) for question, _ in rows]
        yield questions, [bags[at][name] for name in columns], torch.tensor(excluded)
