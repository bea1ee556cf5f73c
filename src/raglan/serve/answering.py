"""An answer step by step: its evidence, its text as it is written, and the whole; between two steps it can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from raglan.protocols import Streams, hurries
from raglan.rag import Rag
from raglan.types import Answer, Draft, Evidence, Hit, Query, Reply

__all__ = ["Delta", "Finds", "Step", "Stop", "Stopped", "Told", "Weighed", "steps"]

Finds = Callable[[Query], list[Hit]]


class Stopped(Exception):  # noqa: N818  what was asked for, not a fault
    """Nobody waits for the answer any more."""


@dataclass(slots=True)
class Stop:
    """Tells who works that nobody waits any more."""

    _asked: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """From now on, :meth:`check` raises."""
        self._asked.set()

    def check(self) -> None:
        """Raise :class:`Stopped` if that was asked for."""
        if self._asked.is_set():
            raise Stopped


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the answer will rest on."""

    evidence: Sequence[Evidence]


@dataclass(frozen=True, slots=True)
class Delta:
    """More of the text, as it is being written; the whole answer may yet be none."""

    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """The whole, and the seconds that searching and writing took."""

    reply: Reply
    seconds: dict[str, float]


Step = Weighed | Delta | Told


def steps(rag: Rag, query: Query, find: Finds, stop: Stop, *, stream: bool = True) -> Iterator[Step]:
    """The steps of ``rag``'s reply to ``query``, :class:`Told` at last; ``find`` searches. Raises :class:`Stopped`.

    Only with ``stream`` a generator that can is asked to show its text while it writes.
    """
    started = time.perf_counter()
    reply: Reply | None = rag.survey(query)
    stop.check()
    hits = [] if reply else find(query)
    searched = time.perf_counter()
    if reply is None and rag.asker:
        reply = rag.asker(query, hits)
    if reply is None:
        evidence = rag.weigh(query, hits)
        stop.check()
        yield Weighed(evidence)
        # What is whole when its first words come loses nothing by being judged before it is shown.
        if stream and evidence and isinstance(rag.generator, Streams) and hurries(rag.generator):
            draft = yield from _streamed(rag.generator, query, evidence, stop)
            reply = rag.told(query, hits, draft, evidence)
        elif evidence:
            reply = rag.told(query, hits, rag.generator.write(query, evidence), evidence)
            yield from _at_once(reply)
        else:
            reply = Answer("")
    elif isinstance(reply, Answer):
        yield Weighed(reply.evidence)
        yield from _at_once(reply)
    yield Told(reply, {"search": searched - started, "write": time.perf_counter() - searched})


def _streamed(
    generator: Streams, query: Query, evidence: Sequence[Evidence], stop: Stop
) -> Generator[Delta, None, Draft]:
    writing = generator.stream(query, evidence)
    try:
        while True:
            try:
                text = next(writing)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            stop.check()
            yield Delta(text)
    finally:
        writing.close()


def _at_once(reply: Reply) -> Iterator[Delta]:
    if isinstance(reply, Answer) and reply.text:
        yield Delta(reply.text)
