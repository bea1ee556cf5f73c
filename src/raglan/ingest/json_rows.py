"""JSON as rows: which values of a file are rows, and what of a row is its text, its title and its metadata."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Row", "rows"]

_TEXT = ("text", "contents", "content", "body", "passage")
_TITLE = ("title", "name")
_NAME = ("id", "_id", "docid", "doc_id")
# Longer values are texts, and no one filters by them.
_LONGEST_META = 1000
# What JSON can write and no store can hold.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``place`` says where it stands, ``name`` what it calls itself; with a ``problem`` it has nothing else."""

    place: str
    text: str = ""
    name: str = ""
    meta: dict[str, _Scalar] = field(default_factory=dict, hash=False)
    problem: str = ""


def rows(text: str) -> Iterator[Row]:
    """The rows of ``text``: lines with an object each, or the objects of one JSON value.

    >>> [(row.place, row.text or row.problem) for row in rows('[{"text": "It is red."}, {"price": null}]')]
    [('row 1', 'It is red.'), ('row 2', 'holds no text')]
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if not line.isspace() and line]
    first, problem = _parsed(lines[0][1]) if lines else (None, "")
    if len(lines) == 1 or problem or not isinstance(first, dict):
        value, problem = _parsed(text)
        if not problem:
            yield from (_row(f"row {number}", item) for number, item in enumerate(_listed(value), 1))
            return
    for number, line in lines:
        value, problem = _parsed(line)
        yield Row(f"line {number}", problem=problem) if problem else _row(f"line {number}", value)


def _parsed(text: str) -> tuple[Any, str]:
    """The value that ``text`` writes, or what is wrong with it."""
    try:
        return json.loads(text), ""
    except RecursionError:
        return None, "nested too deep"
    except json.JSONDecodeError as error:
        return None, f"{error.msg} at character {error.pos}"
    except ValueError as error:
        return None, str(error)


def _listed(value: Any) -> Iterable[Any]:
    """The rows of one value: a list, the longest list of objects in an object, or named objects."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
    if lists:
        return max(lists, key=len)
    if len(value) > 1 and all(isinstance(item, dict) for item in value.values()):
        return [{"id": name} | item for name, item in value.items()]
    return [value]


def _row(place: str, value: Any) -> Row:
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, dict):
        return Row(place, problem="no object")
    named, title = _first(value, _NAME), _first(value, _TITLE)
    written = next((key for key in _TEXT if _said(value.get(key))), "")
    text = _said(value[written]) if written else "\n".join(f"{key}: {said}" for key, said in _fields(value))
    if not text.strip():
        return Row(place, problem="holds no text")
    meta: dict[str, _Scalar] = {"title": _clean(str(value[title]))} if title else {}
    for key, item in value.items():
        if key == "access":
            item = _groups(item)
        if key not in {written, named, title} and _filters(item):
            meta.setdefault(_clean(key), _clean(item) if isinstance(item, str) else item)
    return Row(place, text, _clean(str(value[named])) if named else "", meta)


def _first(value: dict[str, Any], keys: Iterable[str]) -> str:
    """The first of ``keys`` under which a name stands."""
    return next((key for key in keys if isinstance(item := value.get(key), str | int) and str(item).strip()), "")


def _said(item: Any) -> str:
    """A text, or a list of them as its paragraphs."""
    if isinstance(item, list) and all(isinstance(part, str) for part in item):
        return _clean("\n\n".join(item))
    return _clean(item) if isinstance(item, str) and not item.isspace() else ""


def _groups(item: Any) -> str:
    """Who may see a row, as one text: whatever stands there, it must not be left out for being no scalar, or long."""
    if isinstance(item, list):
        item = ", ".join(str(one) for one in item)
    text = item if isinstance(item, str) else "" if item is None else json.dumps(item, ensure_ascii=False)
    return text[:_LONGEST_META]


def _filters(item: Any) -> bool:
    """Whether ``item`` is of use as metadata."""
    if isinstance(item, str):
        return 0 < len(item) <= _LONGEST_META
    return isinstance(item, int) or (isinstance(item, float) and math.isfinite(item))


def _fields(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All scalars of ``value``, those of objects within it under joined names, in order."""
    left: list[tuple[str, Any]] = [("", value)]
    while left:
        name, item = left.pop()
        if isinstance(item, dict):
            left += [(f"{name}.{key}" if name else key, inner) for key, inner in reversed(item.items())]
        elif isinstance(item, list) and any(isinstance(inner, dict | list) for inner in item):
            left += [(name, inner) for inner in reversed(item)]
        elif isinstance(item, list):
            left.append((name, ", ".join(str(inner) for inner in item if inner is not None)))
        elif item is not None and str(item).strip():
            yield _clean(name), _clean(str(item))


def _clean(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)
