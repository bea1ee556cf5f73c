"""Answers in Chinese by the small network that points at characters: an answer word for word, and the sentence around it.

Near: :mod:`raglan.generate.reader`, the transformer for other scripts; what an answer is made of, and what is cited for it,
is the same.
"""

from __future__ import annotations

import math
from collections.abc import Generator as Stream
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from raglan.errors import ConfigError
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.features import Candidate
from raglan.generate.looking import NO_SENTENCE, best_sentence, softmax, source_of
from raglan.generate.measured import Measured
from raglan.generate.pointing import Pointed, elected, said
from raglan.generate.quoting import once, quoted
from raglan.generate.sentence import SentenceGenerator
from raglan.generate.showing import in_parts
from raglan.generate.wanted import fits
from raglan.models.aligned import Units, units
from raglan.models.blocks import Source
from raglan.models.folder import Reading
from raglan.models.pointer import MOST, Pointer, Pointings, Table
from raglan.models.shipped import SHIPPED, shipped
from raglan.models.static import unpacked
from raglan.protocols import Encoder
from raglan.types import Citation, Draft, Evidence, Query, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["POINTER", "WORDS", "PointerGenerator", "opened", "vectors"]

POINTER, WORDS = "pointer-zh.npz", "static-zh.npz"
_FITTED = "pointer-zh.json"
_CHINESE = Reading(scripts=("Hani",))
_STRETCH = 2000  # units that are read at once
_TRIED = 40  # of the likeliest places
LEANING = 1.0  # chosen on development halves


class PointerGenerator:
    """Answers from Chinese passages with the weights ``pointer``, or the shipped ones, which are loaded at the first use.

    To the logit of a stretch is added ``leaning`` times the log-odds of its sentence to answer, as
    :class:`raglan.generate.sentence.SentenceGenerator` has them with ``encoder``: the one knows which sentence, the other
    where in it. A draft's ``weights`` are the network's own over the evidence; its ``logprob`` is the log of the probability
    that the answer is right, by ``calibration``, or of it against there being none.
    """

    repeats, hurries = True, False

    def __init__(
        self,
        pointer: Pointer | None = None,
        calibration: Calibration | None = None,
        *,
        encoder: Encoder | None = None,
        leaning: float = LEANING,
    ) -> None:
        self._pointer = pointer
        self._calibration = calibration
        self._sentences, self._leaning = SentenceGenerator(encoder), leaning
        if pointer is None and calibration is None and _FITTED in SHIPPED:
            self._calibration = Calibration.read(shipped(_FITTED), _FITTED)

    def covers(self, text: str) -> bool:
        """Whether at least half of the letters of ``text`` are Chinese."""
        return _CHINESE.covers([text])[0] >= 0.5

    def threshold(self, risk: float) -> float:
        """The least confidence from which at most ``risk`` of the answers are wrong.

        Raises :class:`ConfigError` where it is not known, or cannot be kept.
        """
        if self._calibration is None:
            raise ConfigError("this pointer has no calibration, so that no risk is known of it; name a threshold")
        return self._calibration.threshold(risk)

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The answer that is likeliest; an empty draft where there is nothing to read."""
        return self.measured(query, evidence).draft

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]:
        """The answer, which is known when all is read; returns the draft."""
        return in_parts(self.write(query, evidence))

    @property
    def calibration(self) -> Calibration | None:
        """What makes a probability of measures, if it is known."""
        return self._calibration

    def measured(self, query: Query, evidence: Sequence[Evidence]) -> Measured:
        """The draft, and what its confidence is made of; nothing where there is nothing to read."""
        sources = [source_of(piece.passage) for piece in evidence]
        asked = units(query.text)
        read = [(at, part) for at, source in enumerate(sources) for part in _stretches(units(source.text))]
        sentences = self._sentences.scored(query, evidence)
        if not asked.names or not read:
            return Measured(Draft("", logprob=-math.inf), None, sentences)
        told = (self._pointer or opened()).read(asked, [part for _, part in read])
        odds = sentences.odds
        told = [
            one._replace(spans=one.spans + self._leaning * _leans(at, part, sources, evidence, odds)[:, None])
            for (at, part), one in zip(read, told, strict=True)
        ]
        places, nothing, own = _pointed(read, told, len(sources))
        votes = elected(places, [source.text for source in sources])
        best = votes[0]
        text = said(best.places[0], sources[best.places[0].source].text)
        stands = best_sentence(best, sources, evidence, odds)
        alone = Measures.of([one.chance for one in votes], nothing, max(own))
        measures = alone.beside(sentences, stands, fits(text, query.text))
        sure = self._calibration.sure(measures) if self._calibration else best.chance / max(best.chance + nothing, 1e-9)
        citations = [
            Citation(Span(0, len(text)), passage, quoted(one.span, passage, sources[one.source]))
            for one in best.places
            for passage in [evidence[one.source].passage]
        ]
        draft = Draft(text, once(citations), tuple(softmax(own)), math.log(max(sure, 1e-9)))
        return Measured(draft, measures, sentences)


@cache
def opened() -> Pointer:
    """The shipped network; raises :class:`raglan.errors.ModelError` where it is missing or was changed."""
    return Pointer(shipped(POINTER), POINTER, vectors())


@cache
def vectors() -> Table:
    """The vectors of characters and pairs that are in the box."""
    import numpy as np

    found = unpacked(shipped(WORDS), WORDS)
    rows = np.concatenate([np.zeros((1, found.rows.shape[1])), found.rows * found.scales[:, None]]).astype(np.float32)
    return Table({word: at for at, word in enumerate(found.words, 1)}, rows)


def _stretches(text: Units) -> Iterator[Units]:
    """A text in parts that overlap by the longest answer."""
    for start in range(0, max(1, len(text.names) - MOST), _STRETCH - MOST) if text.names else ():
        yield Units(text.names[start : start + _STRETCH], text.spans[start : start + _STRETCH])


def _leans(
    at: int,
    part: Units,
    sources: Sequence[Source],
    evidence: Sequence[Evidence],
    odds: Sequence[tuple[Candidate, float]],
) -> NDArray[np.float32]:
    """For each unit of a part of the source ``at`` the log-odds of its sentence; of a row, those of its best."""
    import numpy as np

    own = [(one.span, score) for one, score in odds if one.passage == at]
    if sources[at].text != evidence[at].passage.text:
        return np.full(len(part.names), max((score for _, score in own), default=NO_SENTENCE), np.float32)
    found = np.full(len(part.names), NO_SENTENCE, np.float32)
    starts = np.array([start for start, _ in part.spans])
    for span, score in own:
        found[(starts >= span.start) & (starts < span.end)] = score
    return found


def _pointed(
    read: Sequence[tuple[int, Units]], told: Sequence[Pointings], count: int
) -> tuple[list[Pointed], float, list[float]]:
    """The likeliest answers, the chance that there is none, and for each of ``count`` sources its log-odds to answer."""
    import numpy as np

    logits = np.concatenate([one.spans.ravel() for one in told]).astype(np.float64)
    nothing = np.array([one.nothing for one in told], np.float64)
    whole = _summed(np.concatenate([logits, nothing]))
    starts = np.cumsum([0, *(one.spans.size for one in told)])
    found: dict[tuple[int, Span], float] = {}
    for at in np.argsort(-logits, kind="stable")[:_TRIED]:
        chance = math.exp(logits[at] - whole)
        part = int(np.searchsorted(starts, at, side="right")) - 1
        first, more = divmod(int(at - starts[part]), MOST)
        source, own = read[part]
        if chance and first + more < len(own.spans):
            span = Span(own.spans[first][0], own.spans[first + more][1])
            found[source, span] = found.get((source, span), 0.0) + chance
    odds = [-math.inf] * count
    for (source, _), one in zip(read, told, strict=True):
        odds[source] = max(odds[source], _summed(one.spans.ravel()) - one.nothing)
    made = [Pointed(source, span, chance) for (source, span), chance in found.items()]
    made.sort(key=lambda one: (-one.chance, one.source, one.span.start, one.span.end))
    return made, min(1.0, math.fsum(np.exp(nothing - whole))), odds


def _summed(logits: NDArray[np.floating]) -> float:
    """The log of the sum of what they are logs of."""
    import numpy as np

    top = float(logits.max())
    return top + math.log(float(np.exp(logits - top).sum()))
