"""Text to vectors through ONNX Runtime, with the weights that come with the package.

Texts are sorted by length and batched by tokens, so that little is spent on padding; one session serves as many threads
as there are cores, each with a batch of its own, which keeps cores busier than one batch shared by all of them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from raglan.models.shipped import SHIPPED, shipped
from raglan.text.surrogates import mended
from raglan.text.words import latin_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OnnxEncoder"]

_BATCH_TOKENS = 2048
_LEAST_TOKENS = 128  # less is not worth a thread


class OnnxEncoder:
    """A shipped encoder by ``name``: unit vectors, the mean over tokens (Reimers and Gurevych 2019, Wang et al. 2020).

    Only the first ``length`` word pieces of a text are read. The weights are loaded at the first call. It knows English
    and its neighbours only: see :meth:`covers`.
    """

    dim = 384

    def __init__(self, name: str = "minilm-en", *, length: int = 256, threads: int = 0) -> None:
        self._name = name
        self._length = length
        self._threads = threads or _cores()
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    @property
    def identity(self) -> str:
        """Name, length and hash of the weights: vectors of different identities never meet."""
        return f"{self._name}:{self._length}:{SHIPPED[f'{self._name}.onnx'][:16]}"

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that are Latin; its vocabulary hardly reaches beyond."""
        return [latin_share(text) for text in texts]

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:  # noqa: ARG002 (one tower for both)
        """Vectors float32 [n, dim], of length 1; ``role`` makes no difference to this model."""
        import numpy as np

        self._load()
        vectors = np.empty((len(texts), self.dim), np.float32)
        tokens = [found.ids for found in self._tokenizer.encode_batch([mended(text) for text in texts])]

        def run(rows: list[int]) -> None:
            lengths = np.array([len(tokens[row]) for row in rows], np.int32)
            ids = np.zeros((len(rows), int(lengths.max())), np.int64)
            for place, row in enumerate(rows):
                ids[place, : lengths[place]] = tokens[row]
            [vectors[rows]] = self._session.run(None, {"ids": ids, "lengths": lengths})

        batches = list(_batches([len(found) for found in tokens], self._threads))
        if len(batches) < 2 or self._threads < 2:
            for batch in batches:
                run(batch)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, batches))
        return vectors

    def _load(self) -> None:
        with self._lock:
            if self._session is None:
                self._tokenizer = _tokenizer(shipped(f"{self._name}.tokenizer.json.xz"), self._length)
                self._session = _session(shipped(f"{self._name}.onnx"))


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


def _tokenizer(description: bytes, length: int) -> Any:
    from tokenizers import Tokenizer

    made = Tokenizer.from_buffer(description)
    made.no_padding()
    made.enable_truncation(length)
    return made


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a call: calls run side by side. Spinning would take the core from the other call.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
