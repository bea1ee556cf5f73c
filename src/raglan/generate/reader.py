"""Answers by a trained reader: it points at them in the evidence, weighs the evidence, and sees when there is none.

What it says stands word for word in a passage; cited is the sentence around it, and each other passage that says the same
where the reader points there, too. Votes of passages for one answer add up (Clark and Gardner 2018: one softmax over all).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.pointing import elected, pointed, said
from raglan.models.blocks import Block, Cutter, Source
from raglan.models.folder import CALIBRATION, read
from raglan.models.graph import open_tokenizer
from raglan.models.reader import Known, ReaderGraph
from raglan.text.sentences import sentences
from raglan.types import Citation, Draft, Evidence, Query, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ReaderGenerator"]


class ReaderGenerator:
    """Points at answers with the reader in the folder ``model``.

    A draft's ``weights`` are the reader's own over the evidence. Its ``logprob`` is the log of the probability that the
    answer is right, where the folder has a calibration, else that of the answer against there being none. The weights are
    loaded, and verified, at the first question. Raises :class:`raglan.errors.ModelError` for a path at which no reader lies.
    """

    def __init__(self, model: str | Path, *, threads: int = 0) -> None:
        self._folder = read(Path(model).expanduser(), "reader")
        self._threads = threads
        self._calibration = (
            Calibration.read(self._folder.data(CALIBRATION), self._folder.place / CALIBRATION)
            if CALIBRATION in self._folder.files
            else None
        )
        self._lock = threading.Lock()
        self._loaded: tuple[Cutter, ReaderGraph] | None = None

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The answer that is likeliest; an empty draft where there is nothing to read."""
        return self.measured(query, evidence)[0]

    def threshold(self, risk: float) -> float:
        """The least confidence from which at most ``risk`` of the answers are wrong.

        Raises :class:`ConfigError` where it is not known, or cannot be kept.
        """
        if self._calibration is None:
            raise ConfigError(
                f"{self._folder.place} has no calibration, so that no risk is known of it; name a threshold"
            )
        return self._calibration.threshold(risk)

    def measured(self, query: Query, evidence: Sequence[Evidence]) -> tuple[Draft, Measures | None]:
        """The draft, and what its confidence is made of; nothing where there is nothing to read."""
        cutter, graph = self._load()
        blocks = cutter(query.text, [Source.of(piece.passage) for piece in evidence])
        known = graph.read(blocks)
        found, nothing = pointed(*_logs(known, blocks), blocks)
        if not found:
            return Draft("", logprob=-math.inf), None
        weights = _weights(known, blocks, len(evidence))
        passages = [piece.passage for piece in evidence]
        votes = elected(found, [passage.text for passage in passages])
        places, chance = votes[0]
        measures = Measures.of([one.chance for one in votes], nothing, float(known.support.max()))
        sure = self._calibration.sure(measures) if self._calibration else chance / max(chance + nothing, 1e-9)
        text = said(places[0], passages[places[0].source].text)
        whole = Span(0, len(text))
        citations = tuple(
            Citation(whole, passages[one.source], _around(one.span, passages[one.source].text)) for one in places
        )
        return Draft(text, _once(citations), weights, math.log(max(sure, 1e-9))), measures

    def _load(self) -> tuple[Cutter, ReaderGraph]:
        with self._lock:
            if self._loaded is None:
                folder, reading = self._folder, self._folder.reading
                tokenizer = open_tokenizer(folder.data("tokenizer.json"), folder.place, reading.length)
                cutter = Cutter(tokenizer, length=reading.length, query_length=reading.query_length)
                place = folder.place / "model.onnx"
                self._loaded = cutter, ReaderGraph(folder.data("model.onnx"), place, threads=self._threads)
            return self._loaded


def _logs(known: Known, blocks: Sequence[Block]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The logs of chances that an answer starts, and ends, at each token: each sums to 1 over all blocks."""
    import numpy as np

    allowed = np.zeros(known.ends.shape[:2], bool)
    for row, block in zip(allowed, blocks, strict=True):
        row[0] = True
        row[block.first : block.first + len(block.spans)] = True
    logits = np.where(allowed[:, :, None], known.ends, -np.inf).astype(np.float64)
    top = logits.max(axis=(0, 1), initial=-np.inf)
    with np.errstate(divide="ignore"):
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=(0, 1)))
    start, end = logs.astype(np.float32).transpose(2, 0, 1)
    return start, end


def _weights(known: Known, blocks: Sequence[Block], count: int) -> tuple[float, ...]:
    """For each passage its share of the reader's trust; of several blocks the one that answers best counts."""
    best = [-math.inf] * count
    for block, support in zip(blocks, known.support.tolist(), strict=True):
        best[block.source] = max(best[block.source], support)
    top = max(best)
    shares = [math.exp(one - top) for one in best]
    return tuple(share / sum(shares) for share in shares)


def _around(span: Span, text: str) -> Span:
    """The sentences that ``span`` touches, as one stretch."""
    touched = [one for one in sentences(text) if one.overlaps(span)]
    return Span(touched[0].start, touched[-1].end) if touched else span


def _once(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    seen: dict[Any, Citation] = {}
    for one in citations:
        seen.setdefault((one.passage.id, one.quote), one)
    return tuple(seen.values())
