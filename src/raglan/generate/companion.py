"""The encoder that learned with a reader, and lies in its folder: without torch, and loaded at the first question.

Its tower of questions was trained by the reader's likelihood; its passages' vectors are those of the encoder that it began
as, so that they may come from there.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ModelError
from raglan.models.folder import AGAIN, Folder, read
from raglan.models.graph import Graph, open_tokenizer
from raglan.text.surrogates import mended

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["COMPANION", "Companion", "companion"]

COMPANION = "encoder"  # a folder in a reader's
_FILES = {"query": "query.onnx", "passage": "model.onnx"}


class Companion:
    """The encoder in ``folder``, each side of it loaded when it is first asked for."""

    def __init__(self, folder: Folder, threads: int = 0) -> None:
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._graphs: dict[str, Graph] = {}
        self._tokenizer: Any = None

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim]; raises :class:`ModelError` for weights that are missing or were changed."""
        graph, reading = self._graph(role), self._folder.reading
        before = reading.query if role == "query" else reading.passage
        return graph.run(self._tokenizer.encode_batch([mended(before + text) for text in texts]))

    def _graph(self, role: str) -> Graph:
        with self._lock:
            if self._tokenizer is None:
                data, place = self._folder.data("tokenizer.json"), self._folder.place
                self._tokenizer = open_tokenizer(data, place, self._folder.reading.length)
            if role not in self._graphs:
                file = _FILES[role]
                self._graphs[role] = Graph(self._folder.data(file), self._folder.place / file, threads=self._threads)
            return self._graphs[role]


def companion(reader: Path, mark: str, threads: int = 0) -> Companion:
    """The one in the folder ``reader``, whose tower of questions has the sha256 ``mark``.

    Raises :class:`ModelError` where it is missing, or another one.
    """
    found = read(reader / COMPANION, "encoder")
    if found.files.get(_FILES["query"]) != mark:
        raise ModelError(f"{found.place} is not the encoder that the reader in {reader} learned with; {AGAIN}")
    return Companion(found, threads)
