"""What runs a model without torch: an ONNX graph, and the tokenizer before it.

Rows of word pieces are sorted by length and batched by tokens, so that little is spent on padding; one session serves as
many threads as there are cores, each with a batch of its own, which keeps cores busier than one batch shared by all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from raglan.errors import ModelError
from raglan.models.folder import AGAIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding

__all__ = ["Graph", "batched", "cores", "open_tokenizer", "opened"]

_BATCH_TOKENS = 2048
_LEAST_TOKENS = 128  # less is not worth a thread


class Graph:
    """An ONNX graph whose inputs are ``ids``, ``lengths`` and, of a ranker, ``types``; ``size`` is that of one result.

    Raises :class:`ModelError`, which names ``source``, for bytes that are no such graph.
    """

    def __init__(self, model: bytes, source: object, *, threads: int = 0) -> None:
        self._session = opened(model, source)
        self._source = source
        self._threads = threads or cores()
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

        batches = list(batched([len(row) for row in rows], self._threads))
        if len(batches) < 2 or self._threads < 2:
            for batch in batches:
                run(batch)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, batches))
        if not np.isfinite(found).all():
            raise ModelError(f"{self._source} gives numbers that are not finite: its weights are damaged; use another")
        return found


def opened(model: bytes | str, source: object) -> Any:
    """A session of the graph in ``model``; :class:`ModelError`, which names ``source``, if there is none.

    A graph whose weights lie in part in the files beside it is named by its path.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a call: calls run side by side. Spinning would take the core from the other call.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{source} is no graph that ONNX Runtime can run ({error}); {AGAIN}") from error


def open_tokenizer(data: bytes, source: object, length: int) -> Any:
    """The tokenizer in ``data``, cutting what is longer than ``length``; :class:`ModelError` if there is none."""
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_buffer(data)
    except ValueError as error:
        raise ModelError(f"{source} is no tokenizer ({error}); {AGAIN}") from error
    made.no_padding()
    made.enable_truncation(length)
    return made


def batched(lengths: Sequence[int], threads: int) -> Iterator[list[int]]:
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


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
