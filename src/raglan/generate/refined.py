"""A draft is judged before it is given: what its sources do not carry goes, or gives way to what they say.

Written, judged, written again: near Self-RAG (Asai et al. 2024) and CRAG (Yan et al. 2024), whose judges are models; here it
is whoever judges answers anyway. A second draft is asked for only where the first one is at fault, from the same evidence in
another order: first what carries most of the draft, or else of the question. It is taken only if more of it is carried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from raglan.errors import ConfigError
from raglan.generate.features import Candidate, candidates
from raglan.generate.numbers import claimed
from raglan.generate.overlap import OverlapCritic
from raglan.generate.support import Rarity, carried, rarity, support
from raglan.protocols import Critic, Generator
from raglan.text.sentences import sentences
from raglan.types import Answer, Citation, Draft, Evidence, Query, Span

__all__ = ["Refined"]

_SAYS = 0.5  # of what a sentence is about: enough for another to stand in its place


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a draft, the blank before it, and its citations, counted from its beginning."""

    gap: str
    text: str
    cited: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A draft in sentences, and for each the score and whether that is enough."""

    draft: Draft
    sentences: tuple[_Sentence, ...]
    scores: tuple[float, ...]
    kept: tuple[bool, ...]

    @property
    def score(self) -> float:
        """How far a sentence of it is carried, in the mean; 0 for a draft that says nothing."""
        return fsum(self.scores) / max(1, len(self.scores))


class Refined:
    """What ``generator`` writes, without what ``critic`` finds unsupported.

    Each sentence is judged with its own citations. One that is at fault is replaced by the sentence of the evidence that
    says most of it, if there is such, word for word and cited, or left out; nothing is left of a draft that is all at fault.
    Before that the generator is asked up to ``rounds`` times more. A draft without fault is given as it is; of another,
    ``logprob`` is that of the draft which it was made of.

    States no risk and shows nothing while it writes, whatever ``generator`` does: what is measured of its answers is not
    true of these, and nothing is sure before all is judged. Raises :class:`ConfigError` for fewer than 0 ``rounds``.
    """

    def __init__(self, generator: Generator, critic: Critic | None = None, *, rounds: int = 1) -> None:
        if rounds < 0:
            raise ConfigError(f"rounds={rounds}: must be 0 or more")
        self.generator = generator
        self.critic = critic or OverlapCritic()
        self.rounds = rounds

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The best draft, without faults; an empty one where nothing is left."""
        best, asked = self._judged(query, self.generator.write(query, evidence), evidence), [list(range(len(evidence)))]
        for _ in range(self.rounds):
            order = _order(query, best, evidence)
            if all(best.kept) or order in asked:
                break  # without fault, or asked for before
            asked.append(order)
            again = self.generator.write(query, _ordered(evidence, order))
            found = self._judged(query, _restored(again, order), evidence)
            best = found if found.score > best.score else best
        return best.draft if all(best.kept) else self._mended(query, best, evidence)

    def _judged(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> _Judged:
        parts = _sentences(draft) if draft.text.strip() else ()
        verdicts = [self.critic.judge(query, Answer(one.text, one.cited, tuple(evidence))) for one in parts]
        return _Judged(draft, parts, tuple(one.score for one in verdicts), tuple(one.supported for one in verdicts))

    def _mended(self, query: Query, judged: _Judged, evidence: Sequence[Evidence]) -> Draft:
        """What was kept, and sentences of the evidence in place of the others, none of them twice."""
        pairs = list(zip(judged.sentences, judged.kept, strict=True))
        used = [citation for one, kept in pairs if kept for citation in one.cited]
        found, made = _Evidence.of(query, evidence), list[_Sentence]()
        for one, kept in pairs:
            new = one if kept else self._instead(one, found, used)
            if new:
                made.append(new)
                used += new.cited
        return _joined(judged.draft, made)

    def _instead(self, fault: _Sentence, found: _Evidence, used: Sequence[Citation]) -> _Sentence | None:
        """The sentence of the evidence that says what ``fault`` is about; nothing if none does, or it is said already."""
        best = found.saying(fault.text)
        if best is None:
            return None
        passage = found.evidence[best.passage].passage
        if any(one.passage.id == passage.id and one.quote.overlaps(best.span) for one in used):
            return None
        cited = (Citation(Span(0, len(best.says)), passage, best.span),)
        fair = self.critic.judge(found.query, Answer(best.says, cited, tuple(found.evidence))).supported
        return _Sentence(fault.gap, best.says, cited) if fair else None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The sentences of evidence, and how much a term of theirs weighs."""

    query: Query
    evidence: Sequence[Evidence]
    known: Sequence[Candidate]
    weight: Rarity

    @classmethod
    def of(cls, query: Query, evidence: Sequence[Evidence]) -> _Evidence:
        return cls(query, evidence, candidates(query, evidence), rarity(piece.passage for piece in evidence))

    def saying(self, text: str) -> Candidate | None:
        """The sentence that says most of ``text``, whatever its numbers: those of the source are the right ones."""
        numbers = claimed(text)
        scores = [
            carried(text, [(self.evidence[one.passage].passage, one.span)], self.weight, known=numbers)
            for one in self.known
        ]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        return self.known[best] if best is not None and scores[best] >= _SAYS else None


def _sentences(draft: Draft) -> tuple[_Sentence, ...]:
    spans = sentences(draft.text)
    ends = [0, *(span.end for span in spans)]
    return tuple(
        _Sentence(draft.text[end : span.start], span.of(draft.text), _within(draft.citations, span))
        for end, span in zip(ends, spans, strict=False)
    )


def _within(citations: Sequence[Citation], span: Span) -> tuple[Citation, ...]:
    """The citations of ``span``, as far as they reach into it, counted from its start."""
    return tuple(
        replace(one, span=Span(max(one.span.start, span.start) - span.start, min(one.span.end, span.end) - span.start))
        for one in citations
        if one.span.overlaps(span)
    )


def _joined(draft: Draft, parts: Sequence[_Sentence]) -> Draft:
    text, citations = "", list[Citation]()
    for one in parts:
        text += one.gap if text else ""
        citations += (replace(each, span=each.span.shift(len(text))) for each in one.cited)
        text += one.text
    return replace(draft, text=text, citations=tuple(citations))


def _order(query: Query, judged: _Judged, evidence: Sequence[Evidence]) -> list[int]:
    """The places of ``evidence``: first what carries most of what was said and kept, then of what was said, then asked."""
    weight = rarity(piece.passage for piece in evidence)

    def carries(at: int) -> tuple[float, float, float]:
        passage = evidence[at].passage
        scores = [support(one.text, passage, weight).score for one in judged.sentences]
        kept = [score for score, fair in zip(scores, judged.kept, strict=True) if fair]
        return max(kept, default=0.0), max(scores, default=0.0), support(query.text, passage, weight).score

    return sorted(range(len(evidence)), key=carries, reverse=True)


def _ordered(evidence: Sequence[Evidence], order: Sequence[int]) -> list[Evidence]:
    """The same passages in another order, with the same weights, the largest first."""
    weights = sorted((piece.weight for piece in evidence), reverse=True)
    return [Evidence(evidence[at].passage, weight) for at, weight in zip(order, weights, strict=True)]


def _restored(draft: Draft, order: Sequence[int]) -> Draft:
    """``draft`` with its own weights, if it has some, in the order in which the evidence was before."""
    if not draft.weights:
        return draft
    weights = dict(zip(order, draft.weights, strict=True))
    return replace(draft, weights=tuple(weights[at] for at in sorted(weights)))
