"""Answer-recall: whether a passage that was found holds a gold answer. It needs no labelled passage.

Paper: Chen et al. 2017 (DrQA); as Karpukhin et al. 2020 (DPR) count it.
"""

from __future__ import annotations

import math

import numpy as np

from raglan.metrics.answers import UNANSWERED
from raglan.metrics.metric import Metric, Run, cutoff, named
from raglan.metrics.pieces import has, line
from raglan.metrics.value import Matrix, Statistics

__all__ = ["answer_rank", "answer_recall"]


def answer_rank(run: Run) -> Matrix:
    """The rank, from 1, of the first passage that holds a gold answer of its row, infinite where none does [rows]."""
    lines: dict[str, str] = {}
    ranks = np.full(len(run.examples), math.inf)
    for row, (example, ranking) in enumerate(zip(run.examples, run.passages or run.rankings, strict=True)):
        golds = list(map(line, example.answers))
        for rank, name in enumerate(dict.fromkeys(ranking) if golds else (), 1):
            if name not in lines:
                lines[name] = line(run.texts.get(name, ""))
            if has(lines[name], golds):
                ranks[row] = rank
                break
    return ranks


def answer_recall(at: int | None = None) -> Metric:
    """The share of rows with a gold answer in the text of one of the first passages."""
    k = cutoff(at)

    def rows(run: Run) -> Statistics:
        found = run.once(answer_rank) <= (k or len(run.texts))
        why = tuple("" if example.answers else UNANSWERED.reason for example in run.examples)
        return Statistics(found.astype(float)[:, None], why)

    return Metric(named("answer_recall", k), frozenset({"ranking", "texts"}), rows)
