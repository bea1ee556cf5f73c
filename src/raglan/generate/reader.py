"""Answers by a trained reader: it weighs the evidence, points at the answer in it or writes one, or sees that there is none.

What it points at stands word for word in a passage; cited is the sentence around it, and each other passage that says the
same where the reader points there, too. Votes of passages for one answer add up (Clark and Gardner 2018: one softmax over
all). What it writes cites the sentence around each stretch that it copied.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Generator as Stream
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from raglan.errors import ConfigError
from raglan.generate.attending import ATTENTION, Attended, Attending
from raglan.generate.calibrated import Calibration
from raglan.generate.companion import Companion, companion
from raglan.generate.decoding import Decoding, Told, decoded, decoding
from raglan.generate.electing import Features, elect
from raglan.generate.fusing import BY_VECTORS, Underway, beginnings, concatenated, known_fusion, underway
from raglan.generate.looking import Looked, look, source_of
from raglan.generate.measured import Measured
from raglan.generate.opened import opened
from raglan.generate.quoting import once, quoted
from raglan.generate.sentence import Scored, SentenceGenerator
from raglan.generate.showing import in_parts, in_words
from raglan.generate.writing import Run, composed
from raglan.models.blocks import Block, Source
from raglan.models.folder import CALIBRATION
from raglan.protocols import Encoder
from raglan.text.words import content_terms
from raglan.types import Citation, Draft, Evidence, Query, Span

__all__ = ["FORMS", "ReaderGenerator"]

FORMS = ("short", "sentence")
SHORT, SENTENCE = 48, 72  # word pieces at most
TWICE = 3  # so many in a row come once in a sentence

_Copies = list[tuple[Span, int, Span]]  # where in the text, of which source, what of it


class _Page(NamedTuple):
    """The ``question``, the blocks of sources with these ``texts``, and a text that is ``begun`` on them."""

    question: str
    blocks: Sequence[Block]
    texts: Sequence[str]
    begun: Underway

    @property
    def names(self) -> list[int]:
        """The tokens of the sources."""
        return [name for block in self.blocks for name in block.ids]


class ReaderGenerator:
    """Answers with the reader in the folder ``model``, or the shipped one of that name.

    It points at an answer, or with a ``fusion`` of :data:`raglan.generate.fusing.FUSIONS` it writes one: ``beams`` texts
    are followed at a time, 1 is greedy; with ``copies`` nothing is said but what stands in the evidence. What is written has
    a ``form``: "short", the answer alone, or "sentence", for readers that have learned both; a sentence is always written.
    A draft's ``weights`` are the reader's own over the evidence. Its ``logprob`` is the log of the probability that the
    answer is right, where the folder has a calibration, else that of the answer against there being none; of a written one
    that of its text, a token, for no calibration is known of it. The weights are loaded, and verified, at the first
    question. Fusions by vectors need the ``encoder`` that they were learned with, unless it lies in the folder. Raises
    :class:`raglan.errors.ModelError` for a path at which no reader lies, :class:`ConfigError` for a fusion that is not
    there, or that the reader has not learned.
    """

    repeats = True

    @property
    def hurries(self) -> bool:
        """Whether it writes, by one beam: then first words come before the whole."""
        return bool(self._fusion) and self._how.beams == 1

    def __init__(
        self,
        model: str | Path,
        *,
        fusion: str = "",
        form: str = "short",
        beams: int = 1,
        copies: bool = False,
        threads: int = 0,
        encoder: Encoder | None = None,
    ) -> None:
        if form not in FORMS:
            raise ConfigError(f"form is {form!r}; there are {', '.join(FORMS)}")
        if fusion:
            known_fusion(fusion)
        self._fusion, self._tells = fusion or ("bias" if form == "sentence" else ""), form == "sentence"
        self._how = Decoding(beams=beams, copies=copies, longest=SHORT)
        if self._tells:
            self._how = replace(self._how, longest=SENTENCE, unlike=TWICE)
        self._opened = opened(model, threads)
        folder = self._opened.folder
        if self._tells and not self._opened.writes:
            raise ConfigError(
                f"{folder.place} has not learned to write sentences; take form 'short', or another reader"
            )
        self._calibration = (
            Calibration.read(folder.data(CALIBRATION), folder.place / CALIBRATION)
            if CALIBRATION in folder.files
            else None
        )
        self._encoder, self._sentences = encoder, SentenceGenerator(encoder)
        self._attending: Attending | None = None
        self._own: Companion | None = None
        if fusion in BY_VECTORS:
            if ATTENTION not in folder.files:
                raise ConfigError(f"{folder.place} has learned no weights by vectors: fusion {fusion!r} needs them")
            self._attending = Attending.read(folder.data(ATTENTION), folder.place / ATTENTION)
            if self._attending.query:
                self._own = companion(folder.place, self._attending.query, threads)

    def covers(self, text: str) -> bool:
        """Whether it reads at least half of the letters of ``text``."""
        return self._opened.covers(text)

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The answer that is likeliest; an empty draft where there is nothing to read."""
        if not self._fusion:
            return self.measured(query, evidence).draft
        looked = self.look(query, evidence)
        return self._fused(query, looked, evidence) if looked.votes else Draft("", logprob=-math.inf)

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]:
        """The text of :meth:`write`; returns the draft.

        What is written by one beam comes word by word, as it is decoded; what ``beams`` follow is known at the end, and what
        is pointed at when all is read.
        """
        if not self.hurries:
            return (yield from in_parts(self.write(query, evidence)))
        looked = self.look(query, evidence)
        if not looked.votes:
            return Draft("", logprob=-math.inf)
        page = self._page(query, looked)
        telling = decoding(page.begun, page.names, first=self._first, end=self._opened.cutter.end, how=self._decoding)
        told = yield from in_words(telling, lambda told: self._said(page, told)[0])
        return _draft(*self._written(page, told, looked), looked, evidence)

    @property
    def calibration(self) -> Calibration | None:
        """What makes a probability of measures, if the folder has it."""
        return self._calibration

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
                f"{self._opened.folder.place} has no calibration, so that no risk is known of it; name a threshold"
            )
        return self._calibration.threshold(risk)

    def look(self, query: Query, evidence: Sequence[Evidence], *, writes: bool = False) -> Looked:
        """What the reader makes of the evidence; with ``writes`` so that its answers can be weighed by all features."""
        sources = [source_of(piece.passage) for piece in evidence]
        attended = self._attended(query, sources) if sources else None
        writes = writes or self._fusion not in ("", "concatenation")
        weighs = self._fusion == "attention"
        return look(self._opened, query.text, sources, writes=writes, attended=attended, weighs=weighs)

    def _attended(self, query: Query, sources: Sequence[Source]) -> Attended | None:
        return self._attending(query.text, sources, self._encoder, self._own) if self._attending else None

    def features(self, query: Query, looked: Looked, evidence: Sequence[Evidence], sentences: Scored) -> list[Features]:
        """Of the likeliest answers, of what was read for writing."""
        return looked.features(self._opened, query.text, evidence, sentences.odds)

    def sentences(self, query: Query, evidence: Sequence[Evidence]) -> Scored:
        """The sentences that answers are weighed against."""
        return self._sentences.scored(query, evidence)

    def measured(self, query: Query, evidence: Sequence[Evidence]) -> Measured:
        """The draft, and what its confidence is made of; nothing where there is nothing to read."""
        # Weights fitted among passages say nothing of one alone: there the likeliest place is the better answer.
        election = self._calibration.election if self._calibration and len(evidence) > 1 else ()
        looked = self.look(query, evidence, writes=bool(election))
        votes, sentences = looked.votes, self.sentences(query, evidence)
        if not votes:
            return Measured(Draft("", logprob=-math.inf), None, sentences)
        if election and len(votes) > 1:
            at = elect(self.features(query, looked, evidence, sentences), election)
            votes = [votes[at], *votes[:at], *votes[at + 1 :]]
        measures = looked.measures(votes, query.text, evidence, sentences)
        if self._fusion:
            return Measured(self._fused(query, looked, evidence), measures, sentences)
        chance = votes[0].chance
        sure = self._calibration.sure(measures) if self._calibration else chance / max(chance + looked.nothing, 1e-9)
        text = looked.says(votes[0])
        copies = [(Span(0, len(text)), one.source, one.span) for one in votes[0].places]
        return Measured(_draft(text, copies, sure, looked, evidence), measures, sentences)

    def _fused(self, query: Query, looked: Looked, evidence: Sequence[Evidence]) -> Draft:
        """What is written from some evidence that was looked at."""
        page, end = self._page(query, looked), self._opened.cutter.end
        [told, *_] = decoded(page.begun, page.names, first=self._first, end=end, how=self._decoding)
        return _draft(*self._written(page, told, looked), looked, evidence)

    @property
    def _first(self) -> int:
        """What begins a text of this form."""
        cutter = self._opened.cutter
        return cutter.telling if self._tells and cutter.telling is not None else cutter.begin

    @property
    def _decoding(self) -> Decoding:
        # A sentence that answers does not ask, though most of what it can copy from is a question.
        never = frozenset(self._opened.cutter.pieces("?")) if self._tells else frozenset[int]()
        return replace(self._how, longest=min(self._how.longest, self._opened.graph.longest), never=never)

    def _page(self, query: Query, looked: Looked) -> _Page:
        """What is written on, and from."""
        graph, known, blocks = self._opened.graph, looked.known, looked.blocks
        texts, shares = [source.text for source in looked.sources], looked.shares
        if self._fusion == "concatenation":
            whole = concatenated(looked.sources)
            blocks = self._opened.cutter(query.text, [whole])[:1]
            known, texts, shares = graph.read(blocks, writes=True), [whole.text], [1.0]
        soft = looked.attended.vector if looked.attended else None
        return _Page(query.text, blocks, texts, underway(graph, known, shares, self._fusion, soft=soft))

    def _said(self, page: _Page, told: Told) -> tuple[str, list[Run]]:
        """The text, and its stretches; a sentence begins as one."""
        text, runs = composed(
            told, page.blocks, page.texts, self._opened.cutter, like=page.question if self._tells else ""
        )
        capital = text[:1].upper() if self._tells else text[:1]
        return (capital + text[1:] if len(capital) == 1 else text), runs  # spans stay where they are

    def _written(self, page: _Page, told: Told, looked: Looked) -> tuple[str, _Copies, float]:
        """The text, its stretches that were copied, and its chance a token."""
        text, runs = self._said(page, told)
        copied = [(run.span, run.source, run.copied) for run in runs if run.copied]
        if self._tells:
            # Where an article was taken from says nothing of where the sentence is from.
            copied = [one for one in copied if content_terms(one[0].of(text))] or copied
        if self._fusion == "concatenation":
            starts = beginnings(looked.sources)
            copied = [(span, *_within(place, starts, looked.sources)) for span, _, place in copied]
        return text, copied, math.exp(told.logprob / max(1, len(told.tokens) + told.ended))


def _draft(text: str, copies: _Copies, sure: float, looked: Looked, evidence: Sequence[Evidence]) -> Draft:
    citations = tuple(
        Citation(span, passage, quoted(copied, passage, looked.sources[at]))
        for span, at, copied in copies
        for passage in [evidence[at].passage]
    )
    return Draft(text, once(citations), looked.weights, math.log(max(sure, 1e-9)))


def _within(place: Span, starts: Sequence[int], sources: Sequence[Source]) -> tuple[int, Span]:
    """The source, and the characters of it, for a place in all of them as one."""
    at = max(bisect_right(starts, place.start) - 1, 0)
    most = len(sources[at].text)
    first = min(max(place.start - starts[at], 0), most)
    return at, Span(first, max(first, min(place.end - starts[at], most)))
