"""``corpus.jsonl``, gzipped or not: a passage a line, as the folder form and BEIR write it.

Fields: ``id`` (BEIR: ``_id``), ``text``, and, where there are any, ``title``, ``meta`` (BEIR: ``metadata``) and
``document`` with ``start``, the place of the passage in its document; without them a passage is a document of its own.
Other fields are metadata too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from raglan.datasets.dataset import Again, Bad, pass_over, refuse
from raglan.datasets.files import either, json_lines
from raglan.datasets.ids import Ids
from raglan.datasets.row import Row, kept
from raglan.types import Passage, Span

__all__ = ["again", "beside", "checked", "passage_of", "passages"]

_OWN = frozenset(("id", "_id", "text", "title", "document", "start", "meta", "metadata"))


def beside(folder: Path) -> Path | None:
    """The corpus of a folder: in it, or above it where several parts of a set share one."""
    return either(folder / "corpus.jsonl") or either(folder.parent / "corpus.jsonl")


def passages(path: Path, bad: Bad = refuse) -> Iterator[Passage]:
    """The passages that hold any text, one at a time."""
    return (passage for passage in _all(path, bad) if passage.text.strip())


def again(path: Path) -> Again:
    """The passages that :func:`checked` found good, read anew each time."""
    return Again(partial(passages, path, pass_over))


def checked(path: Path, bad: Bad) -> Ids:
    """The ids of a corpus, read through once for all that is wrong with it.

    The passages without text, which nothing can find, are among them: they may be named as relevant all the same.
    """
    ids = Ids()
    for passage in _all(path, bad):
        ids.add(passage.id)
    return ids


def _all(path: Path, bad: Bad) -> Iterator[Passage]:
    seen = Ids()

    def new(row: Row) -> Passage:
        passage = passage_of(row)
        if not seen.add(passage.id):
            raise row.wrong(f"passage {passage.id!r} was there before")
        return passage

    return kept(json_lines(path, bad), new, bad)


def passage_of(row: Row) -> Passage:
    """The passage of one row, without text where the row has neither text nor title."""
    name, title, text = row.name("id", "_id"), row.text("title", ""), row.text("text")
    # A page of which only the title is known is found by its title.
    text = text if text.strip() else title
    start = 0 if row.get("start") is None else row.number("start")
    if start < 0:
        raise row.wrong(f"'start' must not be below 0, is {start}")
    document = name if row.get("document") is None else row.name("document")
    return Passage(name, text, document, Span(start, start + len(text)), meta=_meta(row, title))


def _meta(row: Row, title: str) -> dict[str, Any]:
    others = row.value.keys() - _OWN
    meta = {key: value for key, value in row.value.items() if _is_plain(value) and key in others} if others else {}
    if isinstance(groups := row.get("access"), list | dict):
        # Who may see it must not be left out for being no scalar.
        meta["access"] = tuple(map(str, groups)) if isinstance(groups, list) else str(groups)
    for key in ("meta", "metadata"):
        more = row.get(key) or {}
        if not isinstance(more, dict):
            raise row.wrong(f"{key!r} must be an object")
        meta |= {name: tuple(value) if isinstance(value, list) else value for name, value in more.items()}
    return meta | ({"title": title} if title else {})


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""
