"""A configuration and a store into a working whole: the only place where names become objects."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from raglan.build.encoders import Maker, bridged, chosen, outdated, remember, remembered, same, serving
from raglan.build.privacy import Masking, masking
from raglan.build.progress import Progress, Watch
from raglan.build.roots import prefix_for
from raglan.build.sync import Read, Reading, SyncReport, encode_rest, sync
from raglan.config import Config, Spec
from raglan.encode.remembering import Remembering
from raglan.errors import ConfigError, ModelError
from raglan.plugins import factory, make, names
from raglan.protocols import Chunker, Encoder, Reader, Retriever, StatesRisk
from raglan.rag import Rag
from raglan.search.boolean import Boolean
from raglan.search.dense import DenseIndex
from raglan.search.exact import Exact, Mentions
from raglan.search.hybrid import Hybrid
from raglan.search.lexical import LexicalIndex
from raglan.search.matching import Matching
from raglan.store.store import Store
from raglan.types import Document

__all__ = ["Library", "Share", "answering", "assembled", "library", "part"]

Share = Callable[[Encoder], Encoder]

_KEPT = 4_000  # texts whose vectors are remembered, 1.5 KB each
_MORE = 1.25  # times as many vectors of a new encoder, before it is seen again how these go together with the old ones


@dataclass(frozen=True, slots=True)
class Library:
    """A store, the indexes that follow it, and the :class:`raglan.rag.Rag` that answers from them."""

    store: Store
    words: LexicalIndex
    vectors: DenseIndex | None
    rag: Rag
    hybrid: Hybrid
    config: Config

    @property
    def boolean(self) -> Boolean:
        """Search by expressions over the same words."""
        return Boolean(self.words)

    @property
    def serving(self) -> Retriever | None:
        """The vectors that answer: those from before, until those of this library's encoder are complete."""
        _, *vectors = self.hybrid.retrievers
        return vectors[0] if vectors else None

    @property
    def renewing(self) -> bool:
        """Whether the vectors in the store are of another encoder, or other weights, and those of this one incomplete."""
        if self.vectors is None or same(remembered(self.store), self._maker(self.vectors)):
            return False
        self.vectors.follower.look()
        return self.vectors.follower.behind > 0

    def sync(self, root: Path, *, watch: Watch | None = None) -> SyncReport:
        """Bring the store in step with a file or folder; vectors follow with :meth:`encode`.

        A file of passages that were cut already, ``psgs_w100.tsv`` or ``corpus.jsonl``, is read row by row
        (:mod:`raglan.build.stream`).
        """
        with masking(self.store, root, self.config) as privacy:
            return self._sync(root, privacy, watch)

    def _sync(self, root: Path, privacy: Masking, watch: Watch | None) -> SyncReport:
        prefix = prefix_for(self.store, root)
        if root.is_file() and (form := _of_passages(root)):
            from raglan.build.stream import stream

            return stream(
                self.store, root, form=form, words=self.words.follower, prefix=prefix, watch=watch, mask=privacy.mask
            )
        with ExitStack() as stack:
            read = _reading(stack)
            return sync(
                self.store,
                root,
                read=lambda path, source: privacy.of(read(path, source)),
                chunker=_chunker(self.config.specs["chunker"]),
                words=self.words.follower,
                prefix=prefix,
                watch=watch,
                reading=Reading(privacy.mark, anew=privacy.anew),
            )

    def encode(self, watch: Watch | None = None, *, adopt: bool = True) -> None:
        """Encode what has no vector yet; interrupted, it goes on where it was when called again.

        With another encoder than before, or other weights, the vectors from before answer until the new ones are complete
        (:mod:`raglan.build.encoders`); then, if the new ones are to be ``adopt``ed, the store forgets the others. Raises
        :class:`ModelError` where this library is the one with the weights from before, and another process has renewed.
        """
        if self.vectors is None:
            return
        if outdated(self.store, self._maker(self.vectors)):
            # Who goes on would encode everything by weights that are gone, and take away the vectors of the new ones.
            raise ModelError(
                f"{self.store.folder} has vectors of other weights by now, put in the place of those in use here: "
                "open it again"
            )
        encode_rest(self.vectors.follower, self._bridging(self.vectors, watch))
        self.hybrid.retrievers = (self.words, self.vectors)
        maker = self._maker(self.vectors)
        if adopt and remembered(self.store) != maker:
            remember(self.store, maker)
            self._leave_only(self.vectors.generation)

    def _maker(self, vectors: DenseIndex) -> Maker:
        return Maker(self.config.specs["encoder"], vectors.encoder.identity, vectors.encoder.dim)

    def _bridging(self, vectors: DenseIndex, watch: Watch | None) -> Watch:
        """``watch``, and before it a try to ask the vectors from before, where the new ones have to do meanwhile."""
        tried = 0

        def watched(progress: Progress) -> None:
            nonlocal tried
            # Where it failed, some more vectors will not help.
            if self.serving is vectors and _MORE * tried <= progress.done < progress.total:
                tried = progress.done
                if bridge := bridged(self.store, vectors):
                    self.hybrid.retrievers = (self.words, bridge)
            if watch is not None:
                watch(progress)

        return watched

    def _leave_only(self, generation: str) -> None:
        """Remove the vectors of other encoders; who has them loaded goes on with them."""
        if self.store.folder is not None:
            for other in (self.store.folder / "vectors").iterdir():
                if other.name != generation:
                    shutil.rmtree(other, ignore_errors=True)

    def close(self) -> None:
        """Let go of the store's files."""
        self.store.close()


def library(folder: Path | None, config: Config | None = None, *, share: Share | None = None) -> Library:
    """Open the store in ``folder``, made if need be, or one in memory, with the parts that ``config`` names.

    ``share`` is as :func:`assembled` has it.
    """
    config = config or Config()
    store = Store(folder)
    try:
        return assembled(store, config, share=share)
    except BaseException:
        store.close()
        raise


def assembled(store: Store, config: Config, *, share: Share | None = None) -> Library:
    """The parts that ``config`` names around an open store; several libraries may share one.

    ``share`` is given the encoder, of which no weights are loaded yet, and says which one stands for it. Without, what
    answers remembers the vectors of sentences: who asks several questions of the same passages does not wait for them again.
    """
    words = LexicalIndex(store)
    spec, encoder = chosen(config, store)
    config = config.using("encoder", spec)
    encoder = share(encoder) if encoder is not None and share else encoder
    vectors = DenseIndex(encoder, store) if encoder is not None else None
    answers = [serving(store, vectors, spec)] if vectors else []
    retriever = Hybrid([words, *answers], part(config, "merge"), exact=Exact(words), mentions=Mentions(words))
    linked = part(config, "graph", {"store": store, "first": retriever})
    asked = Remembering(encoder, most=_KEPT) if encoder is not None and share is None else encoder
    rag = answering(config, linked or retriever, store, asked)
    rag.surveyor = part(config, "surveyor", {"matching": Matching(words), "store": store})
    return Library(store, words, vectors, rag, retriever, config)


def answering(config: Config, retriever: Retriever, store: Store, encoder: Encoder | None) -> Rag:
    """What answers from the passages of ``store`` that ``retriever`` finds, by the parts that ``config`` names."""
    parts = {"encoder": encoder, "store": store, "retriever": retriever}
    generator, critic = part(config, "generator", parts), part(config, "critic", parts)
    if config.refine:
        from raglan.generate.refined import Refined

        generator = Refined(generator, critic, rounds=config.refine)
    threshold = config.threshold
    if config.risk:
        if not isinstance(generator, StatesRisk):
            what = "what is refined" if config.refine else f"generator {config.specs['generator'].use!r}"
            raise ConfigError(f"{what} states no risk; name a threshold instead")
        threshold = generator.threshold(config.risk)
    return Rag(
        retriever,
        generator,
        fusion=part(config, "fusion"),
        critic=critic,
        asker=part(config, "asker", parts),
        reranker=part(config, "reranker", parts),
        segmenter=part(config, "segmenter", parts),
        k=config.k,
        threshold=threshold,
    )


def _of_passages(file: Path) -> str | None:
    """The form of a file of passages; who asks of another file need not wait until datasets are imported."""
    if not {".tsv", ".jsonl"} & set(file.suffixes):
        return None
    from raglan.datasets.recognise import of_passages

    return of_passages(file)


def _chunker(spec: Spec) -> Chunker:
    """A chunker is a function of a document; its options are set beforehand."""
    cut = factory("chunker", spec.use)
    options = list(inspect.signature(cut).parameters)[1:]
    for option in spec.options:
        if option not in options:
            raise ConfigError(
                f"chunker {spec.use!r} has no option {option!r}; there are {', '.join(options) or 'none'}"
            )
    return partial(cut, **spec.options)


def _reading(stack: ExitStack) -> Read:
    """What reads a file; made at the first, for readers are the heaviest to import and mostly nothing has changed."""
    made: list[Mapping[str, Reader]] = []

    def one(path: Path, source: str) -> Iterable[Document]:
        from raglan.ingest.isolate import Isolated
        from raglan.ingest.reader import read

        if not made:
            readers = {kind: factory("reader", kind) for kind in names("reader")}
            made.append(stack.enter_context(Isolated()).guard(readers))
        return read(path, source, made[0])

    return one


def part(config: Config, kind: str, parts: Mapping[str, Any] | None = None) -> Any:
    """The part that ``config`` names for a ``kind``; ``None`` for an optional one that is left out.

    An encoder may be named by the path of its folder: :func:`raglan.build.encoders.chosen` makes it.
    """
    spec = config.specs[kind]
    if spec.use == "none" and kind in ("graph", "critic", "reranker", "segmenter", "surveyor", "asker"):
        return None
    return make(kind, spec.use, spec.options, parts)
