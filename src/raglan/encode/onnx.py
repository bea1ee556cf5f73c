"""Text to vectors through ONNX Runtime, with the weights that come with the package or those of a model folder."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError, ModelError
from raglan.models.folder import FACTS, Folder, Reading, beside, read
from raglan.models.graph import Graph, open_tokenizer
from raglan.models.shipped import SHIPPED, shipped
from raglan.text.surrogates import mended
from raglan.text.words import latin_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OnnxEncoder"]

_ROLES = ("query", "passage")


class OnnxEncoder:
    """A shipped encoder by ``name``, or one in a model folder by its path: vectors of length 1.

    Only the first ``length`` word pieces of a text are read, as many as the folder says (shipped: 256) unless given. The
    weights are loaded at the first call, and verified then. The shipped one, ``minilm-en``, is the mean over tokens
    (Reimers and Gurevych 2019, Wang et al. 2020), for both roles alike, and knows English and its neighbours only: see
    :meth:`covers`. Raises :class:`ModelError` for a path at which no encoder lies.
    """

    dim = 384

    def __init__(self, name: str | Path = "minilm-en", *, length: int | None = None, threads: int = 0) -> None:
        self._name = str(name)
        self._folder = None if f"{name}.onnx" in SHIPPED else _opened(Path(name))
        self._reading = self._folder.reading if self._folder else Reading()
        self._length = self._reading.length if length is None else length
        if self._folder:
            self.dim = self._folder.dim
            if not 2 < self._length <= self._folder.positions:
                raise ConfigError(f"length is {length}; {name} reads 3 to {self._folder.positions} word pieces")
        self._threads = threads
        self._lock = threading.Lock()
        self._graphs: dict[str, Graph] = {}
        self._tokenizer: Any = None

    @property
    def identity(self) -> str:
        """Name, length and hash of the weights: vectors of different identities never meet.

        Of a folder it is the hash of what makes passages' vectors, with one more of tokenizer and prefix: a query tower
        that learned by itself, beside passages that stay, leaves it as it is.
        """
        if self._folder is None:
            return f"{self._name}:{self._length}:{SHIPPED[f'{self._name}.onnx'][:16]}"
        rest = hashlib.sha256(f"{self._folder.mark('tokenizer.json')} {self._reading.passage}".encode()).hexdigest()
        return f"{self._folder.name}:{self._length}:{self._folder.mark('model.onnx')[:16]}:{rest[:8]}"

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that it reads: of the shipped one, whether they are Latin."""
        return self._reading.covers(texts) if self._folder else [latin_share(text) for text in texts]

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim], of length 1; ``role``, ``query`` or ``passage``, chooses prefix and tower.

        Raises :class:`ModelError` for weights that are missing or damaged, and :class:`ConfigError` for another role.
        """
        if role not in _ROLES:
            raise ConfigError(f"role is {role!r}; there are {' and '.join(map(repr, _ROLES))}")
        self._load()
        before = self._reading.query if role == "query" else self._reading.passage
        return self._graphs[role].run(self._tokenizer.encode_batch([mended(before + text) for text in texts]))

    def _load(self) -> None:
        with self._lock:
            if not self._graphs:
                self._tokenizer = open_tokenizer(self._data("tokenizer.json"), self._name, self._length)
                passage = self._graph("model.onnx")
                apart = self._folder is not None and "query.onnx" in self._folder.files
                self._graphs = {"passage": passage, "query": self._graph("query.onnx") if apart else passage}

    def _data(self, file: str) -> bytes:
        if self._folder:
            return self._folder.data(file)
        return shipped(f"{self._name}.onnx" if file == "model.onnx" else f"{self._name}.{file}.xz")

    def _graph(self, file: str) -> Graph:
        made = Graph(self._data(file), f"{self._name}: {file}", threads=self._threads)
        if made.size != (self.dim,):
            raise ModelError(
                f"{self._name}: {file} gives vectors of size {list(made.size)}, not {self.dim} as it should"
            )
        return made


def _opened(place: Path) -> Folder:
    """The encoder in a folder; what gives no vectors of length 1 is refused, for cosines are what is searched by."""
    place = place.expanduser()
    if not (place.exists() or beside(place, "before").exists()):
        names = ", ".join(name.removesuffix(".onnx") for name in SHIPPED if name.endswith(".onnx"))
        raise ModelError(
            f"there is no encoder {str(place)!r}: it is no folder here, and those that are shipped are {names}"
        )
    found = read(place, "encoder")
    if not found.unit:
        raise ModelError(f"{place} gives vectors of any length (unit is false in {FACTS}); save it with unit=True")
    return found
