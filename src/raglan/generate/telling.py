"""An answer of several lines: what is told, and from where each line is quoted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from raglan.generate.features import units
from raglan.generate.scope import Scope
from raglan.text.words import content_terms
from raglan.types import Answer, Citation, Coverage, Evidence, Passage, Span

__all__ = ["Said", "Telling", "best", "mentioned", "short", "whole"]

_LONG = 300  # characters of a line


class Said(NamedTuple):
    """A sentence or a row as it is told, and where it stands in its passage."""

    says: str
    passage: Passage
    quote: Span


class Telling:
    """Lines, each with its sources."""

    def __init__(self) -> None:
        self.text = ""
        self.citations: list[Citation] = []

    def line(self, text: str, sources: Sequence[Said]) -> None:
        """One more line; raises :class:`ValueError` for one without a source."""
        if not sources:
            raise ValueError(f"{text!r} has no source; nothing is told without one")
        start = len(self.text) + bool(self.text)
        self.text += f"{chr(10) * bool(self.text)}{text}"
        span = Span(start, len(self.text))
        self.citations += (Citation(span, one.passage, one.quote) for one in sources)

    def answer(self, coverage: Coverage) -> Answer:
        """The answer; every passage that is cited is evidence, all of equal weight."""
        passages = {citation.passage.id: citation.passage for citation in self.citations}
        evidence = tuple(Evidence(passage, 1 / len(passages)) for passage in passages.values())
        share = coverage.read / coverage.matching if coverage.matching else 0.0
        return Answer(self.text, tuple(self.citations), evidence, share, coverage)


def mentioned(passage: Passage, subject: frozenset[str]) -> list[Said]:
    """The sentences of ``passage`` that hold all terms of ``subject``, or else the one that holds most of them."""
    said = [Said(says, passage, span) for span, says in units(passage)]
    full = [one for one in said if subject and subject <= _terms(one.says)]
    return full or best(passage, subject)


def best(passage: Passage, subject: frozenset[str]) -> list[Said]:
    """The sentence of ``passage`` that holds most terms of ``subject``, the first of equals; none of an empty passage."""
    said = [Said(says, passage, span) for span, says in units(passage)]
    return [max(said, key=lambda one: len(subject & _terms(one.says)))] if said else []


def whole(scope: Scope) -> frozenset[str]:
    """The terms of all subjects."""
    return frozenset(term for subject in scope.subjects for term in content_terms(subject))


def short(text: str) -> str:
    """``text`` as one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONG else f"{flat[: _LONG - 1]}…"


def _terms(text: str) -> frozenset[str]:
    return frozenset(content_terms(text))
