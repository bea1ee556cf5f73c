"""Readers for what they read, and another generator for the rest: `either` is what answers by default."""

from __future__ import annotations

from collections.abc import Generator as Stream
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from raglan.errors import ConfigError
from raglan.generate.either import LEEWAY, Either
from raglan.generate.pointer import POINTER, PointerGenerator
from raglan.generate.reader import ReaderGenerator
from raglan.generate.sentence import SentenceGenerator
from raglan.generate.showing import in_parts
from raglan.models.shipped import READERS, SHIPPED
from raglan.protocols import Encoder, Generator, Repeats, StatesRisk, Streams, hurries
from raglan.types import Draft, Evidence, Query

__all__ = ["Reads", "Routed", "either", "reader"]


class Reads(Generator, Protocol):
    """A generator that knows which texts it reads."""

    def covers(self, text: str) -> bool:
        """Whether it reads at least half of a text."""
        ...


class Routed:
    """A question goes to the first of ``readers`` that reads it, with the evidence that this one reads; else ``otherwise``.

    An English reader sees nothing in Chinese passages: they have no weight in what it answers.
    """

    def __init__(self, readers: Sequence[Reads], otherwise: Generator) -> None:
        self._readers, self._otherwise = list(readers), otherwise

    @property
    def repeats(self) -> bool:
        """Whether all of them do."""
        return all(isinstance(one, Repeats) and one.repeats for one in (*self._readers, self._otherwise))

    @property
    def hurries(self) -> bool:
        """Whether first words of one of them come before the whole."""
        return any(isinstance(one, Streams) and hurries(one) for one in (*self._readers, self._otherwise))

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The answer of whoever reads the question and some of the evidence."""
        who, reads = self._chosen(query, evidence)
        return _spread(who.write(query, _read(evidence, reads)), reads)

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]:
        """The same as it is written; at once from who does not stream. Returns the draft."""
        who, reads = self._chosen(query, evidence)
        read = _read(evidence, reads)
        draft = yield from who.stream(query, read) if isinstance(who, Streams) else in_parts(who.write(query, read))
        return _spread(draft, reads)

    def _chosen(self, query: Query, evidence: Sequence[Evidence]) -> tuple[Generator, list[bool]]:
        """Who answers, and which of the evidence it reads."""
        for one in self._readers:
            if any(reads := [one.covers(query.text) and one.covers(piece.passage.text) for piece in evidence]):
                return one, reads
        return self._otherwise, [True] * len(evidence)

    def threshold(self, risk: float) -> float:
        """The least confidence from which at most ``risk`` of the answers are wrong, whoever gives them.

        Raises :class:`ConfigError` where one of them does not know it, or cannot keep it.
        """
        parts = [*self._readers, self._otherwise]
        states = [one for one in parts if isinstance(one, StatesRisk)]
        if len(states) < len(parts):
            raise ConfigError(f"{type(self._otherwise).__name__} states no risk; name a threshold instead")
        return max(one.threshold(risk) for one in states)


def _read(evidence: Sequence[Evidence], reads: Sequence[bool]) -> list[Evidence]:
    return [piece for piece, read in zip(evidence, reads, strict=True) if read]


def _spread(draft: Draft, reads: Sequence[bool]) -> Draft:
    """The draft with no weight on what was not read."""
    weights = iter(draft.weights)
    return replace(draft, weights=tuple(next(weights) if read else 0.0 for read in reads)) if draft.weights else draft


def reader(
    model: str = "",
    *,
    fusion: str = "",
    form: str = "short",
    beams: int = 1,
    copies: bool = False,
    threads: int = 0,
    encoder: Encoder | None = None,
) -> Generator:
    """The reader at ``model``; without one, those that are shipped, and sentences where none of them reads.

    The other options are those of :class:`ReaderGenerator`. What points at Chinese answers cannot write: with a ``fusion``,
    or another ``form`` than "short", Chinese questions are answered by sentences.
    """
    made: list[Reads] = [
        ReaderGenerator(one, fusion=fusion, form=form, beams=beams, copies=copies, threads=threads, encoder=encoder)
        for one in ([model] if model else READERS)
    ]
    if model:
        return made[0]
    if POINTER in SHIPPED and not fusion and form == "short":
        made.append(PointerGenerator(encoder=encoder))
    return Routed(made, SentenceGenerator(encoder))


def either(model: str = "", *, leeway: float = LEEWAY, threads: int = 0, encoder: Encoder | None = None) -> Generator:
    """What a reader points at, or sentences, whichever is likelier right.

    ``model`` is the folder of a reader, or the name of one in the box, ``pointer-zh`` among them; without it those readers
    that were right as often as sentences when they were measured (docs/benchmarks.md): that of English. Sentences answer
    where no reader reads. The other options are those of :class:`raglan.generate.either.Either`.
    """
    made: list[Reads] = [
        Either(
            PointerGenerator(encoder=encoder)
            if name == POINTER.removesuffix(".npz")
            else ReaderGenerator(name, threads=threads, encoder=encoder),
            leeway,
        )
        for name in ([model] if model else READERS)
    ]
    return Routed(made, SentenceGenerator(encoder))
