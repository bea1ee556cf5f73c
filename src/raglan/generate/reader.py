"""Answers by a trained reader: it weighs the evidence, points at the answer in it or writes one, or sees that there is none.

What it points at stands word for word in a passage; cited is the sentence around it, and each other passage that says the
same where the reader points there, too. Votes of passages for one answer add up (Clark and Gardner 2018: one softmax over
all). What it writes cites the sentence around each stretch that it copied.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.decoding import Decoding, decoded
from raglan.generate.fusing import beginnings, concatenated, known_fusion, underway
from raglan.generate.pointing import elected, pointed, said
from raglan.generate.writing import composed
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
    """Answers with the reader in the folder ``model``.

    It points at an answer, or with a ``fusion`` of :data:`raglan.generate.fusing.FUSIONS` it writes one: ``beams`` texts
    are followed at a time, 1 is greedy; with ``copies`` nothing is said but what stands in the evidence.
    A draft's ``weights`` are the reader's own over the evidence. Its ``logprob`` is the log of the probability that the
    answer is right, where the folder has a calibration, else that of the answer against there being none; of a written one
    that of its text, a token, for no calibration is known of it. The weights are
    loaded, and verified, at the first question. Raises :class:`raglan.errors.ModelError` for a path at which no reader lies,
    :class:`ConfigError` for a fusion that is not there.
    """

    def __init__(
        self, model: str | Path, *, fusion: str = "", beams: int = 1, copies: bool = False, threads: int = 0
    ) -> None:
        if fusion:
            known_fusion(fusion)
        self._fusion, self._how = fusion, Decoding(beams=beams, copies=copies)
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
        if self._fusion:
            raise ConfigError(
                "a risk is known of answers that a reader points at, not of what it writes; name a threshold"
            )
        if self._calibration is None:
            raise ConfigError(
                f"{self._folder.place} has no calibration, so that no risk is known of it; name a threshold"
            )
        return self._calibration.threshold(risk)

    def measured(self, query: Query, evidence: Sequence[Evidence]) -> tuple[Draft, Measures | None]:
        """The draft, and what its confidence is made of; nothing where there is nothing to read."""
        cutter, graph = self._load()
        passages = [piece.passage for piece in evidence]
        sources = [Source.of(passage) for passage in passages]
        blocks = cutter(query.text, sources)
        known = graph.read(blocks, writes=self._fusion not in ("", "concatenation"))
        found, nothing = pointed(*_logs(known, blocks), blocks)
        if not found:
            return Draft("", logprob=-math.inf), None
        weights = _weights(known, blocks, len(evidence))
        votes = elected(found, [passage.text for passage in passages])
        places, chance = votes[0]
        measures = Measures.of([one.chance for one in votes], nothing, float(known.support.max()))
        sure = self._calibration.sure(measures) if self._calibration else chance / max(chance + nothing, 1e-9)
        text = said(places[0], passages[places[0].source].text)
        quoted = [(Span(0, len(text)), one.source, one.span) for one in places]
        if self._fusion:
            text, quoted, sure = self._written(query, sources, blocks, known)
        citations = tuple(
            Citation(span, passages[source], _around(copied, passages[source].text)) for span, source, copied in quoted
        )
        return Draft(text, _once(citations), weights, math.log(max(sure, 1e-9))), measures

    def _written(
        self, query: Query, sources: Sequence[Source], blocks: Sequence[Block], known: Known
    ) -> tuple[str, list[tuple[Span, int, Span]], float]:
        """A text, its stretches that were copied, where they stand in it and in which source, and its chance a token."""
        cutter, graph = self._load()
        texts = [source.text for source in sources]
        if self._fusion == "concatenation":
            whole = concatenated(sources)
            blocks = cutter(query.text, [whole])[:1]
            known, texts = graph.read(blocks, writes=True), [whole.text]
        names = [name for block in blocks for name in block.ids]
        shares = _softmax(known.support.tolist())
        begun = underway(graph, known, shares, self._fusion)
        how = replace(self._how, longest=min(self._how.longest, graph.longest))
        [told, *_] = decoded(begun, names, first=cutter.begin, end=cutter.end, how=how)
        text, runs = composed(told, blocks, texts, cutter)
        copied = [(run.span, run.source, run.copied) for run in runs if run.copied]
        if self._fusion == "concatenation":
            starts = beginnings(sources)
            copied = [(span, *_within(place, starts, sources)) for span, _, place in copied]
        return text, copied, math.exp(told.logprob / max(1, len(told.tokens) + told.ended))

    def _load(self) -> tuple[Cutter, ReaderGraph]:
        with self._lock:
            if self._loaded is None:
                folder, reading = self._folder, self._folder.reading
                tokenizer = open_tokenizer(folder.data("tokenizer.json"), folder.place, reading.length)
                cutter = Cutter.of(tokenizer, reading)
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
    return tuple(_softmax(best))


def _softmax(logits: Sequence[float]) -> list[float]:
    top = max(logits)
    shares = [math.exp(one - top) for one in logits]
    return [share / sum(shares) for share in shares]


def _within(place: Span, starts: Sequence[int], sources: Sequence[Source]) -> tuple[int, Span]:
    """The source, and the characters of it, for a place in all of them as one."""
    at = max(bisect_right(starts, place.start) - 1, 0)
    most = len(sources[at].text)
    first = min(max(place.start - starts[at], 0), most)
    return at, Span(first, max(first, min(place.end - starts[at], most)))


def _around(span: Span, text: str) -> Span:
    """The sentences that ``span`` touches, as one stretch."""
    touched = [one for one in sentences(text) if one.overlaps(span)]
    return Span(touched[0].start, touched[-1].end) if touched else span


def _once(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    seen: dict[Any, Citation] = {}
    for one in citations:
        seen.setdefault((one.passage.id, one.quote), one)
    return tuple(seen.values())
