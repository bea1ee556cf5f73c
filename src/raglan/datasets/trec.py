"""TREC's files: judgements (qrels) and ranked lists (runs); and sets made of them, as MS MARCO's passages are.

A set is a qrels file (``QUERY 0 PASSAGE GRADE``) with its questions beside it, a table of id and text whose name has
``queries`` or ``topics`` in the place of ``qrels``; and, if there is one, ``collection.tsv`` or ``corpus.jsonl`` with the
passages. A grade above 0 is a positive, any other a negative.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from raglan.datasets import corpus
from raglan.datasets.dataset import Again, Bad, Dataset, Question, alone, gathered, pass_over, refuse
from raglan.datasets.files import either, lines
from raglan.datasets.ids import Ids
from raglan.datasets.judged import Judgements, questions
from raglan.datasets.row import Row, kept
from raglan.errors import DataError
from raglan.types import Passage

__all__ = ["qrels", "read", "run"]


def qrels(path: Path, bad: Bad = refuse) -> Judgements:
    """The judgements of a file with four columns."""
    judged = Judgements()
    for _ in kept(_columns(path, bad, 4, "QUERY 0 PASSAGE GRADE"), lambda row: _judge(row, judged), bad):
        pass
    return judged


def _judge(row: Row, judged: Judgements) -> None:
    query, _, passage, grade = row.value
    try:
        judged.add(row, query, passage, int(grade))
    except ValueError as error:
        raise row.wrong(f"the grade must be a whole number, is {grade!r}") from error


def run(path: Path, bad: Bad = refuse) -> dict[str, list[tuple[str, float]]]:
    """For each query of a file with six columns (``QUERY Q0 PASSAGE RANK SCORE NAME``) its passages and their scores.

    Best first: by score; where scores are equal, by rank.
    """
    found: dict[str, dict[str, tuple[float, int]]] = {}
    for _ in kept(_columns(path, bad, 6, "QUERY Q0 PASSAGE RANK SCORE NAME"), lambda row: _rank(row, found), bad):
        pass
    return {query: _ranked(hits) for query, hits in found.items()}


def _rank(row: Row, found: dict[str, dict[str, tuple[float, int]]]) -> None:
    query, _, passage, rank, score, _ = row.value
    try:
        place = -float(score), int(rank)
    except ValueError as error:
        raise row.wrong(f"rank and score must be numbers, are {rank!r} and {score!r}") from error
    if not math.isfinite(place[0]):
        raise row.wrong(f"the score must be finite, is {score}")
    if passage in found.setdefault(query, {}):
        raise row.wrong(f"passage {passage!r} was there before for query {query!r}")
    found[query][passage] = place


def _ranked(hits: Mapping[str, tuple[float, int]]) -> list[tuple[str, float]]:
    return [(passage, -hits[passage][0]) for passage in sorted(hits, key=lambda one: hits[one])]


def read(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a qrels file, or of the folder with the only one."""
    path = _only_qrels(path) if path.is_dir() else path
    judged = qrels(path, bad)
    asked = dict(_table(_questions_of(path), bad))
    collection = either(path.parent / "collection.tsv")
    if collection:
        ids, passages = Ids(), Again(partial(_passages, collection, pass_over))
        for passage in _passages(collection, bad):
            ids.add(passage.id)
        return gathered(path.name.partition(".")[0], questions(asked, judged, ids, bad), passages, bad=bad)
    return judged.dataset
