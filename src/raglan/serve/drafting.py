"""One draft for all who ask the same: what is being written is waited for, what was written is known again.

A draft depends on the question and its evidence alone. A reader reads both together, so that nothing of its work on one
question serves another one, and a batch of several takes as long as each by itself (docs/benchmarks.md): to share a call is
worth while only where the same is asked.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Generator as Stream
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from raglan.protocols import Generator, Repeats, Streams, hurries
from raglan.types import Draft, Evidence, Query

__all__ = ["Drafts", "drafts"]

_NEAR = 1e-4  # of a weight: what is encoded in other company differs in its last digits

_Key = tuple[str, tuple[str, ...]]


class _Written(NamedTuple):
    """A draft, or who waits for it, and what it was written from."""

    query: Query
    evidence: tuple[Evidence, ...]
    draft: Future[Draft]

    def answers(self, query: Query, evidence: Sequence[Evidence]) -> bool:
        """Whether the same was asked, of the same passages as they are now."""
        return (
            self.query == query
            and len(self.evidence) == len(evidence)
            and all(
                one.passage == other.passage and math.isclose(one.weight, other.weight, rel_tol=_NEAR)
                for one, other in zip(self.evidence, evidence, strict=True)
            )
        )


class Drafts:
    """``generator``, asked once by all who ask the same at a time.

    Of one that :class:`raglan.protocols.Repeats` itself the ``most`` drafts that were used last are kept in memory. What is
    asked of one library must not be known to another, whose callers see other passages: each has drafts of its own.
    """

    def __init__(self, generator: Generator, *, most: int = 1_000) -> None:
        self._generator = generator
        self._most = most if isinstance(generator, Repeats) and generator.repeats else 0
        self._guard = threading.Lock()
        self._begun: dict[_Key, _Written] = {}
        self._known: OrderedDict[_Key, _Written] = OrderedDict()

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The generator's draft; what one caller's try raises is not told to another, who tries in turn."""
        key = _key(query, evidence)
        with self._guard:
            known = self._find(key, query, evidence)
            mine = known or _Written(query, tuple(evidence), Future())
            if known is None:
                self._begun[key] = mine
        if known is None:
            return self._write(key, mine)
        try:
            return known.draft.result()
        except Exception:  # noqa: BLE001  whoever wrote hears of it; it may have been their time-out
            return self._generator.write(query, evidence)

    def _find(self, key: _Key, query: Query, evidence: Sequence[Evidence]) -> _Written | None:
        if (known := self._known.get(key)) and known.answers(query, evidence):
            self._known.move_to_end(key)
            return known
        begun = self._begun.get(key)
        return begun if begun and begun.answers(query, evidence) else None

    def _write(self, key: _Key, mine: _Written) -> Draft:
        try:
            found = self._generator.write(mine.query, mine.evidence)
        except BaseException as error:
            self._end(key, mine)
            mine.draft.set_exception(error)
            raise
        mine.draft.set_result(found)
        self._end(key, mine)
        self._keep(key, mine)
        return found

    def _end(self, key: _Key, mine: _Written) -> None:
        with self._guard:
            if self._begun.get(key) is mine:
                del self._begun[key]

    def _keep(self, key: _Key, mine: _Written) -> None:
        with self._guard:
            self._known[key] = mine
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


class _Streamed(Drafts):
    """The same of a generator that streams."""

    def __init__(self, generator: Generator, streams: Streams, *, most: int) -> None:
        super().__init__(generator, most=most)
        self._streams, self.hurries = streams, hurries(streams)

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]:
        """The text as it is written, at once where it is known; returns the draft."""
        key = _key(query, evidence)
        with self._guard:
            known = self._find(key, query, evidence)
        # Who waited for another's draft would see its first words when they are old.
        if known and known.draft.done() and not known.draft.exception():
            found = known.draft.result()
            if found.text:
                yield found.text
            return found
        mine = _Written(query, tuple(evidence), Future())
        found = yield from self._streams.stream(query, evidence)
        mine.draft.set_result(found)
        self._keep(key, mine)
        return found


def drafts(generator: Generator, *, most: int = 1_000) -> Drafts:
    """As :class:`Drafts`; it streams where ``generator`` does."""
    return (
        _Streamed(generator, generator, most=most) if isinstance(generator, Streams) else Drafts(generator, most=most)
    )


def _key(query: Query, evidence: Sequence[Evidence]) -> _Key:
    return query.text, tuple(piece.passage.id for piece in evidence)
