"""What the server serves: the library over a store, one encoder for all, searches in batches, and a bounded queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, NamedTuple

from anyio import to_thread

from raglan.build.parts import Library, assembled, library
from raglan.build.privacy import privacy_of
from raglan.build.roots import prefix_for
from raglan.config import Config
from raglan.encode.remembering import Remembering
from raglan.protocols import Encoder
from raglan.rag import Rag
from raglan.serve.access import Views, apart, folder_for, shows_file
from raglan.serve.admission import Queue
from raglan.serve.answering import Step, Stop, Told, steps
from raglan.serve.batching import Batches
from raglan.serve.conversing import Conversing
from raglan.serve.documents import beside, original
from raglan.serve.drafting import drafts
from raglan.serve.encoding import SharedEncoder
from raglan.serve.indexing import Indexing
from raglan.serve.intake import Intake
from raglan.serve.jobs import Jobs
from raglan.serve.keys import Key, Keys
from raglan.serve.metrics import Metrics
from raglan.serve.observing import Observer
from raglan.serve.options import Options
from raglan.serve.veiling import Veil
from raglan.store.access import grant
from raglan.store.store import Store
from raglan.types import Clarify, Hit, Query, Reply

__all__ = ["AS_IT_IS", "How", "Options", "Service"]

_MANY, _SOME = 20_000, 4_000  # texts whose vectors are remembered, 1.5 KB each, of the whole store and of a view
_ANSWERS, _FEW_ANSWERS = 1_000, 200  # drafts, some 10 KB each with the passages that they cite


@dataclass(frozen=True, slots=True)
class How:
    """What one request wants otherwise: passages that become evidence, and the least confidence of what is given."""

    k: int | None = None
    threshold: float | None = None

    def of(self, rag: Rag) -> Rag:
        """``rag`` with that."""
        if self.k is None and self.threshold is None:
            return rag
        mine = copy(rag)
        mine.k = rag.k if self.k is None else self.k
        mine.threshold = rag.threshold if self.threshold is None else self.threshold
        return mine


AS_IT_IS = How()


class _Asked(NamedTuple):
    library: Library
    query: Query
    k: int


class Service:
    """Answers from the store in ``folder``. Its methods may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        config: Config | None = None,
        options: Options | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.folder = folder
        self.options = options or Options()
        self.config = config or Config()
        self.ready = False
        self.observer = observer or Observer(Metrics(version("raglan")))
        self.queue = Queue(self.options.queue, told=partial(self.observer.metrics.queued, "requests"))
        self._encoders: dict[str, SharedEncoder] = {}
        self._guard = threading.Lock()
        self.whole = self._drafting(library(folder, config, share=partial(self._remembering, most=_MANY)), _ANSWERS)
        self.keys = Keys(folder)
        self.jobs = Jobs(folder)
        self.indexing = Indexing(folder, self.jobs, partial(library, folder, config, share=self.shared))
        self.views = Views(self.whole, self._view)
        self.understood = Conversing()
        self.searches: Batches[_Asked, list[Hit]] = Batches(
            _searched, name="search", most=32 if self.options.batch else 1
        )

    def shared(self, encoder: Encoder) -> Encoder:
        """The one encoder with these weights, which every library of this service asks."""
        if not self.options.batch:
            return encoder
        with self._guard:
            if encoder.identity not in self._encoders:
                took = partial(self.observer.metrics.took, "encode")
                self._encoders[encoder.identity] = SharedEncoder(encoder, took=took)
            return self._encoders[encoder.identity]

    def _remembering(self, encoder: Encoder, *, most: int) -> Encoder:
        """The shared encoder, and a memory of what was asked of it: sentences of the corpus come back with every question.

        Every library has a memory of its own: what a key may not see must not be quicker to encode for having been seen.
        """
        return Remembering(self.shared(encoder), most=most) if self.options.batch else encoder

    def _drafting(self, library: Library, most: int) -> Library:
        """The same; those who ask it the same at a time share one draft, and ``most`` are remembered."""
        if self.options.batch:
            library.rag.generator = drafts(library.rag.generator, most=most)
        return library

    def _view(self, store: Store) -> Library:
        made = assembled(store, self.config, share=partial(self._remembering, most=_SOME))
        return self._drafting(made, _FEW_ANSWERS)

    def library(self, key: Key) -> Library:
        """What a request with this key is answered from."""
        return self.views.library(key)

    async def opened(self, key: Key) -> Library:
        """The same, its word index up to date: a view's first one is made on a thread, and nobody else waits for it."""
        return self.whole if key.sees_all else await to_thread.run_sync(self._followed, key)

    def _followed(self, key: Key) -> Library:
        found = self.views.library(key)
        found.words.follower.refresh()
        return found

    def veil(self, key: Key) -> Veil:
        """What hides personal data from a request with this key, if anything does."""
        if key.may("unmask"):
            return Veil(on=False)
        return Veil(self.options.mask, sealed=privacy_of(self.config, self.whole.store).use != "none")

    def take(self, job: str, key: Key, files: Sequence[tuple[str, BinaryIO]], groups: Sequence[str]) -> None:
        """Keep files, durably, to be read by a job that is known by the id ``job`` from now on."""
        intake, seen = Intake(self.folder), self.library(key).store
        prefix = prefix_for(self.whole.store, intake.root) if files else ""
        placed = []
        for name, data in files:
            place = folder_for(groups) + name
            if not shows_file(self.whole.store, seen, prefix + place):
                place = apart(place, job)
            intake.take(job, place, data)
            placed.append(place)
            if groups:
                self.grant(prefix + place, groups)
        self.jobs.new(placed, key.id, job)
        self.indexing.wake()

    def grant(self, name: str, groups: Sequence[str]) -> None:
        """Let members of ``groups`` alone see a document, or what is read from a file; everybody if there are none."""
        grant(self.whole.store, name, groups)

    def drop(self, document: str) -> int:
        """Forget a document, and the file that was sent for it alone; how many that were."""
        store = self.whole.store
        file = original(store, document)
        root = Intake(self.folder).root.resolve()
        with store.transaction():
            alone = file is not None and file.resolve().is_relative_to(root) and len(beside(store, document)) == 1
            dropped = store.drop([document])
        if alone and dropped and file is not None:
            file.unlink(missing_ok=True)
        return dropped

    def warm(self) -> None:
        """Load what the first request would wait for."""
        for text in ("ready?", "好了吗？"):
            self.find(self.whole, Query(text), 1).result()

    def find(self, library: Library, query: Query, k: int) -> Future[list[Hit]]:
        """The ``k`` best passages, in one search with what others ask at the same time."""
        began = time.perf_counter()
        found = self.searches.submit(_Asked(library, query, k))
        found.add_done_callback(lambda _: self.observer.metrics.took("search", time.perf_counter() - began))
        return found

    def answer(self, library: Library, query: Query, stop: Stop, how: How = AS_IT_IS) -> Told:
        """The reply to ``query``; raises :class:`raglan.serve.answering.Stopped` where nobody waits any more."""
        *_, told = self.steps(library, query, stop, how)
        assert isinstance(told, Told)
        return told

    def steps(
        self, library: Library, query: Query, stop: Stop, how: How = AS_IT_IS, *, stream: bool = False
    ) -> Iterator[Step]:
        """The same step by step, the whole at last."""
        rag = how.of(library.rag)
        for step in steps(rag, query, lambda asked: self.find(library, asked, rag.k).result(), stop, stream=stream):
            if isinstance(step, Told):
                self._note(step)
            yield step

    def _note(self, told: Told) -> None:
        self.observer.metrics.took("write", told.seconds["write"])
        self.observer.stages(told.seconds)
        self.observer.metrics.answered(_outcome(told.reply))

    def measure(self) -> None:
        """Tell the counters how large the store is, and how far its indexes are behind."""
        store, metrics = self.whole.store, self.observer.metrics
        [[documents]] = store.rows("SELECT count(*) FROM document")
        metrics.stored(len(store), documents)
        for name, index in (("words", self.whole.words), ("vectors", self.whole.vectors)):
            if index is not None:
                index.follower.look()
                metrics.behind(name, index.follower.behind)

    def close(self) -> None:
        """Finish what was begun, then let go of the store."""
        self.indexing.close()
        self.searches.close()
        for encoder in self._encoders.values():
            encoder.close()
        self.jobs.close()
        self.keys.close()
        self.views.close()
        self.whole.close()


def _outcome(reply: Reply) -> str:
    if isinstance(reply, Clarify):
        return "clarified"
    return "abstained" if reply.abstained else "answered"


def _searched(asked: Sequence[_Asked]) -> list[list[Hit]]:
    """One search for all who ask the same library for as much."""
    found: list[list[Hit]] = [[] for _ in asked]
    groups: dict[tuple[int, int], list[int]] = {}
    for place, one in enumerate(asked):
        groups.setdefault((id(one.library), one.k), []).append(place)
    for places in groups.values():
        first = asked[places[0]]
        lists = first.library.rag.reranked.search([asked[place].query for place in places], first.k)
        for place, hits in zip(places, lists, strict=True):
            found[place] = hits
    return found
