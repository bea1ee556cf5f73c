"""Answers by a trained reader: it weighs the evidence, points at the answer in it or writes one, or sees that there is none.

What it points at stands word for word in a passage; cited is the sentence around it, and each other passage that says the
same where the reader points there, too. Votes of passages for one answer add up (Clark and Gardner 2018: one softmax over
all). What it writes cites the sentence around each stretch that it copied.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from raglan.errors import ConfigError
from raglan.generate.attending import ATTENTION, Attending
from raglan.generate.calibrated import Calibration
from raglan.generate.decoding import Decoding, decoded
from raglan.generate.electing import Features, elect
from raglan.generate.fusing import BY_VECTORS, beginnings, concatenated, known_fusion, underway
from raglan.generate.looking import Looked, look, source_of
from raglan.generate.measured import Measured
from raglan.generate.opened import opened
from raglan.generate.quoting import once, quoted
from raglan.generate.sentence import Scored, SentenceGenerator
from raglan.generate.writing import composed
from raglan.models.blocks import Source
from raglan.models.folder import CALIBRATION
from raglan.protocols import Encoder
from raglan.text.words import content_terms
from raglan.types import Citation, Draft, Evidence, Query, Span

__all__ = ["FORMS", "ReaderGenerator"]

FORMS = ("short", "sentence")
SHORT, SENTENCE = 48, 72  # word pieces at most
TWICE = 3  # so many in a row come once in a sentence


class ReaderGenerator:
    """Answers with the reader in the folder ``model``, or the shipped one of that name.

    It points at an answer, or with a ``fusion`` of :data:`raglan.generate.fusing.FUSIONS` it writes one: ``beams`` texts
    are followed at a time, 1 is greedy; with ``copies`` nothing is said but what stands in the evidence. What is written has
    a ``form``: "short", the answer alone, or "sentence", for readers that have learned both; a sentence is always written.
    A draft's ``weights`` are the reader's own over the evidence. Its ``logprob`` is the log of the probability that the
    answer is right, where the folder has a calibration, else that of the answer against there being none; of a written one
    that of its text, a token, for no calibration is known of it. The weights are loaded, and verified, at the first
    question. Fusions by vectors need the ``encoder`` that they were learned with. Raises
    :class:`raglan.errors.ModelError` for a path at which no reader lies, :class:`ConfigError` for a fusion that is not
    there, or that the reader has not learned.
    """

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
        if fusion in BY_VECTORS:
            if ATTENTION not in folder.files:
                raise ConfigError(f"{folder.place} has learned no weights by vectors: fusion {fusion!r} needs them")
            self._attending = Attending.read(folder.data(ATTENTION), folder.place / ATTENTION)

    def covers(self, text: str) -> bool:
        """Whether it reads at least half of the letters of ``text``."""
        return self._opened.covers(text)

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The answer that is likeliest; an empty draft where there is nothing to read."""
        return self.measured(query, evidence).draft

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
        attended = self._attending(query.text, sources, self._encoder) if self._attending and sources else None
        writes = writes or self._fusion not in ("", "concatenation")
        weighs = self._fusion == "attention"
        return look(self._opened, query.text, sources, writes=writes, attended=attended, weighs=weighs)

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
        chance = votes[0].chance
        sure = self._calibration.sure(measures) if self._calibration else chance / max(chance + looked.nothing, 1e-9)
        text = looked.says(votes[0])
        copies = [(Span(0, len(text)), one.source, one.span) for one in votes[0].places]
        if self._fusion:
            text, copies, sure = self._written(query, looked)
        citations = tuple(
            Citation(span, passage, quoted(copied, passage, looked.sources[at]))
            for span, at, copied in copies
            for passage in [evidence[at].passage]
        )
        draft = Draft(text, once(citations), looked.weights, math.log(max(sure, 1e-9)))
        return Measured(draft, measures, sentences)

    def _written(self, query: Query, looked: Looked) -> tuple[str, list[tuple[Span, int, Span]], float]:
        """A text, its stretches that were copied, where they stand in it and in which source, and its chance a token."""
        cutter, graph = self._opened.cutter, self._opened.graph
        known, blocks, texts = looked.known, looked.blocks, [source.text for source in looked.sources]
        shares, soft = looked.shares, looked.attended.vector if looked.attended else None
        if self._fusion == "concatenation":
            whole = concatenated(looked.sources)
            blocks = cutter(query.text, [whole])[:1]
            known, texts, shares = graph.read(blocks, writes=True), [whole.text], [1.0]
        names = [name for block in blocks for name in block.ids]
        begun = underway(graph, known, shares, self._fusion, soft=soft)
        # A sentence that answers does not ask, though most of what it can copy from is a question.
        never = frozenset(cutter.pieces("?")) if self._tells else frozenset()
        how = replace(self._how, longest=min(self._how.longest, graph.longest), never=never)
        first = cutter.telling if self._tells and cutter.telling is not None else cutter.begin
        [told, *_] = decoded(begun, names, first=first, end=cutter.end, how=how)
        text, runs = composed(told, blocks, texts, cutter, like=query.text if self._tells else "")
        copied = [(run.span, run.source, run.copied) for run in runs if run.copied]
        if self._tells:
            capital = text[:1].upper()
            text = capital + text[1:] if len(capital) == 1 else text  # spans stay where they are
            # Where an article was taken from says nothing of where the sentence is from.
            copied = [one for one in copied if content_terms(one[0].of(text))] or copied
        if self._fusion == "concatenation":
            starts = beginnings(looked.sources)
            copied = [(span, *_within(place, starts, looked.sources)) for span, _, place in copied]
        return text, copied, math.exp(told.logprob / max(1, len(told.tokens) + told.ended))


def _within(place: Span, starts: Sequence[int], sources: Sequence[Source]) -> tuple[int, Span]:
    """The source, and the characters of it, for a place in all of them as one."""
    at = max(bisect_right(starts, place.start) - 1, 0)
    most = len(sources[at].text)
    first = min(max(place.start - starts[at], 0), most)
    return at, Span(first, max(first, min(place.end - starts[at], most)))
