"""A reader's weights and its cutter, loaded at the first use, and once for all who use them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from raglan.models.blocks import Cutter
from raglan.models.folder import WRITING, Folder, read
from raglan.models.graph import open_tokenizer
from raglan.models.graph import opened as session
from raglan.models.reader import ReaderGraph
from raglan.models.shipped import READERS, shipped_folder

__all__ = ["Opened", "opened"]

_LOCK = threading.Lock()


class Opened:
    """The reader in a ``folder``."""

    def __init__(self, folder: Folder, threads: int = 0) -> None:
        self.folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._graph: ReaderGraph | None = None
        self._cutter: Cutter | None = None

    @property
    def graph(self) -> ReaderGraph:
        """What runs it; raises :class:`raglan.errors.ModelError` for weights that are missing or were changed."""
        with self._lock:
            if self._graph is None:
                place = self.folder.place / "model.onnx"
                writing = self._writer if self.writes else None
                self._graph = ReaderGraph(self.folder.data("model.onnx"), place, threads=self._threads, writing=writing)
            return self._graph

    @property
    def writes(self) -> bool:
        """Whether it has weights of their own to write with."""
        return WRITING in self.folder.files

    def _writer(self) -> Any:
        self.folder.data(WRITING)
        place = self.folder.place / WRITING
        return session(str(place), place)

    @property
    def cutter(self) -> Cutter:
        """What cuts for it."""
        with self._lock:
            if self._cutter is None:
                reading = self.folder.reading
                tokenizer = open_tokenizer(self.folder.data("tokenizer.json"), self.folder.place, reading.length)
                self._cutter = Cutter.of(tokenizer, reading)
            return self._cutter

    def covers(self, text: str) -> bool:
        """Whether it reads at least half of the letters of ``text``."""
        return self.folder.reading.covers([text])[0] >= 0.5


# Weights of some hundred megabytes: a generator and a critic that rest on one reader share them.
_IN_USE: WeakValueDictionary[tuple[Path, str, int], Opened] = WeakValueDictionary()


def opened(model: str | Path, threads: int = 0) -> Opened:
    """The reader of a shipped name, or at a path; nothing is loaded yet.

    Raises :class:`raglan.errors.ModelError` where none lies.
    """
    place = shipped_folder(str(model)) if str(model) in READERS else Path(model).expanduser()
    folder = read(place, "reader")
    with _LOCK:
        key = folder.place, folder.mark("model.onnx"), threads
        found = _IN_USE.get(key)
        # A calibration may have come since.
        if found is None or found.folder.files != folder.files:
            found = _IN_USE[key] = Opened(folder, threads)
        return found
