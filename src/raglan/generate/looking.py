"""What a reader makes of a question's evidence before it answers: where it points, how much each passage counts.

Near: :mod:`raglan.generate.reader`, which answers from it, and :mod:`raglan.generate.electing`, which chooses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.generate.attending import Attended
from raglan.generate.calibrated import Measures
from raglan.generate.electing import MOST, Features, Given, features
from raglan.generate.features import Candidate
from raglan.generate.opened import Opened
from raglan.generate.pointing import Voted, elected, pointed, said
from raglan.generate.sentence import Scored
from raglan.generate.wanted import fits
from raglan.models.blocks import Block, Source
from raglan.models.reader import Known
from raglan.types import Evidence, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_SENTENCE = -6.0  # log-odds of what stands in no sentence, such as one that only says what the question says

__all__ = ["NO_SENTENCE", "Looked", "best_sentence", "look", "softmax", "source_of"]


@dataclass(frozen=True, slots=True)
class Looked:
    """``sources``, their ``blocks`` and what is ``known`` of these; ``votes`` for answers, and the chance of ``nothing``.

    ``attended`` are weights of the sources by vectors, if there are some.
    """

    sources: list[Source]
    blocks: list[Block]
    known: Known
    votes: list[Voted]
    nothing: float
    attended: Attended | None = None

    @property
    def support(self) -> list[float]:
        """For each source its log-odds to answer; of several blocks the one that answers best counts."""
        best = [-math.inf] * len(self.sources)
        for block, support in zip(self.blocks, self.known.support.tolist(), strict=True):
            best[block.source] = max(best[block.source], support)
        return best

    @property
    def weights(self) -> tuple[float, ...]:
        """For each source its share of the reader's trust."""
        return self.attended.weights if self.attended else tuple(softmax(self.support))

    @property
    def shares(self) -> list[float]:
        """The same of each block."""
        if self.attended is None:
            return softmax(self.known.support.tolist())
        return [self.attended.weights[block.source] for block in self.blocks]

    def says(self, vote: Voted) -> str:
        """An answer as the likeliest of its places has it."""
        first = vote.places[0]
        return said(first, self.sources[first.source].text)

    def features(
        self, by: Opened, question: str, evidence: Sequence[Evidence], odds: Sequence[tuple[Candidate, float]]
    ) -> list[Features]:
        """Of the likeliest answers; what is known must have been read for writing. ``odds`` are those of sentences."""
        votes = self.votes[:MOST]
        says = [self.says(vote) for vote in votes]
        ends = by.cutter.begin, by.cutter.end
        texts = [by.cutter.pieces(text)[: by.graph.longest] for text in says]
        written = by.graph.logs(self.known, texts, ends, self.shares)
        sentence = [best_sentence(vote, self.sources, evidence, odds) for vote in votes]
        return features(votes, says, written, sentence, Given(question, evidence, self.support))

    def measures(
        self, votes: Sequence[Voted], question: str, evidence: Sequence[Evidence], sentences: Scored
    ) -> Measures:
        """What makes one sure of the first of ``votes``."""
        own = best_sentence(votes[0], self.sources, evidence, sentences.odds)
        alone = Measures.of([one.chance for one in votes], self.nothing, max(self.support))
        return alone.beside(sentences, own, fits(self.says(votes[0]), question))


def best_sentence(
    vote: Voted, sources: Sequence[Source], evidence: Sequence[Evidence], odds: Sequence[tuple[Candidate, float]]
) -> float:
    """The log-odds of the best sentence that holds an answer; of a row that is read otherwise, those of the row."""
    whole = {
        at
        for at, (source, piece) in enumerate(zip(sources, evidence, strict=True))
        if source.text != piece.passage.text
    }
    return max(
        (
            score
            for candidate, score in odds
            for place in vote.places
            if candidate.passage == place.source and (place.source in whole or candidate.span.overlaps(place.span))
        ),
        default=NO_SENTENCE,
    )


def look(
    by: Opened,
    question: str,
    sources: list[Source],
    *,
    writes: bool,
    attended: Attended | None = None,
    weighs: bool = False,
) -> Looked:
    """Read ``sources``; with ``writes`` one can write from them, with ``weighs`` what is ``attended`` weighs pointing."""
    blocks = by.cutter(question, sources)
    if not any(block.spans for block in blocks):
        blocks = []  # titles alone hold no answer
    known = by.graph.read(blocks, writes=writes and bool(blocks))
    found = Looked(sources, blocks, known, [], 1.0, attended)
    looks = by.graph.looks(found.shares) if weighs and attended else None
    places, nothing = pointed(*_logs(known, blocks, looks), blocks)
    votes = elected(places, [source.text for source in sources]) if places else []
    return Looked(sources, blocks, known, votes, nothing, attended)


def source_of(passage: Passage) -> Source:
    """A passage as it is read: a table row with the names of its columns."""
    source, reading = Source.of(passage), str(passage.meta.get("reading", ""))
    return source._replace(text=reading) if reading and passage.meta.get("row") else source


def softmax(logits: Sequence[float]) -> list[float]:
    """Shares that sum to 1."""
    top = max(logits)
    shares = [math.exp(one - top) for one in logits]
    return [share / sum(shares) for share in shares]


def _logs(
    known: Known, blocks: Sequence[Block], looks: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The logs of chances that an answer starts, and ends, at each token: each sums to 1 over all blocks.

    ``looks`` [n] is added to the logits of each block.
    """
    import numpy as np

    allowed = np.zeros(known.ends.shape[:2], bool)
    for row, block in zip(allowed, blocks, strict=True):
        row[0] = True
        row[block.first : block.first + len(block.spans)] = True
    given = known.ends if looks is None else known.ends + looks[:, None, None]
    logits = np.where(allowed[:, :, None], given, -np.inf).astype(np.float64)
    top = logits.max(axis=(0, 1), initial=-np.inf)
    with np.errstate(divide="ignore"):
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=(0, 1)))
    start, end = logs.astype(np.float32).transpose(2, 0, 1)
    return start, end
