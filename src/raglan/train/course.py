"""A whole training, from labelled sets to a verdict: rows, held-out questions, steps, and the gate.

What is learned from and what the model is judged by share no question. Stopped, it goes on with the same course and
``resume``, and ends with the same weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import torch

from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError
from raglan.generate.attending import Attending
from raglan.generate.calibrated import Calibration
from raglan.nn.ranker import Ranker
from raglan.nn.reader import Reader
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Towers
from raglan.search.lexical import LexicalIndex
from raglan.search.view import spoken
from raglan.train.ahead import Ahead
from raglan.train.begun import settings
from raglan.train.drawing import Drawing, Find, Hard
from raglan.train.gate import Encode, by_lists, by_vectors, refuse_untried
from raglan.train.guards import Collapse
from raglan.train.lessons import Lessons
from raglan.train.loop import resumable, run
from raglan.train.mining import finder
from raglan.train.negatives import by_search
from raglan.train.plan import Outcome, Plan, Watch
from raglan.train.ranker import RankerLearning
from raglan.train.retriever import Learning, Retriever
from raglan.train.rows import Drawn, Rows, gathered
from raglan.train.start import Start
from raglan.train.step import Descend, Descent, Objective, accelerator
from raglan.train.teaching import Teaching
from raglan.train.verdict import Standing, Verdict, judged

__all__ = ["Course", "Told", "Trained", "Warn", "descended", "planned", "train_encoder", "train_ranker"]

B = TypeVar("B")
Batched = Drawing[B] | Teaching[B] | Ahead[B]
Told = Callable[[str, int, int], object]  # a stage, how many are done, of how many
Warn = Callable[[str], object]
_CANDIDATES = 20  # that a ranker orders anew
_PATIENCE = 20  # steps


@dataclass(frozen=True, slots=True)
class Course:
    """``learn`` from these sets, be judged by ``held``, no two of one name; the rest is how.

    ``negatives`` are ``in-batch``, ``bm25`` or ``mined``, ``hard`` of them a question, looked for anew with ``refresh`` at
    each epoch's end. ``steps`` of ``batch`` questions, or so many ``epochs``. ``work`` keeps checkpoints and states.
    ``keep`` is the share of the weights before in what comes out: what was known of other fields stays so (Wortsman et al.
    2022). ``precision`` is what :func:`raglan.train.step.accelerator` takes. Raises :class:`ConfigError` for a share that is
    none.
    """

    learn: Sequence[Dataset]
    held: Sequence[Dataset]
    work: Path | None = None
    learning: Learning = field(default_factory=Learning)
    negatives: str = "in-batch"
    hard: int = 1
    refresh: bool = False
    batch: int = 32
    steps: int = 0
    epochs: int = 10
    rate: float = 2e-5
    keep: float = 0.0
    seed: int = 0
    resume: bool = False
    precision: str = "auto"

    def __post_init__(self) -> None:
        if not 0 <= self.keep < 1:
            raise ConfigError(f"keep is {self.keep}, must be from 0 (nothing of the weights before) to below 1")


@dataclass(frozen=True, slots=True)
class Trained:
    """What a course came to: the ``model`` as it is now, whether it is better, and from what it learned.

    Of a reader also how far its answers can be relied on, if enough were held out to say so, and what weighs its sources by
    vectors, if something does; and ``joint``, the encoder whose tower of questions learned with it, with how it ``finds``.
    """

    model: Towers | Ranker | Reader
    verdict: Verdict
    rows: Rows | Lessons
    outcome: Outcome
    calibration: Calibration | None = None
    attending: Attending | None = None
    joint: Start | None = None
    finds: Mapping[str, Standing] = field(default_factory=dict)


def train_encoder(
    course: Course,
    start: Start,
    *,
    watch: Sequence[Watch] = (),
    told: Told | None = None,
    warn: Warn | None = None,
) -> Trained:
    """Train the towers of ``start`` in place; ``warn`` is told beforehand what of the ``course`` does nothing.

    Raises as :func:`raglan.train.loop.run` and :class:`Retriever` do; and :class:`DataError`, before anything is learned, if
    no question of what is held can be judged by.
    """
    if not isinstance(start.model, Towers):
        raise ConfigError("an encoder is two towers; this is a ranker")
    rows, by = gathered(course.learn), accelerator(course.precision)
    refuse_untried(course.held, warn)
    plan = planned(course, start, rows)
    towers = start.model.to(by.device)
    tokens = Tokens(start.tokenizer, length=start.reading.length)
    sides = start.reading.query, start.reading.passage
    states = course.work / "states" if course.work and course.learning.frozen else None
    one = Retriever(towers, tokens, rows.texts, course.learning, before=sides, place=states)
    with closing(one):
        encode: Encode = lambda texts, role: one.searched(texts, role=role)  # noqa: E731
        before = {data.name: by_vectors(encode, data) for data in course.held}
        one.fill([row.query for row in rows.rows], told and (lambda done, total: told("reading", done, total)))
        find = finder(course.negatives, rows, one, seed=course.seed)
        batches = _drawing(course, rows, one.batch, find, warn)
        watches: list[Watch] = [Collapse(patience=_PATIENCE), *watch]
        outcome = descended(course, plan, (one.model, one.objective), batches, watches, by)
        after = {data.name: by_vectors(encode, data) for data in course.held}
    return Trained(towers, judged(before, after, seed=course.seed), rows, outcome)


def train_ranker(
    course: Course,
    start: Start,
    *,
    watch: Sequence[Watch] = (),
    told: Told | None = None,
    warn: Warn | None = None,
) -> Trained:
    """Train the ranker of ``start`` in place; it is judged by how it orders what words find.

    What it must be better than is itself before, or where its head was new, the order of the search by words. Losses and
    similarities of ``course.learning`` are the encoder's; only ``frozen`` and ``part`` count. ``warn`` is told beforehand
    what of the ``course`` does nothing. Raises as :func:`train_encoder` does.
    """
    if not isinstance(start.model, Ranker):
        raise ConfigError("this is no ranker")
    rows, by = gathered(course.learn), accelerator(course.precision)
    refuse_untried(course.held, warn)
    plan = planned(course, start, rows)
    ranker = start.model.to(by.device)
    tokens = Tokens(start.tokenizer, length=start.reading.length, query_length=start.reading.query_length or None)
    frozen, part = course.learning.frozen, course.learning.part
    one = RankerLearning(ranker, tokens, rows.texts, negatives=course.hard, frozen=frozen, part=part)
    found = {data.name: (data, _candidates(data)) for data in course.held}
    before = {
        name: _reordered(one, data, lists, told) if start.taught else by_lists(lists, data)
        for name, (data, lists) in found.items()
    }
    batches = _drawing(course, rows, one.batch, finder(course.negatives, rows, seed=course.seed), warn)
    outcome = descended(course, plan, (one.model, one.objective), batches, watch, by)
    after = {name: _reordered(one, data, lists, told) for name, (data, lists) in found.items()}
    return Trained(ranker, judged(before, after, seed=course.seed), rows, outcome)


def planned(course: Course, start: Start, rows: Rows | Lessons, more: Mapping[str, Any] | None = None) -> Plan:
    """Where to run, and with what, ``more`` being what the course does not say.

    What cannot be gone on with is refused before anything is done for it.
    """
    place = course.work / "run" if course.work else None
    told = {**settings(course, start, rows), **(more or {})}
    plan = Plan(course.steps, place=place, resume=course.resume, settings=told)
    resumable(plan)
    return plan


def _drawing(
    course: Course, rows: Rows, make: Callable[[list[Drawn]], B], find: Find | None, warn: Warn | None
) -> Drawing[B]:
    hard = Hard(course.hard, find, course.refresh)
    batches = Drawing(rows, course.batch, make, hard=hard, seed=course.seed)
    if warn is not None and course.refresh and find is None:
        warn("refresh does nothing: in-batch negatives are not looked for; take bm25 or mined")
    elif warn is not None and course.refresh and _steps(course, batches) <= len(batches):
        warn(
            f"refresh does nothing: negatives are looked for anew after {len(batches)} steps, an epoch, and the run has "
            f"{_steps(course, batches)}"
        )
    return batches


def _steps(course: Course, batches: Sized) -> int:
    return course.steps or course.epochs * len(batches)


def descended(
    course: Course,
    plan: Plan,
    learner: tuple[Any, Objective[B]],
    batches: Batched[B],
    watch: Sequence[Watch],
    by: Any,
) -> Outcome:
    """Follow the gradient of ``learner``, a model and its objective, as long as the course says."""
    steps = _steps(course, batches)
    torch.manual_seed(course.seed)  # of dropout
    before = {name: one.detach().clone() for name, one in learner[0].named_parameters() if one.requires_grad}
    step = Descend(*learner, Descent(steps, rate=course.rate), by=by)
    outcome = run(step, batches, replace(plan, steps=steps), watch=watch)
    with torch.no_grad():
        for name, one in learner[0].named_parameters():
            if course.keep and name in before:
                one.lerp_(before[name], course.keep)
    return outcome


def _candidates(data: Dataset) -> list[list[str]]:
    """What words find for each question, best first."""
    index = LexicalIndex()
    index.add(data.passages)
    return by_search(index, [one.query for one in data.examples], _CANDIDATES)


def _reordered(one: RankerLearning, data: Dataset, lists: Sequence[Sequence[str]], told: Told | None) -> Standing:
    texts = {passage.id: spoken(passage) for passage in data.passages}
    ordered = []
    for at, (example, names) in enumerate(zip(data.examples, lists, strict=True), 1):
        scores = one.score([example.query.text] * len(names), [texts[name] for name in names])
        ordered.append([names[place] for place in (-scores).argsort(kind="stable")])
        if told is not None:
            told("ranking", at, len(lists))
    return by_lists(ordered, data)
