"""BEIR: a folder of ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/PART.tsv`` with graded relevance.

The folder stands for its test part, or for the only one; another part is named by its file, ``FOLDER/qrels/dev.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from raglan.datasets import corpus
from raglan.datasets.dataset import Bad, Dataset, gathered, refuse
from raglan.datasets.files import either, json_lines
from raglan.datasets.judged import Judgement, graded, judged
from raglan.datasets.row import Row, kept
from raglan.datasets.table import records
from raglan.errors import DataError
from raglan.types import Query

__all__ = ["COLUMNS", "read"]

COLUMNS = ("query-id", "corpus-id", "score")


def read(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a folder, or of one of its qrels files."""
    qrels = _part(path / "qrels") if path.is_dir() else path
    folder = qrels.parent.parent
    passages, questions = (_there(folder, name) for name in ("corpus.jsonl", "queries.jsonl"))
    ids, queries = corpus.checked(passages, bad), _queries(questions, bad)
    grades = graded(_judgements(qrels, bad), bad, queries=queries, passages=ids)
    name = f"{folder.name}/{qrels.name.partition('.')[0]}"
    return gathered(name, judged(queries, grades, str(qrels)), corpus.again(passages), bad=bad)


def _part(folder: Path) -> Path:
    parts = {path.name.partition(".")[0]: path for path in sorted(folder.glob("*.tsv*"))}
    if len(parts) == 1:
        return next(iter(parts.values()))
    if "test" not in parts:
        raise DataError(f"holds {', '.join(parts) or 'no qrels'}; name one file", place=str(folder))
    return parts["test"]


def _there(folder: Path, name: str) -> Path:
    path = either(folder / name)
    if path is None:
        raise DataError(f"holds no {name}", place=str(folder))
    return path


def _queries(path: Path, bad: Bad) -> dict[str, Query]:
    found: dict[str, Query] = {}

    def add(row: Row) -> None:
        name = row.name("_id", "id")
        if found.setdefault(name, query := Query(row.said("text"))) is not query:
            raise row.wrong(f"query {name!r} was there before")

    for _ in kept(json_lines(path, bad), add, bad):
        pass
    return found


def _judgements(path: Path, bad: Bad) -> Iterator[Judgement]:
    return kept(records(path, bad, needed=COLUMNS), _judgement, bad)


def _judgement(row: Row) -> Judgement:
    query, passage, score = (row.said(column) for column in COLUMNS)
    try:
        return Judgement(query, passage, int(score), row)
    except ValueError as error:
        raise row.wrong(f"'score' must be a whole number, is {score!r}") from error
