"""A model folder: files that Hugging Face's tools read, and beside them what the base install runs, without torch.

``raglan.json`` says what the model is, how it reads, and the sha256 of every other file but the card, which anyone may
edit. A graph gets rows of word pieces sorted by length and batched by tokens, so that little is spent on padding; one
session serves as many threads as there are cores, each with a batch of its own, which keeps cores busier than one batch
shared by all of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding

__all__ = ["CARD", "FACTS", "FORMAT", "Folder", "Graph", "Reading", "beside", "open_tokenizer", "read", "verified"]

FORMAT = 1  # of raglan.json; a folder of a later one is refused
FACTS, CARD = "raglan.json", "README.md"

_BATCH_TOKENS = 2048
_LEAST_TOKENS = 128  # less is not worth a thread
_POINTER = b"version https://git-lfs"
_AGAIN = "fetch the folder again, or save the model again"

# ISO 15924, and the letters of each. Simplified and traditional Chinese share their characters.
_HAN = "㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003134f"
_LETTERS = {**dict.fromkeys(("Hani", "Hans", "Hant"), _HAN), "Jpan": _HAN + "぀-ヿ", "Kore": _HAN + "가-힯"}
_LETTERS |= {"Latn": "A-Za-zÀ-ɏḀ-ỿ", "Cyrl": "Ѐ-ԯ", "Grek": "Ͱ-Ͽἀ-῿"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads: the first ``length`` word pieces of a text or pair, special ones included.

    Of a pair's query at most ``query_length``, a quarter of ``length`` if 0. ``query`` and ``passage`` stand before an
    encoder's texts of that role. ``scripts`` (ISO 15924) are those that it reads; none named, all. Raises
    :class:`ConfigError` for what cannot be.
    """

    length: int = 256
    query_length: int = 0
    query: str = ""
    passage: str = ""
    scripts: tuple[str, ...] = ()

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
    """What a folder says of its model: ``kind`` is ``encoder`` or ``ranker``, ``dim`` the width of its states.

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
        for given, known in ((self.kind, ("encoder", "ranker")), (self.pooling, ("mean", "cls"))):
            if given not in known:
                raise ConfigError(f"{given!r} means nothing here; there are {known[0]!r} and {known[1]!r}")
        if self.reading.length > self.positions:
            raise ConfigError(f"length is {self.reading.length}; the model has {self.positions} positions")

    def mark(self, name: str) -> str:
        """The sha256 of a file, as listed; raises :class:`ModelError` if it is not listed."""
        if name not in self.files:
            raise ModelError(f"{self.place / FACTS} lists no {name}; {_AGAIN}")
        return self.files[name]

    def data(self, name: str) -> bytes:
        """The bytes of a file. Raises :class:`ModelError` if it is not listed, is missing, or was changed."""
        return verified(self.place / name, self.mark(name))

    def verify(self) -> None:
        """Read every file that is listed; raises as :meth:`data` does."""
        for name in self.files:
            self.data(name)

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
        raise ModelError(f"{file} is damaged ({error!r}); {_AGAIN}") from error
    if later:
        raise ModelError(f"{file} has format {table['format']}, this raglan reads up to {FORMAT}: update raglan")
    if found is None:
        raise ModelError(f"{place} holds a model of kind {other!r}, where {kind!r} is needed; name another folder")
    return found


def verified(place: Path, mark: str) -> bytes:
    """The bytes of a file whose sha256 is ``mark``. Raises :class:`ModelError` if it is missing, or was changed."""
    try:
        data = place.read_bytes()
    except OSError as error:
        raise ModelError(f"{place} cannot be read ({error.strerror}); {_AGAIN}") from error
    if data.startswith(_POINTER):
        raise ModelError(f"{place} is only a pointer to the file; run git lfs pull in its folder")
    found = hashlib.sha256(data).hexdigest()
    if found != mark:
        raise ModelError(f"{place} was changed: its sha256 is {found}, not {mark}; {_AGAIN}")
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


class Graph:
    """An ONNX graph whose inputs are ``ids``, ``lengths`` and, of a ranker, ``types``; ``size`` is that of one result.

    Raises :class:`ModelError`, which names ``source``, for bytes that are no such graph.
    """

    def __init__(self, model: bytes, source: object, *, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread a call: calls run side by side. Spinning would take the core from the other call.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(f"{source} is no graph that ONNX Runtime can run ({error}); {_AGAIN}") from error
        self._source = source
        self._threads = threads or _cores()
        self._typed = "types" in {one.name for one in self._session.get_inputs()}
        self.size = tuple(self._session.get_outputs()[0].shape[1:])

    def run(self, rows: Sequence[Encoding]) -> NDArray[np.float32]:
        """Results float32 [n, *size] of ``rows``, in their order. Raises :class:`ModelError` for any that is not finite."""
        import numpy as np

        found = np.empty((len(rows), *self.size), np.float32)
        tokens = [np.array([row.ids, row.type_ids], np.int64) for row in rows]  # each [2, length]

        def run(batch: list[int]) -> None:
            lengths = np.array([tokens[at].shape[1] for at in batch], np.int32)
            padded = np.zeros((2, len(batch), int(lengths.max())), np.int64)
            for place, at in enumerate(batch):
                padded[:, place, : lengths[place]] = tokens[at]
            given = {"ids": padded[0], "lengths": lengths, **({"types": padded[1]} if self._typed else {})}
            [found[batch]] = self._session.run(None, given)

        batches = list(_batches([len(row) for row in rows], self._threads))
        if len(batches) < 2 or self._threads < 2:
            for batch in batches:
                run(batch)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, batches))
        if not np.isfinite(found).all():
            raise ModelError(f"{self._source} gives numbers that are not finite: its weights are damaged; use another")
        return found


def open_tokenizer(data: bytes, source: object, length: int) -> Any:
    """The tokenizer in ``data``, cutting what is longer than ``length``; :class:`ModelError` if there is none."""
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_buffer(data)
    except ValueError as error:
        raise ModelError(f"{source} is no tokenizer ({error}); {_AGAIN}") from error
    made.no_padding()
    made.enable_truncation(length)
    return made


def _batches(lengths: Sequence[int], threads: int) -> Iterator[list[int]]:
    """Rows, longest first, in batches of about equal work; a small job is shared out among the threads too."""
    most = max(_LEAST_TOKENS, min(_BATCH_TOKENS, -(-sum(lengths) // threads)))
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
