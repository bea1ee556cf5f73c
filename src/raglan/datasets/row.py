"""One JSON value, where it stands, and what it must hold: every field is asked for by its kind.

>>> row = Row.of_json('{"question": "How long?", "answers": ["two years", 2]}', Path("set.jsonl"), "7")
>>> row.said("question")
'How long?'
>>> row.texts("answers")
Traceback (most recent call last):
raglan.errors.DataError: set.jsonl:7: 'answers' must be texts, item 1 is 2
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from raglan.datasets.dataset import Bad
from raglan.errors import DataError
from raglan.text.surrogates import mended

__all__ = ["Row", "kept"]

_SHOWN = 60
S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` and the way to it in its file: a line's number, or ``data[3].paragraphs[1]``."""

    file: Path
    way: str
    value: Any

    @classmethod
    def of_json(cls, text: str, file: Path, way: str = "") -> Row:
        """The row that ``text`` spells."""
        try:
            return cls(file, way, json.loads(text))
        except json.JSONDecodeError as error:
            raise cls(file, way, None).wrong(f"is not JSON ({error.msg}, {_position(error, way)})") from error
        except (ValueError, RecursionError) as error:
            # Numbers of thousands of digits, brackets nested by the thousand.
            raise cls(file, way, None).wrong(f"is not JSON that can be read ({error})") from error

    @property
    def place(self) -> str:
        """File and row, as an error names them."""
        return f"{self.file}:{self.way}" if self.way else str(self.file)

    def wrong(self, message: str) -> DataError:
        """The error that says so of this row."""
        return DataError(message, place=self.place)

    def get(self, key: str) -> Any:
        """The field, None where there is none."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"must be an object, is {shown(self.value)}")
        return self.value.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A text, an empty one too."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(f"{key!r} must be a text, {_is(value)}")
        return mended(value)

    def said(self, key: str) -> str:
        """A text that says something."""
        text = self.text(key)
        if not text.strip():
            raise self.wrong(f"{key!r} must not be empty")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts that say something, none twice; no field, no texts."""
        values = self._list(key)
        for at, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{key!r} must be texts, item {at} is {shown(value)}")
        return tuple(dict.fromkeys(map(mended, values)))

    def name(self, *keys: str) -> str:
        """An id, under the first of these keys that is there."""
        key = next((key for key in keys if self.get(key) is not None), keys[0])
        return self._as_name(key, self.get(key))

    def names(self, key: str) -> tuple[str, ...]:
        """Ids, none twice; no field, no ids."""
        return tuple(dict.fromkeys(self._as_name(key, value) for value in self._list(key)))

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(f"{key!r} must be true or false, is {shown(value)}")
        return value

    def number(self, key: str) -> int:
        """A whole number."""
        value = self.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(f"{key!r} must be a whole number, {_is(value)}")
        return value

    def grades(self, key: str) -> dict[str, int] | None:
        """How relevant each passage is, by id; None where nothing is said of it."""
        if self.get(key) is None:
            return None
        grades = self.at(key)
        if not isinstance(grades.value, dict):
            raise self.wrong(f"{key!r} must be an object, is {shown(grades.value)}")
        return {name: grades.number(name) for name in grades.value}

    def at(self, key: str) -> Row:
        """The field as a row."""
        return Row(self.file, f"{self.way}.{key}" if self.way else key, self.get(key))

    def rows(self, key: str, *, needed: bool = True) -> list[Row]:
        """The items of a list, as rows."""
        if needed and self.get(key) is None:
            raise self.wrong(f"{key!r} is missing")
        way = self.at(key).way
        return [Row(self.file, f"{way}[{at}]", value) for at, value in enumerate(self._list(key))]

    def items(self) -> list[Row]:
        """The items of the list that this value is, as rows."""
        if not isinstance(self.value, list):
            raise self.wrong(f"must be a list, is {shown(self.value)}")
        return [Row(self.file, f"{self.way}[{at}]", value) for at, value in enumerate(self.value)]

    def _list(self, key: str) -> list[Any]:
        value = self.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(f"{key!r} must be a list, is {shown(value)}")
        return value or []

    def _as_name(self, key: str, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{key!r} must be an id, {_is(value)}")
        return mended(value)


def kept(rows: Iterable[S], make: Callable[[S], T], bad: Bad) -> Iterator[T]:
    """What ``make`` gives for each row; those that it refuses go to ``bad``."""
    for row in rows:
        try:
            made = make(row)
        except DataError as error:
            bad(error)
        else:
            yield made


def shown(value: object) -> str:
    """``value`` as a message shows it."""
    told = repr(value)
    return told if len(told) <= _SHOWN else told[: _SHOWN - 3] + "..."


def _is(value: object) -> str:
    return "is missing" if value is None else f"is {shown(value)}"


def _position(error: json.JSONDecodeError, way: str) -> str:
    return f"character {error.pos}" if way else f"line {error.lineno}, column {error.colno}"
