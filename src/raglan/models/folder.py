"""A model folder: files that Hugging Face's tools read, and beside them what the base install runs, without torch.

``raglan.json`` says what the model is, how it reads, and the sha256 of every other file but the card, which anyone may
edit. :mod:`raglan.models.graph` runs it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from raglan.errors import ConfigError, ModelError

__all__ = [
    "AGAIN",
    "CALIBRATION",
    "CARD",
    "FACTS",
    "FORMAT",
    "WRITING",
    "Folder",
    "Reading",
    "beside",
    "dump",
    "read",
    "supplemented",
    "verified",
]

FORMAT = 1  # of raglan.json; a folder of a later one is refused
FACTS, CARD, CALIBRATION = "raglan.json", "README.md", "calibration.json"
WRITING = "writing.onnx"  # what a reader writes with, if it is not what it reads with
AGAIN = "fetch the folder again, or save the model again"

_POINTER = b"version https://git-lfs"

# ISO 15924, and the letters of each. Simplified and traditional Chinese share their characters.
_HAN = "㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003134f"
_LETTERS = {**dict.fromkeys(("Hani", "Hans", "Hant"), _HAN), "Jpan": _HAN + "぀-ヿ", "Kore": _HAN + "가-힯"}
_LETTERS |= {"Latn": "A-Za-zÀ-ɏḀ-ỿ", "Cyrl": "Ѐ-ԯ", "Grek": "Ͱ-Ͽἀ-῿"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads: the first ``length`` word pieces of a text or pair, special ones included.

    Of a pair's query at most ``query_length``, a quarter of ``length`` if 0. ``query`` and ``passage`` stand before an
    encoder's texts of that role. ``scripts`` (ISO 15924) are those that it reads; none named, all. ``matches``: a reader is
    told which words of a passage stand in the question (:mod:`raglan.models.blocks`). Raises :class:`ConfigError` for what
    cannot be.
    """

    length: int = 256
    query_length: int = 0
    query: str = ""
    passage: str = ""
    scripts: tuple[str, ...] = ()
    matches: bool = False

    def __post_init__(self) -> None:
        if self.length < 5 or not 0 <= self.query_length < self.length - 3:
            raise ConfigError(f"query_length {self.query_length} of length {self.length} leaves a passage no room")
        if unknown := sorted(set(self.scripts) - set(_LETTERS)):
            raise ConfigError(f"script {unknown[0]!r} is not known here; there are {', '.join(sorted(_LETTERS))}")

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that it reads; 1 where there are no letters.

        >>> Reading(scripts=("Hans", "Latn")).covers(["abc 保修期", "Гарантия!", "24"])
        [1.0, 0.0, 1.0]
        """
        if not self.scripts:
            return [1.0] * len(texts)
        known = re.compile(f"[{''.join(_LETTERS[script] for script in self.scripts)}]+")
        return [_share(text, known) for text in texts]


def _share(text: str, known: re.Pattern[str]) -> float:
    letters = "".join(filter(str.isalpha, text))
    return sum(map(len, known.findall(letters))) / len(letters) if letters else 1.0


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder says of its model: ``kind`` is ``encoder``, ``ranker`` or ``reader``, ``dim`` the width of its states.

    ``name`` is the model's own, whatever the folder is called. ``positions`` bounds ``reading.length``. ``pooling`` and
    ``unit`` (vectors have length 1) are an encoder's. ``files`` has the sha256 of each; with ``query.onnx`` among them,
    queries have a tower of their own. ``facts`` are parents, data, figures and the like, which change nothing.
    """

    place: Path
    kind: str
    name: str
    dim: int
    positions: int
    pooling: str = "mean"
    unit: bool = True
    reading: Reading = field(default_factory=Reading)
    files: Mapping[str, str] = field(default_factory=dict, hash=False)
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for given, known in ((self.kind, ("encoder", "ranker", "reader")), (self.pooling, ("mean", "cls"))):
            if given not in known:
                raise ConfigError(f"{given!r} means nothing here; there are {', '.join(map(repr, known))}")
        if self.reading.length > self.positions:
            raise ConfigError(f"length is {self.reading.length}; the model has {self.positions} positions")

    def mark(self, name: str) -> str:
        """The sha256 of a file, as listed; raises :class:`ModelError` if it is not listed."""
        if name not in self.files:
            raise ModelError(f"{self.place / FACTS} lists no {name}; {AGAIN}")
        return self.files[name]

    def data(self, name: str) -> bytes:
        """The bytes of a file. Raises :class:`ModelError` if it is not listed, is missing, or was changed."""
        try:
            return verified(self.place / name, self.mark(name))
        except ModelError as error:
            if self._replaced():
                raise ModelError(
                    f"another model was put into {self.place} since it was opened, and {name} is of that one: open it again"
                ) from error
            raise

    def verify(self) -> None:
        """Read every file that is listed; raises as :meth:`data` does."""
        for name in self.files:
            self.data(name)

    def _replaced(self) -> bool:
        try:
            return read(self.place).files != self.files
        except ModelError:
            return False

    def table(self) -> dict[str, Any]:
        """What ``raglan.json`` holds."""
        own = {key: getattr(self, key) for key in _OWN}
        return {"format": FORMAT, **own, "reading": asdict(self.reading), "files": dict(self.files), **self.facts}


_OWN = {"kind": str, "name": str, "dim": int, "positions": int, "pooling": str, "unit": bool}


def read(place: Path, kind: str = "") -> Folder:
    """What the folder at ``place`` holds; its files are read, and verified, with :meth:`Folder.data`.

    Raises :class:`ModelError` where there is no model folder, where ``raglan.json`` is damaged or of a later format, and
    for another ``kind`` than the one wanted. Of a save that was cut short between two renames it finds the model before.
    """
    there = place if place.is_dir() or not (old := beside(place, "before")).is_dir() else old
    file = there / FACTS
    try:
        table = json.loads(file.read_bytes())
        later = table["format"] > FORMAT
        other = table["kind"] if kind and not later else kind
        found = None if later or other != kind else _folder(there, table)
    except OSError as error:
        raise ModelError(f"{place} is no model folder: {FACTS} cannot be read ({error.strerror})") from error
    except (ConfigError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{file} is damaged ({error!r}); {AGAIN}") from error
    if later:
        raise ModelError(f"{file} has format {table['format']}, this raglan reads up to {FORMAT}: update raglan")
    if found is None:
        raise ModelError(f"{place} holds a model of kind {other!r}, where {kind!r} is needed; name another folder")
    return found


def supplemented(place: Path, name: str, data: bytes) -> Folder:
    """The folder at ``place`` with one more file, or another in the place of one of that name.

    Raises :class:`ModelError` where it cannot be written.
    """
    found = read(place)
    others = {one: mark for one, mark in found.files.items() if one != name}
    try:
        # A folder that lists a file has it as it is listed, whenever one is stopped.
        _listing(replace(found, files=others))
        (found.place / name).write_bytes(data)
        _listing(replace(found, files={**others, name: hashlib.sha256(data).hexdigest()}))
    except OSError as error:
        raise ModelError(f"{name} cannot be written into {place} ({error}); make room") from error
    return read(place)


def dump(table: Mapping[str, Any], file: Path) -> None:
    """Write a table as such a folder has them."""
    file.write_text(json.dumps(table, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _listing(told: Folder) -> None:
    fresh = told.place / f".{FACTS}"
    dump(told.table(), fresh)
    fresh.replace(told.place / FACTS)


def verified(place: Path, mark: str) -> bytes:
    """The bytes of a file whose sha256 is ``mark``. Raises :class:`ModelError` if it is missing, or was changed."""
    try:
        data = place.read_bytes()
    except OSError as error:
        raise ModelError(f"{place} cannot be read ({error.strerror}); {AGAIN}") from error
    if data.startswith(_POINTER):
        raise ModelError(f"{place} is only a pointer to the file; run git lfs pull in its folder")
    found = hashlib.sha256(data).hexdigest()
    if found != mark:
        raise ModelError(f"{place} was changed: its sha256 is {found}, not {mark}; {AGAIN}")
    return data


def beside(folder: Path, what: str) -> Path:
    """Where a save keeps what is ``new`` until it is whole, and what was there ``before`` until that is in its place."""
    folder = folder.resolve()
    return folder.with_name(f".{folder.name}.{what}")


def _folder(place: Path, table: Mapping[str, Any]) -> Folder:
    for key, kind in {**_OWN, "reading": dict, "files": dict}.items():
        if type(table.get(key)) is not kind:
            raise TypeError(f"{key} is {table.get(key)!r}")
    how = {**table["reading"], "scripts": tuple(table["reading"].get("scripts", ()))}
    for key, default in asdict(Reading()).items():
        if type(how.get(key, default)) is not type(default):
            raise TypeError(f"{key} is {how[key]!r}")
    facts = {key: value for key, value in table.items() if key not in (*_OWN, "format", "reading", "files")}
    own = {key: table[key] for key in _OWN}
    return Folder(place, **own, reading=Reading(**how), files=table["files"], facts=facts)
