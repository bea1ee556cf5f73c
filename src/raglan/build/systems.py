"""Systems to compare, by name, over one library: how it ranks, who writes, or a configuration of one's own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from raglan.build.parts import Library, answering, assembled, part
from raglan.config import Config, Spec
from raglan.encode.remembering import Remembering
from raglan.errors import ConfigError
from raglan.plugins import names
from raglan.protocols import Retriever
from raglan.rag import Rag
from raglan.search.exact import Exact, Mentions
from raglan.search.hybrid import Hybrid
from raglan.types import Hit, Query

__all__ = ["Clock", "Systems", "writes"]


@dataclass(slots=True)
class Clock:
    """Seconds, to which is added what was saved: a search that another system has made already takes its time again."""

    saved: float = 0.0

    def __call__(self) -> float:
        """The time now."""
        return time.perf_counter() + self.saved


@dataclass(slots=True)
class _Once:
    """A retriever that knows its last call again: systems that merge the same searches make them once."""

    retriever: Retriever
    clock: Clock
    _last: tuple[list[Query], int, list[list[Hit]], float] | None = field(default=None, init=False)

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """As the retriever does."""
        if self._last is not None and self._last[:2] == (list(queries), k):
            self.clock.saved += self._last[3]
            return self._last[2]
        before = self.clock()
        found = self.retriever.search(queries, k)
        self._last = (list(queries), k, found, self.clock() - before)
        return found


def writes(name: str) -> bool:
    """Whether the system of this name answers, and does not only search."""
    return name.endswith(".toml") or name in names("generator")


class Systems:
    """Makes systems over ``library`` that share their searches."""

    def __init__(self, library: Library, clock: Clock) -> None:
        self._library = library
        self._words = _Once(library.words, clock)
        self._vectors = _Once(library.vectors, clock) if library.vectors is not None else None
        self._named = [_Once(one(library.words), clock) for one in (Exact, Mentions)]
        self._encoder = Remembering(library.vectors.encoder) if library.vectors is not None else None

    def of(self, name: str) -> Rag | Retriever:
        """The system of a name: ``words``, ``vectors``, a merge, a generator, or a TOML file.

        A merge ranks as the library does, exact matches first; a generator answers from what the library's own merge
        finds. A TOML file stands for all that it configures but the chunker, over the same passages.
        """
        if name.endswith(".toml"):
            return self._configured(Path(name))
        if name == "words":
            return self._words
        if name == "vectors":
            if self._vectors is None:
                raise ConfigError("system 'vectors' needs an encoder; leave out --encoder none")
            return self._vectors
        if name in names("merge"):
            return self._merged(self._with("merge", name))
        if name in names("generator"):
            # Nobody is there to choose: whoever wants to know what asking back does to a report names a TOML file.
            config = self._with("generator", name).using("asker", Spec("none"))
            return answering(config, self._merged(config), self._library.store, self._encoder)
        known = ", ".join(["words", "vectors", *names("merge"), *names("generator")])
        raise ConfigError(f"no system is called {name!r}; there are {known}, and TOML files")

    def _with(self, kind: str, name: str) -> Config:
        config = self._library.config
        # What is configured keeps its options.
        return config if config.specs[kind].use == name else config.using(kind, Spec(name))

    def _merged(self, config: Config) -> Hybrid:
        searches: list[Retriever] = [self._words, *([self._vectors] if self._vectors else [])]
        exact, mentions = self._named
        return Hybrid(searches, part(config, "merge"), exact=exact, mentions=mentions)

    def _configured(self, path: Path) -> Rag:
        made = assembled(self._library.store, Config.read(path))
        made.encode(adopt=False)
        return made.rag
