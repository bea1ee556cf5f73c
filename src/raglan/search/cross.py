"""Query and passage read together: slower than vectors, and the better judge (Nogueira and Cho 2019)."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from raglan.errors import ModelError
from raglan.models.folder import read
from raglan.models.graph import Graph, open_tokenizer
from raglan.search.view import spoken
from raglan.text.surrogates import mended
from raglan.types import Hit, Query

__all__ = ["CrossRanker"]

_READABLE = 0.5  # share of letters that the ranker must know
_BLUR = 1e-9  # how far beyond 1 rounding may take a merged score


class CrossRanker:
    """Orders the first ``depth`` hits by the ranker in the folder ``model``, and leaves the rest behind them, in order.

    A hit's score becomes the sigmoid of the ranker's, in [0, 1], and its ``by`` ends in ``+ranker``. Exact matches stay
    above all others, and those that hold more of what was named above those that hold less: the ranker orders within such
    a step, and the step is added to the score, as :class:`raglan.search.hybrid.Hybrid` adds it. What the ranker did not
    read, for its rank or for its script, stands behind what it read and scores no higher than the last of that. A query in
    a script that it cannot read leaves all as it is. The weights are loaded, and verified, at the first query. Raises
    :class:`ModelError` for a path at which no ranker lies.
    """

    def __init__(self, model: str | Path, *, depth: int = 16, threads: int = 0) -> None:
        if depth < 1:
            raise ValueError(f"depth is {depth}, must be at least 1")
        self._folder = read(Path(model).expanduser(), "ranker")
        self._reading = self._folder.reading
        self._depth = depth
        self._threads = threads
        self._lock = threading.Lock()
        self._graph: Graph | None = None
        self._tokenizer: Any = None

    def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        """The same passages in another order. Raises :class:`ModelError` for weights that are missing or damaged."""
        if not self._reads(query.text):
            return list(hits)
        ordered = sorted(hits, key=lambda hit: -_step(hit))  # exact ones come first as it is, from Hybrid
        first, rest = ordered[: self._depth], ordered[self._depth :]
        texts = [spoken(hit.passage) for hit in first]
        readable = [at for at, text in enumerate(texts) if self._reads(text)]
        if not readable:
            return list(hits)
        scores = dict(zip(readable, self._scores(query.text, [texts[at] for at in readable]), strict=True))
        judged = [at for at, hit in enumerate(first) if at in scores or _step(hit)]
        judged.sort(key=lambda at: (-_step(first[at]), -scores.get(at, -math.inf)))
        found = [_scored(first[at], scores.get(at)) for at in judged]
        left = [hit for at, hit in enumerate(first) if at not in judged] + rest
        return found + [Hit(hit.passage, min(hit.score, found[-1].score), hit.by) for hit in left]

    def _reads(self, text: str) -> bool:
        [share] = self._reading.covers([text])
        return share >= _READABLE

    def _scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """The ranker's own scores, of any size and sign, one for each of ``passages``."""
        graph = self._load()
        encode = self._tokenizer.encode_batch
        [first] = encode([mended(query)], add_special_tokens=False)
        first.truncate(self._reading.query_length or max(1, self._reading.length // 4))
        room = self._reading.length - self._tokenizer.num_special_tokens_to_add(is_pair=True) - len(first)
        rows = []
        for second in encode([mended(passage) for passage in passages], add_special_tokens=False):
            second.truncate(room)
            rows.append(self._tokenizer.post_process(first, second))
        found: list[float] = graph.run(rows).tolist()
        return found

    def _load(self) -> Graph:
        with self._lock:
            if self._graph is None:
                place, length = self._folder.place, self._reading.length
                self._tokenizer = open_tokenizer(self._folder.data("tokenizer.json"), place, length)
                made = Graph(self._folder.data("model.onnx"), place / "model.onnx", threads=self._threads)
                if made.size:
                    raise ModelError(
                        f"{place / 'model.onnx'} gives {list(made.size)} numbers a pair; a ranker gives one"
                    )
                self._graph = made
            return self._graph


def _step(hit: Hit) -> int:
    """By how much Hybrid raised an exact match, 0 for any other hit; what it raised was a merged score from 0 to 1."""
    finders = hit.by.split("+")
    if "exact" not in finders:
        return 0
    return max(1, math.floor(hit.score) if len(finders) == 1 else math.ceil(hit.score - 1 - _BLUR))


def _scored(hit: Hit, score: float | None) -> Hit:
    """``hit`` with the ranker's opinion; with none, it is at the bottom of its step."""
    if score is None:
        return Hit(hit.passage, float(_step(hit)), hit.by)
    return Hit(hit.passage, _step(hit) + _sigmoid(score), f"{hit.by}+ranker")


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
