"""TREC's files: judgements (qrels), ranked lists (runs), and sets made of them, as MS MARCO's passages are.

A set is a qrels file (``QUERY 0 PASSAGE GRADE``) and its questions beside it, lines of id and text under the same name
with ``queries`` or ``topics`` in the place of ``qrels``; and, if there is one, ``collection.tsv`` (id and text) or
``corpus.jsonl``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from raglan.datasets import corpus
from raglan.datasets.dataset import Again, Bad, Dataset, alone, called, gathered, pass_over, refuse
from raglan.datasets.files import either, lines
from raglan.datasets.ids import Ids
from raglan.datasets.judged import Grades, Judgement, graded, judged
from raglan.datasets.row import Row, kept
from raglan.errors import DataError
from raglan.types import Passage, Query

__all__ = ["qrels", "read", "run"]

_ENDINGS = frozenset((".gz", ".txt", ".tsv", ".qrels"))


def qrels(path: Path, bad: Bad = refuse) -> Grades:
    """The grades in a file of judgements, by query and passage."""
    return graded(_judgements(path, bad), bad)


def _judgements(path: Path, bad: Bad) -> Iterator[Judgement]:
    return kept(_columns(path, 4, "QUERY 0 PASSAGE GRADE", bad), _judgement, bad)


def _judgement(row: Row) -> Judgement:
    query, _, passage, grade = row.value
    try:
        return Judgement(query, passage, int(grade), row)
    except ValueError as error:
        raise row.wrong(f"the grade must be a whole number, is {grade!r}") from error


def run(path: Path, bad: Bad = refuse) -> dict[str, list[tuple[str, float]]]:
    """What was found for each query of a run, passages and scores: by score, and by rank where scores are equal."""
    found: dict[str, dict[str, tuple[float, int]]] = {}
    columns = _columns(path, 6, "QUERY Q0 PASSAGE RANK SCORE NAME", bad)
    for _ in kept(columns, lambda row: _place(row, found), bad):
        pass
    return {query: _ranked(hits) for query, hits in found.items()}


def _place(row: Row, found: dict[str, dict[str, tuple[float, int]]]) -> None:
    query, _, passage, rank, score, _ = row.value
    try:
        place = float(score), int(rank)
    except ValueError as error:
        raise row.wrong(f"rank and score must be numbers, are {rank!r} and {score!r}") from error
    if not math.isfinite(place[0]):
        raise row.wrong(f"the score must be finite, is {score}")
    hits = found.setdefault(query, {})
    if hits.setdefault(passage, place) is not place:
        raise row.wrong(f"passage {passage!r} was there before for query {query!r}")


def _ranked(hits: dict[str, tuple[float, int]]) -> list[tuple[str, float]]:
    best = sorted(hits.items(), key=lambda item: (-item[1][0], item[1][1]))
    return [(passage, score) for passage, (score, _) in best]


def _columns(path: Path, count: int, names: str, bad: Bad) -> Iterator[Row]:
    """The lines of a file with so many columns, white space between them."""
    for number, line in lines(path):
        row = Row(path, str(number), line.split())
        if len(row.value) == count:
            yield row
        elif row.value:
            bad(row.wrong(f"must have {count} columns ({names}), has {len(row.value)}"))


def read(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a qrels file, or of the folder with the only one."""
    path = _only_qrels(path) if path.is_dir() else path
    queries = dict(_queries(path, bad))
    ids, passages = _corpus(path.parent, bad)
    grades = graded(_judgements(path, bad), bad, queries=queries, passages=ids)
    return gathered(called(path), judged(queries, grades, str(path)), passages, bad=bad)


def _only_qrels(folder: Path) -> Path:
    files = [path for path in sorted(folder.iterdir()) if "qrels" in path.name]
    if len(files) != 1:
        told = ", ".join(path.name for path in files) or "no qrels file"
        raise DataError(f"holds {told}; name one qrels file", place=str(folder))
    return files[0]


def _queries(path: Path, bad: Bad) -> Iterator[tuple[str, Query]]:
    stem = path.name
    while Path(stem).suffix in _ENDINGS:
        stem = Path(stem).stem
    names = [f"{stem.replace('qrels', word)}{ending}" for word in ("queries", "topics") for ending in (".tsv", ".txt")]
    found = next(filter(None, (either(path.with_name(name)) for name in names if name != path.name)), None)
    if found is None:
        raise DataError(f"judges questions that are not there; put {names[0]} beside it", place=str(path))
    return ((name, Query(text)) for name, text in _pairs(found, bad))


def _corpus(folder: Path, bad: Bad) -> tuple[Ids | None, Again | tuple[()]]:
    collection, jsonl = either(folder / "collection.tsv"), either(folder / "corpus.jsonl")
    if collection is None:
        return (corpus.checked(jsonl, bad), corpus.again(jsonl)) if jsonl else (None, ())
    ids = Ids()
    for passage in _passages(collection, bad):
        ids.add(passage.id)
    return ids, Again(partial(_passages, collection, pass_over))


def _passages(path: Path, bad: Bad) -> Iterator[Passage]:
    return (alone(name, text) for name, text in _pairs(path, bad))


def _pairs(path: Path, bad: Bad) -> Iterator[tuple[str, str]]:
    """The ids and texts of a file with a tab between them; its quotes are part of the text."""
    seen = Ids()

    def pair(row: Row) -> tuple[str, str]:
        name, text = row.said("id"), row.said("text")
        if not seen.add(name):
            raise row.wrong(f"{name!r} was there before")
        return name, text

    return kept(_two(path, bad), pair, bad)


def _two(path: Path, bad: Bad) -> Iterator[Row]:
    for number, line in lines(path):
        name, *texts = line.rstrip("\r\n").split("\t")
        if len(texts) == 1:
            yield Row(path, str(number), {"id": name, "text": texts[0]})
        elif not line.isspace():
            bad(
                DataError(
                    f"must be an id and a text with a tab between, has {len(texts)} tabs", place=f"{path}:{number}"
                )
            )
