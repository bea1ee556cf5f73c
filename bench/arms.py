"""One arm of an ablation: how it learns, and the run that trains it and judges it.

All arms learn from the same rows, begin with the same weights and share the states of the layers that do not learn.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Tower, Towers
from raglan.search.lexical import LexicalIndex
from raglan.search.view import names, spoken
from raglan.train.drawing import Drawing, Find, Hard
from raglan.train.gate import by_vectors
from raglan.train.loop import run
from raglan.train.negatives import Draw, Negatives, by_search
from raglan.train.negatives import by_vectors as nearest
from raglan.train.plan import Plan
from raglan.train.retriever import Learning, Retriever
from raglan.train.rows import gathered
from raglan.train.start import encoder
from raglan.train.step import Descend, Descent, accelerator
from raglan.train.verdict import Standing
from raglan.types import Example, Query

BATCH = 32  # of the reference, and what steps are counted in
MEETINGS = 2  # of each question in a run
DEPTH = 50  # ranks at which negatives are looked for
CHOICE = 8  # negatives a question, of which one is drawn
Vectors = NDArray[np.float32]
Lists = Sequence[Sequence[str]]


class Phase(NamedTuple):
    """A ``share`` of the steps with negatives of one kind."""

    negatives: str = "mined"
    share: float = 1.0


class Arm(NamedTuple):
    """How to learn; what is not said is the reference's."""

    loss: str = "in_batch"
    similarity: str = "cosine"
    phases: tuple[Phase, ...] = (Phase(),)
    batch: int = BATCH

    @property
    def name(self) -> str:
        """As runs are filed."""
        phases = ", then ".join(f"{phase.share:g} {phase.negatives}" for phase in self.phases) or "untrained"
        return f"{self.loss}, {self.similarity}, {phases}, {self.batch}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """What all arms have in common; ``limit`` cuts down rows and judges, 0 does not."""

    steps: int
    length: int
    frozen: int
    rate: float
    limit: int


class Sets(NamedTuple):
    """What is learned from, what judges, and the disease that each question of the latter is about."""

    learn: Dataset
    held: Dataset
    topics: tuple[str, ...]


def opened(data: Path, count: int, limit: int) -> Sets:
    """``count`` questions to learn from, with their diseases' passages; with a ``limit`` the judges are cut down, too."""
    learn, held = load(data / "medquad" / "train"), load(data / "medquad" / "dev")
    learn = _some(learn, min(count, limit or count))
    if limit:
        held = _some(held, limit)
    title = {passage.id: names(passage)[0] for passage in held.passages}
    held = chosen(held, [at for at, one in enumerate(held.examples) if one.positives])
    return Sets(learn, held, tuple(title[one.positives[0]] for one in held.examples))


def _some(data: Dataset, count: int) -> Dataset:
    """Questions of diseases drawn by chance, and all passages of these."""
    title = {passage.id: names(passage)[0] for passage in data.passages}
    of = {at: title[one.positives[0]] for at, one in enumerate(data.examples) if one.positives}
    order = sorted(set(of.values()))
    random.Random(0).shuffle(order)
    rank = {name: place for place, name in enumerate(order)}
    places = sorted(of, key=lambda at: rank[of[at]])[:count]
    there = {of[at] for at in places}
    passages = [passage for passage in data.passages if title[passage.id] in there]
    return replace(chosen(data, places, name="medquad"), passages=passages)


class Laboratory:
    """Runs of arms over the same rows, states and beginnings."""

    def __init__(self, data: Path, model: Path, place: Path, sizes: Sizes) -> None:
        self._model, self._place, self._sizes = model, place, sizes
        sets = opened(data, sizes.steps * BATCH // MEETINGS, sizes.limit)
        self._rows, self._held, self.topics = gathered([sets.learn]), sets.held, sets.topics
        self._asked = [Query(row.query) for row in self._rows.rows]
        self._found: dict[str, Lists] = {}  # by words, and by untrained weights with each similarity
        self._firsts: dict[tuple[Arm, int], Mapping[str, Tensor]] = {}

    def told(self) -> dict[str, int]:
        """How large everything is."""
        return {
            "rows": len(self._rows.rows),
            "pool": len(self._rows.texts),
            "questions": len(self._held.examples),
            "passages": sum(1 for _ in self._held.passages),
        }

    def fill(self) -> float:
        """States of all texts there are; seconds."""
        began = time.perf_counter()
        texts = {**self._rows.texts, **{passage.id: spoken(passage) for passage in self._held.passages}}
        with closing(self._retriever(Arm(similarity="dot"), texts)) as one:
            one.fill(
                [query.text for query in (*self._asked, *(one.query for one in self._held.examples))],
                lambda done, total: print(f"\rstates {done}/{total} ", end="", flush=True),
            )
        return time.perf_counter() - began

    def run(self, arm: Arm, seed: int) -> Standing:
        """Train as ``arm`` says, and be judged."""
        with closing(self._retriever(arm)) as one:
            for at in range(len(arm.phases)):
                self._phase(one, arm, at, seed)
            return by_vectors(partial(_searched, one), self._held)

    def _retriever(self, arm: Arm, texts: Mapping[str, str] | None = None) -> Retriever:
        start = encoder(self._model, length=self._sizes.length)
        assert isinstance(start.model, Towers)
        tower = start.model.query
        if arm.similarity != "cosine":
            tower = Tower(tower.trunk, pooling=tower.pooling, unit=False)
        learning = Learning(arm.loss, arm.similarity, frozen=self._sizes.frozen)
        towers = Towers(tower, tower).to(accelerator().device)
        tokens = Tokens(start.tokenizer, length=self._sizes.length)
        return Retriever(towers, tokens, texts or self._rows.texts, learning, place=self._place)

    def _phase(self, one: Retriever, arm: Arm, at: int, seed: int) -> None:
        """One phase; what two arms begin with is learned once."""
        begun = arm._replace(phases=arm.phases[: at + 1]), seed
        if begun in self._firsts:
            one.model.load_state_dict(self._firsts[begun], strict=False)
            return
        steps = round(arm.phases[at].share * self._sizes.steps) * BATCH // arm.batch
        hard = Hard(1, self._finder(one, arm, at, seed), refresh=len(arm.phases) == 1)
        batches = Drawing(self._rows, arm.batch, one.batch, hard=hard, seed=1_000 * at + seed)
        torch.manual_seed(seed)
        step = Descend(one.model, one.objective, Descent(steps, rate=self._sizes.rate), by=accelerator())
        run(step, batches, Plan(steps))
        if at + 1 < len(arm.phases):
            learned = {name: value for name, value in one.model.named_parameters() if value.requires_grad}
            self._firsts[begun] = {name: value.detach().clone() for name, value in learned.items()}

    def _finder(self, one: Retriever, arm: Arm, at: int, seed: int) -> Find | None:
        """As :func:`raglan.train.mining.finder`, but by the arm's own similarity, less deep, and nothing found twice."""
        source = arm.phases[at].negatives
        if source == "in-batch":
            return None
        examples = [Example(Query(row.query), (), row.positives) for row in self._rows.rows]
        negatives = Negatives(examples, self._rows.passages.values(), draw=Draw(CHOICE, last=DEPTH), seed=seed)

        def find(epoch: int) -> Lists:
            if source == "bm25":
                lists = self._once("bm25", self._by_words)
            elif at or epoch:
                lists = self._by_model(one)
            else:
                lists = self._once(arm.similarity, lambda: self._by_model(one))
            return [row.negatives for row in negatives.drawn(lists, epoch=epoch)]

        return find

    def _once(self, name: str, make: Callable[[], Lists]) -> Lists:
        if name not in self._found:
            self._found[name] = make()
        return self._found[name]

    def _by_words(self) -> Lists:
        index = LexicalIndex()
        index.add(self._rows.passages.values())
        return by_search(index, self._asked, DEPTH)

    def _by_model(self, one: Retriever) -> Lists:
        asked = one.searched([query.text for query in self._asked], role="query")
        vectors = one.searched(list(self._rows.texts.values()), role="passage")
        return nearest(asked, vectors, list(self._rows.texts), DEPTH)


def _searched(one: Retriever, texts: Sequence[str], role: str) -> Vectors:
    return one.searched(texts, role=role)
