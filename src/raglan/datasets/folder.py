"""The folder form of a labelled corpus: ``corpus.jsonl.gz`` and ``questions.jsonl.gz``.

A corpus line is a passage: ``{"id", "title", "text"}``. A question line: ``{"id", "question", "answers", "positives",
"answerable"}``. What an unanswerable row names as positive looks right and does not answer: it becomes a negative.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from raglan.errors import DataError
from raglan.types import Example, Passage, Query, Span

__all__ = ["examples", "passages"]


def passages(folder: Path) -> Iterator[Passage]:
    """The passages of ``folder``; those without text are left out. A passage is a document of its own."""
    for place, row in _rows(folder / "corpus.jsonl.gz"):
        name, text = _text(row, "id", place), _text(row, "text", place)
        title = row.get("title") or ""
        if text.strip():
            yield Passage(name, text, name, Span(0, len(text)), meta={"title": title} if title else {})


def examples(folder: Path) -> Iterator[Example]:
    """The questions of ``folder``. Unanswerable: no answers and no positives; only for retrieval: no answers."""
    for place, row in _rows(folder / "questions.jsonl.gz"):
        query = Query(_text(row, "question", place))
        answers, named = tuple(row.get("answers") or ()), tuple(map(str, row.get("positives") or ()))
        if row.get("answerable", True):
            yield Example(query, answers, named)
        else:
            yield Example(query, negatives=named)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        file = gzip.open(path, "rt", encoding="utf-8")  # noqa: SIM115 (closed by the with below; the error is ours)
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", place=str(path)) from error
    with file:
        for number, line in enumerate(file, 1):
            yield f"{path}:{number}", _row(line, f"{path}:{number}")


def _row(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"is not JSON ({error.msg} at character {error.pos})", place=place) from error
    if not isinstance(row, dict):
        raise DataError(f"must be an object, is a {type(row).__name__}", place=place)
    return row


def _text(row: dict[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise DataError(f"{key!r} must be a text, is {value!r}", place=place)
    return value
