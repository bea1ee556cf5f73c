"""A dataset written down in the folder form, so that what was loaded from anywhere can be kept, cut and shared.

What is written is what :func:`raglan.datasets.folder.read` reads: the same dataset, pictures aside. The same dataset
gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from raglan.datasets.dataset import Dataset
from raglan.datasets.unfold import unfolded
from raglan.errors import DataError
from raglan.types import Example, Passage

__all__ = ["save"]


def save(dataset: Dataset, folder: Path) -> None:
    """Write ``corpus.jsonl.gz``, where the dataset has passages, and ``questions.jsonl.gz``."""
    folder.mkdir(parents=True, exist_ok=True)
    if dataset.passages != ():
        _write(folder / "corpus.jsonl.gz", _passages(dataset))
    _write(folder / "questions.jsonl.gz", _questions(dataset))


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    # Under another name until it is whole, so that nothing half written is ever read.
    part = path.with_name(path.name + ".part")
    with part.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        for number, row in enumerate(rows, 1):
            try:
                line = json.dumps(row, ensure_ascii=False)
            except TypeError as error:
                raise DataError(f"cannot be written ({error})", place=f"{path}:{number}") from error
            file.write(line.encode("utf-8", "replace") + b"\n")
    part.replace(path)


def _passages(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """The passages; then, without text, those that are named and have none, so that they are not unknown."""
    named = dict.fromkeys(name for example in dataset.examples for name in (*example.positives, *example.negatives))
    named |= dict.fromkeys(name for grades in dataset.grades.values() for name in grades)
    for passage in dataset.passages:
        named.pop(passage.id, None)
        yield _passage(passage)
    for name in named:
        yield {"id": name, "title": "", "text": ""}


def _passage(passage: Passage) -> dict[str, Any]:
    meta = dict(passage.meta)
    title = meta.pop("title") if isinstance(meta.get("title"), str) else ""
    row: dict[str, Any] = {"id": passage.id, "title": title, "text": passage.text}
    if passage.document != passage.id:
        row["document"] = passage.document
    if passage.span.start:
        row["start"] = passage.span.start
    return row | ({"meta": meta} if meta else {})


def _questions(dataset: Dataset) -> Iterator[dict[str, Any]]:
    ids = dataset.ids or tuple(map(str, range(1, len(dataset.examples) + 1)))
    for at, (name, example) in enumerate(zip(ids, dataset.examples, strict=True)):
        told = {
            "long": at in dataset.long,
            "rewrite": dataset.rewrites.get(at, ""),
            "need": dataset.needs.get(at, 0),
        }
        grades = {"grades": dict(dataset.grades[at])} if at in dataset.grades else {}
        known = {key: value for key, value in told.items() if value}
        yield {"id": name} | _example(example, answerable=bool(known.keys() & {"rewrite", "need"})) | grades | known


def _example(example: Example, *, answerable: bool) -> dict[str, Any]:
    query = example.query
    answerable = answerable or bool(example.answers or example.positives)
    row: dict[str, Any] = {"question": query.text, "answers": _answers(example.answers)}
    if answerable:
        row |= {"positives": list(example.positives), "answerable": True}
        row |= {"negatives": list(example.negatives)} if example.negatives else {}
    else:
        row |= {"positives": list(example.negatives), "answerable": False}
    if query.history:
        row["history"] = [{"role": turn.role, "text": turn.text} for turn in query.history]
    return row | ({"where": dict(query.where)} if query.where else {})


def _answers(answers: tuple[str, ...]) -> list[str]:
    # An answer that looks like a list would be read as one, unless it stands in a list that looks so.
    return list(answers) if unfolded(answers) == answers else [repr(list(answers))]
