"""The verbs: what a part must be able to do to take its place. One or two methods each; nobody inherits.

An optional ability is a protocol of its own, asked for with ``isinstance``. A function is the smallest plugin.
"""

from __future__ import annotations

from collections.abc import Generator as Stream
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from raglan.types import (
    Answer,
    Citation,
    Clarify,
    Document,
    Draft,
    Evidence,
    Example,
    Hit,
    Meta,
    Passage,
    Query,
    Reply,
    Verdict,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Reader(Protocol):
    """Bytes of one file in, documents out. ``source`` is the file's name as the user knows it.

    Raises :class:`raglan.errors.ReadError`; never returns garbage.
    """

    def __call__(self, data: bytes, source: str) -> Iterable[Document]: ...


class Chunker(Protocol):
    """Cuts a document into passages, in order; every span leads back into the document."""

    def __call__(self, document: Document) -> Iterable[Passage]: ...


class Masker(Protocol):
    """A document in, the same without personal data out: text, layout and meta, with every span true of the new text.

    ``identity`` differs where what is kept of the same document may differ.
    """

    @property
    def identity(self) -> str: ...

    def __call__(self, document: Document) -> Document: ...

    def text(self, text: str) -> str: ...

    def meta(self, meta: Meta) -> dict[str, Any]: ...

    def close(self) -> None: ...


class Encoder(Protocol):
    """Texts to vectors of unit length, float32 [n, dim]. ``role`` is ``query`` or ``passage``.

    ``identity`` names model, revision and weights: vectors of different identities must never meet.
    """

    @property
    def dim(self) -> int: ...

    @property
    def identity(self) -> str: ...

    def encode(self, texts: Sequence[str], *, role: str) -> Vectors: ...


@runtime_checkable
class Covers(Protocol):
    """An encoder that knows what it cannot read: for each text the share, 0 to 1, that it understands."""

    def covers(self, texts: Sequence[str]) -> list[float]: ...


def covered(encoder: Encoder, texts: Sequence[str]) -> list[float]:
    """For each text the share that ``encoder`` understands; one that says nothing of it reads all."""
    return encoder.covers(texts) if isinstance(encoder, Covers) else [1.0] * len(texts)


class Retriever(Protocol):
    """For each query at most ``k`` hits, best first, no passage twice."""

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]: ...


class Index(Retriever, Protocol):
    """A retriever that can be told more, and told to forget. Adding what is there changes nothing."""

    def add(self, passages: Iterable[Passage]) -> None: ...

    def drop(self, documents: Iterable[str]) -> None: ...


class Merge(Protocol):
    """Joins the opinions of several retrievers on one query into one ranked list."""

    def __call__(self, query: Query, lists: Sequence[Sequence[Hit]]) -> list[Hit]: ...


class Reranker(Protocol):
    """Orders hits anew; may drop some, adds none."""

    def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]: ...


class Segmenter(Protocol):
    """Grows hits into longer stretches of their documents, best first, and leads citations of these back to passages."""

    def __call__(self, hits: Sequence[Hit]) -> list[Hit]: ...

    def cited(self, citations: Sequence[Citation]) -> tuple[Citation, ...]: ...


class Fusion(Protocol):
    """Weighs hits into evidence; the weights sum to 1."""

    def __call__(self, query: Query, hits: Sequence[Hit]) -> list[Evidence]: ...


class Generator(Protocol):
    """Writes a draft from the evidence, and from nothing else."""

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft: ...


@runtime_checkable
class Streams(Protocol):
    """A generator that can show its text while it writes; what it returns at the end is the draft of that text."""

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]: ...


@runtime_checkable
class Hurries(Protocol):
    """A generator that streams and knows whether its first words come before the whole; if not, nobody need hurry.

    What is shown early is shown before it is judged.
    """

    @property
    def hurries(self) -> bool: ...


def hurries(generator: Streams) -> bool:
    """Whether first words of ``generator`` come before the whole; of one that says nothing of it they do."""
    return generator.hurries if isinstance(generator, Hurries) else True


@runtime_checkable
class StatesRisk(Protocol):
    """A generator that knows from which confidence on at most so many of its answers are wrong."""

    def threshold(self, risk: float) -> float: ...


@runtime_checkable
class Repeats(Protocol):
    """A generator that may write the same draft whenever it is asked the same of the same evidence: then it can be kept."""

    @property
    def repeats(self) -> bool: ...


class Surveyor(Protocol):
    """Answers what is asked of all passages that match, with its coverage; ``None`` for questions of any other kind."""

    def __call__(self, query: Query) -> Answer | None: ...


class Asker(Protocol):
    """Decides whether to ask back before answering."""

    def __call__(self, query: Query, hits: Sequence[Hit]) -> Clarify | None: ...


@runtime_checkable
class Compares(Asker, Protocol):
    """An asker that sees where documents are versions of one another.

    ``current`` leaves out what a version that is out of date says where a current one tells as much; ``compared`` is an
    answer with notes on other versions, or the question which of them is meant.
    """

    def current(self, query: Query, hits: Sequence[Hit]) -> list[Hit]: ...

    def compared(self, query: Query, hits: Sequence[Hit], answer: Answer) -> Reply: ...


class Critic(Protocol):
    """Judges whether the evidence carries an answer."""

    def judge(self, query: Query, answer: Answer) -> Verdict: ...


class Metric(Protocol):
    """How good an answer is for an example; never NaN. :mod:`raglan.metrics.metric` makes whole metrics of such."""

    def __call__(self, answer: Answer, example: Example) -> float: ...
