"""Passages for questions that come with answers alone: the first one found by words in which an answer stands.

Whether it answers is supposed, not known (distant supervision: Mintz et al. 2009; for reading, Chen et al. 2017, DrQA). What
is found before it, and holds no answer, is supposed to look right and be wrong.

Rows: a question and its answers, without passages. Nearest relative: :func:`raglan.train.answering.beside`, for questions
whose passages are known.
"""

from __future__ import annotations

from dataclasses import replace

from raglan.datasets.dataset import Dataset
from raglan.protocols import Retriever
from raglan.search.lexical import LexicalIndex
from raglan.train.lessons import standing
from raglan.types import Example, Passage

__all__ = ["supposed"]

_WRONG = 2  # that look right, of a question


def supposed(data: Dataset, *, depth: int = 10, index: Retriever | None = None) -> Dataset:
    """The same with passages for the questions that name none; without questions for which nothing is found.

    Among the first ``depth`` of ``index``, a search by words over all passages unless given. The passages that stay are
    those that are named. What a set says of a row beyond its answers is left behind.
    """
    open_ = [one for one in data.examples if one.answers and not one.positives]
    if index is None:
        index = LexicalIndex()
        index.add(data.passages)
    made: dict[int, Example] = {}
    passages: dict[str, Passage] = {}
    for one, hits in zip(open_, index.search([one.query for one in open_], depth), strict=True):
        texts = [hit.passage for hit in hits]
        holds = [bool(standing(one.answers, passage.text)) for passage in texts]
        if True not in holds:
            continue
        right, wrong = texts[holds.index(True)], [each for each, held in zip(texts, holds, strict=True) if not held]
        passages |= {each.id: each for each in (right, *wrong[:_WRONG])}
        names = tuple(each.id for each in wrong[:_WRONG])
        made[id(one)] = replace(one, positives=(right.id,), negatives=names)
    known = [made.get(id(one), one) for one in data.examples if id(one) in made or one.positives or not one.answers]
    named = {name for one in known for name in (*one.positives, *one.negatives)} - passages.keys()
    if named:
        passages |= {each.id: each for each in data.passages if each.id in named}
    return Dataset(data.name, tuple(known), tuple(passages.values()))
