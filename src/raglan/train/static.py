"""Training vectors of words: pairs of texts that belong together must sum to vectors that point the same way.

Three sources of pairs. From a teacher: a text and the vector that a better encoder gives it (Tissier et al. 2017 and
Model2Vec distil so; here the text must find its own vector among the batch's). Without labels: a sentence and what stands
around it (the inverse cloze task, Lee et al. 2019). With labels: a question and its passage, the batch's other passages and
drawn ones as negatives. Words are left out at random, or a few rare ones would carry every pair. Objective:
:func:`raglan.train.contrastive.in_batch`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from raglan.encode.static import grams
from raglan.models.static import StaticTable
from raglan.text.sentences import sentences
from raglan.train.contrastive import in_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Labelled", "Settings", "Taught", "around", "trained", "vocabulary"]

Bags = list[list[int]]  # of each text the numbers of its words


@dataclass(frozen=True, slots=True)
class Settings:
    """``dim`` numbers a word; ``taught`` steps by a teacher, then ``apart`` without labels, then ``steps`` with them.

    Each of ``batch`` pairs, a teacher's of four times as many, since they cost no more. ``dropped``: the share of a text's
    words that is left out. ``drawn``: passages beside those of the batch.
    """

    dim: int = 256
    taught: int = 0
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


class Taught(NamedTuple):
    """``texts`` and what a teacher makes of them, ``vectors`` float32 [n, dim] of length 1; ``words`` float32 [words, dim].

    The latter are what it makes of each word alone, in the order of the vocabulary: where the training begins.
    """

    texts: Sequence[str]
    vectors: NDArray[np.float32]
    words: NDArray[np.float32]


class _Trainer:
    def __init__(
        self, words: Mapping[str, int], documents: int, settings: Settings, seed: int, first: NDArray[np.float32] | None
    ) -> None:
        self.settings, self.chance = settings, random.Random(seed)  # noqa: S311 (no secret)
        self.ids = {word: at for at, word in enumerate(words)}
        counts = torch.tensor(list(words.values()), dtype=torch.float32)
        generator = torch.Generator().manual_seed(seed)
        # A rare word says more from the start (inverse document frequency).
        weight = torch.log(documents / counts).clamp(min=0.3)[:, None] / settings.dim**0.5
        begun = torch.randn(len(words), settings.dim, generator=generator)
        if first is not None:
            begun = nn.functional.normalize(torch.from_numpy(first), dim=1) * settings.dim**0.5
        self.bag = nn.EmbeddingBag.from_pretrained(begun * weight, freeze=False, mode="sum", sparse=True)
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
        return self._descend(self.vectors(questions) @ self.vectors(passages).T, excluded)

    def follow(self, bags: Bags, wanted: Tensor) -> float:
        """One step towards a teacher's vectors [n, dim]."""
        return self._descend(self.vectors(bags) @ wanted.T, None)

    def _descend(self, scores: Tensor, excluded: Tensor | None) -> float:
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
    script: str = "Hani",
    taught: Taught | None = None,
    documents: int = 0,
    watch: Callable[[int, float], object] = lambda step, loss: None,  # noqa: ARG005
) -> StaticTable:
    """The vectors of ``words`` after all kinds of steps; ``texts`` are cut into sentences and what is around them.

    ``words`` were counted in so many ``documents``, 0 for as many as there are texts and passages. Raises
    :class:`ValueError` if the teacher's vectors are not one for each text and each word, of the size wanted.
    """
    settings = settings or Settings()
    if taught is not None and (
        taught.vectors.shape != (len(taught.texts), settings.dim) or taught.words.shape != (len(words), settings.dim)
    ):
        raise ValueError(
            f"a teacher of {len(taught.texts)} texts and {len(words)} words gave vectors {list(taught.vectors.shape)} and "
            f"{list(taught.words.shape)}; they must have {settings.dim} columns"
        )
    counted = documents or len(texts) + sum(len(one.passages) for one in sets)
    trainer = _Trainer(words, counted, settings, seed, None if taught is None else taught.words)
    losses = chain(_followed(trainer, taught), _unlabelled(trainer, texts), _labelled(trainer, sets))
    for step, loss in enumerate(losses):
        watch(step, loss)
    vectors = trainer.bag.weight.detach().numpy().astype(np.float32)
    return StaticTable.of(list(words), vectors, script)


def _followed(trainer: _Trainer, taught: Taught | None) -> Iterator[float]:
    """The loss of each step by a teacher."""
    if taught is None:
        return
    bags = [trainer.numbers(text) for text in taught.texts]
    known = [at for at, bag in enumerate(bags) if bag]
    vectors = torch.from_numpy(taught.vectors)
    for _ in range(trainer.settings.taught):
        rows = trainer.chance.sample(known, min(4 * trainer.settings.batch, len(known)))
        yield trainer.follow([bags[at] for at in rows], vectors[rows])


def _unlabelled(trainer: _Trainer, texts: Sequence[str]) -> Iterator[float]:
    size = min(3 * trainer.settings.batch, len(texts))
    for _ in range(trainer.settings.apart if texts else 0):
        drawn = (around(text, trainer.chance) for text in trainer.chance.sample(texts, size))
        pairs = [pair for pair in drawn if pair is not None]
        if len(pairs) > 1:
            yield trainer.step([trainer.numbers(a) for a, _ in pairs], [trainer.numbers(b) for _, b in pairs])


def _labelled(trainer: _Trainer, sets: Sequence[Labelled]) -> Iterator[float]:
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
        yield trainer.step(questions, [bags[at][name] for name in columns], torch.tensor(excluded))
