"""How a reader answers held-out questions from passages of theirs: what the gate judges by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
import torch

from raglan.datasets.dataset import Dataset
from raglan.errors import DataError
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.pointing import elected, pointed, said
from raglan.metrics.answers import exact_match, token_f1, unanswerable
from raglan.metrics.value import Undefined, Value
from raglan.models.blocks import Block, Cutter, Source
from raglan.nn.reader import Reader
from raglan.search.lexical import LexicalIndex
from raglan.train.calibrating import calibrated
from raglan.train.lessons import Lessons
from raglan.train.lessons import standing as stands
from raglan.train.negatives import by_search
from raglan.train.reading import sources
from raglan.train.verdict import Standing
from raglan.types import Answer, Example, Passage, Query

__all__ = [
    "NOTHING",
    "Answered",
    "Asked",
    "Weigh",
    "answers",
    "beside",
    "by_answers",
    "foretelling",
    "held_out",
    "judging",
    "silent",
    "standing",
]

Asked = Sequence[tuple[Example, Sequence[Passage]]]
Weigh = Callable[[str, Sequence[Source]], Sequence[float]]  # of the sources of a question
Told = Callable[[str, int, int], object]  # a stage, how many are done, of how many

_BLOCKS = 32  # read at once
_SURE = 0.5  # an answer that is likelier than none
_RIGHT = 0.5  # F1 from which an answer counts as right where one has to say yes or no


class Answered(NamedTuple):
    """The ``text`` of an answer, how ``sure`` it is against there being none, and its measures."""

    text: str
    sure: float
    measures: Measures | None


NOTHING = Answered("", 0.0, None)


def beside(lessons: Lessons, sets: Sequence[Dataset], count: int) -> list[list[str]]:
    """For each lesson ``count`` sources of its set that its words find and that do not hold its answer, best first."""
    found: list[list[str]] = []
    for data in sets:
        rows = [row for row in lessons.rows if row.set == data.name]
        index = LexicalIndex()
        index.add(data.passages)
        lists = by_search(index, [Query(row.question) for row in rows], 4 * count)
        for row, ids in zip(rows, lists, strict=True):
            names = [f"{data.name}/{one}" for one in ids]
            others = [one for one in names if one not in row.right and one not in row.wrong]
            found.append([one for one in others if not stands(row.answers, lessons.sources[one].text)][:count])
    return found


def held_out(sets: Sequence[Dataset], blocks: int, warn: Callable[[str], object] | None = None) -> dict[str, Asked]:
    """What each of ``sets`` judges by, as :func:`judging` has it; ``warn`` is told of one that does not.

    Raises :class:`DataError` if none does: for before the training, which may take hours.
    """
    held = {data.name: judging(data, blocks) for data in sets}
    if not any(held.values()):
        raise DataError(
            "no question with an answer and its passage is held out to judge by; name a set that has some (--held), or more "
            "documents",
            place=", ".join(held),
        )
    for name in [name for name, asked in held.items() if not asked]:
        if warn is not None:
            warn(f"{name}: nothing is judged by it, as no question of it that is held out has an answer and a passage")
    return held


def judging(data: Dataset, blocks: int) -> Asked:
    """The questions that can be judged by, each with its own passages and, up to ``blocks``, others that its words find.

    No answer of a sentence judges: it is not pointed at.
    """
    known = {one.id: one for one in data.passages}
    rows = [one for at, one in enumerate(data.examples) if at not in data.long and (one.answers or unanswerable(one))]
    index = LexicalIndex()
    if blocks > 1:
        index.add(known.values())
    lists = by_search(index, [one.query for one in rows], blocks) if blocks > 1 else [[] for _ in rows]
    found = []
    for one, ids in zip(rows, lists, strict=True):
        own = [name for name in one.positives or one.negatives if name in known]
        if own:
            found.append((one, [known[name] for name in list(dict.fromkeys([*own, *ids]))[: max(blocks, len(own))]]))
    return found


def by_answers(
    reader: Reader, cutter: Cutter, asked: Asked, told: Told | None = None, *, weigh: Weigh | None = None
) -> list[Answered]:
    """What ``reader`` answers to the questions of :func:`judging`, its sources weighed by ``weigh``, if given."""
    questions = [(one.query.text, [Source.of(each) for each in many]) for one, many in asked]
    return answers(reader, cutter, questions, told, weigh=weigh)


def silent(asked: Asked) -> Standing:
    """What it is worth to answer nothing: what a reader whose heads are new must be better than."""
    return standing([one for one, _ in asked], [NOTHING] * len(asked))


def answers(
    reader: Reader,
    cutter: Cutter,
    asked: Sequence[tuple[str, Sequence[Source]]],
    told: Told | None = None,
    *,
    weigh: Weigh | None = None,
) -> list[Answered]:
    """To each question its likeliest answer from its sources; the text is empty where there is nothing to read."""
    device = reader.strength.device
    found = [NOTHING] * len(asked)
    cut = [cutter(question, many) for question, many in asked]
    order = sorted((at for at, blocks in enumerate(cut) if blocks), key=lambda at: sum(len(b.ids) for b in cut[at]))
    was = reader.training
    reader.eval()
    while order:
        some = [order.pop()]
        while order and (len(some) + 1) * len(cut[some[0]]) <= _BLOCKS:
            some.append(order.pop())
        with torch.no_grad():
            read = reader.read(sources([cut[at] for at in some]).to(device))
            support = reader.support(read).max(1).values.tolist()
            looks = weigh and _looked(weigh, [asked[at] for at in some], [cut[at] for at in some], read.sources.blocks)
            logs = reader.ends(read, None if looks is None else looks.to(device))
            starts, ends = [one.view(len(some), read.sources.blocks, -1).cpu().numpy() for one in logs]
        for row, at in enumerate(some):
            blocks, texts = cut[at], [source.text for source in asked[at][1]]
            places, nothing = pointed(starts[row, : len(blocks)], ends[row, : len(blocks)], blocks)
            if places:
                votes = elected(places, texts)
                best, chance = votes[0].places[0], votes[0].chance
                measures = Measures.of([one.chance for one in votes], nothing, support[row])
                found[at] = Answered(said(best, texts[best.source]), chance / max(chance + nothing, 1e-9), measures)
        if told is not None:
            told("answering", len(asked) - len(order), len(asked))
    reader.train(was)
    return found


def _looked(
    weigh: Weigh, asked: Sequence[tuple[str, Sequence[Source]]], cut: Sequence[Sequence[Block]], wide: int
) -> torch.Tensor:
    """The weight of each block, that of its source: float [b, wide]."""
    found = torch.ones(len(asked), wide)
    for row, (question, many), blocks in zip(found, asked, cut, strict=True):
        weights = weigh(question, many)
        row[: len(blocks)] = torch.tensor([weights[block.source] for block in blocks])
    return found


def foretelling(asked: Asked, given: Sequence[Answered], *, seed: int = 0) -> Calibration | None:
    """How far such answers can be relied on, as far as these tell; nothing where they are too few."""
    pairs = [(one, answer) for (one, _), answer in zip(asked, given, strict=True) if answer.measures is not None]
    right = [_worth(token_f1(Answer(answer.text), one)) >= _RIGHT for one, answer in pairs]
    return calibrated([answer.measures for _, answer in pairs if answer.measures], right, seed=seed)


def _worth(value: Value) -> float:
    assert not isinstance(value, Undefined)  # questions without a gold answer do not judge
    return value


def standing(examples: Sequence[Example], given: Sequence[Answered]) -> Standing:
    """``f1`` and ``em`` as SQuAD 2.0 has them: silence is right where there is no answer, and wrong elsewhere.

    ``has f1`` and ``has em`` are those of answerable questions, whose likeliest answer counts even where none is likelier.
    """
    values: dict[str, list[float]] = {"f1": [], "em": [], "has f1": [], "has em": []}
    for one, answer in zip(examples, given, strict=True):
        kept, text = Answer(answer.text if answer.sure > _SURE else ""), answer.text
        for name, metric in (("f1", token_f1), ("em", exact_match)):
            values[name].append(_worth(metric(kept, one)))
            values[f"has {name}"].append(nan if unanswerable(one) else _worth(metric(Answer(text), one)))
    return Standing({name: np.array(each, float) for name, each in values.items()}, "f1")
