"""The nouns: frozen values that every part of Raglan passes on.

Nothing here computes, reads or remembers. What is true of one search only (a score, a vector) never sits on a passage;
what points somewhere points by characters, so that the source can always be shown again.

>>> document = Document("leaflet.txt", "Take one a day. Never two.", source="leaflet.txt")
>>> passage = Passage("leaflet.txt:0", "Never two.", document.id, Span(16, 26))
>>> passage.span.of(document.text) == passage.text
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Answer",
    "Block",
    "Citation",
    "Clarify",
    "Coverage",
    "Document",
    "Draft",
    "Evidence",
    "Example",
    "Hit",
    "Media",
    "Note",
    "Passage",
    "Query",
    "Reply",
    "Span",
    "Triple",
    "Turn",
    "Verdict",
]

Meta = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span {self.start}:{self.end} must satisfy 0 <= start <= end")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters of ``text`` that this span names."""
        return text[self.start : self.end]

    def shift(self, by: int) -> Span:
        """The same characters, counted from ``by`` further left."""
        return Span(self.start + by, self.end + by)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Media:
    """Something that is not text: where it lies, and the part of it that is meant.

    ``box`` is left, top, right, bottom in points from the page's top left corner.
    """

    kind: str
    uri: str
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document's layout, as its reader saw it.

    ``kind`` is ``heading`` (with its ``level`` from 1), ``text``, ``item``, ``row`` or ``code``. ``reading`` is how the
    piece reads aloud where that differs from its characters: a table row with the names of its columns. ``page``
    counts from 1; ``box`` is as in :class:`Media`.
    """

    span: Span
    kind: str = "text"
    level: int = 0
    reading: str = ""
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read, where it came from, and how it was laid out.

    ``layout`` lists its blocks in order, without overlap; empty means that nothing is known of its structure.
    ``meta`` holds what ``where`` filters may ask for; the keys ``title`` (str) and ``language`` are Raglan's own.
    """

    id: str
    text: str
    source: str = ""
    media: tuple[Media, ...] = ()
    meta: Meta = field(default_factory=dict, hash=False)
    layout: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that can be found: ``span.of(document.text) == text``.

    ``document`` is the document's id. ``meta`` repeats the document's and adds ``title`` (str), ``headings`` (tuple of
    str, outermost first), ``page`` (int), ``reading`` (str, see :class:`Block`) and ``row`` (true for a table row) where
    they are known. They help to find the passage and are no part of what is cited.
    """

    id: str
    text: str
    document: str
    span: Span
    media: tuple[Media, ...] = ()
    meta: Meta = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said in a conversation: ``role`` is ``user`` or ``assistant``."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, what was said before, and which passages may answer.

    ``where`` names metadata and the value, or a tuple of values, that a passage must have.
    """

    text: str
    history: tuple[Turn, ...] = ()
    where: Meta = field(default_factory=dict, hash=False)
    image: Media | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One search's opinion of one passage: a score, higher is better, and ``by`` whom."""

    passage: Passage
    score: float
    by: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage and its share in an answer; the weights of one answer sum to 1."""

    passage: Passage
    weight: float


@dataclass(frozen=True, slots=True)
class Citation:
    """This part of the answer (``span``) rests on that part of that passage (``quote``, within ``passage.text``).

    ``support`` in [0, 1] says how far the quoted words carry what the answer says there.
    """

    span: Span
    passage: Passage
    quote: Span
    support: float = 1.0

    @property
    def source(self) -> Span:
        """The quoted characters, counted in the document."""
        return self.quote.shift(self.passage.span.start)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator wrote before anyone judged it.

    ``weights`` are its own weights over the evidence it was given, in that order; empty if it has none.
    ``logprob`` is the log of the probability that it gives its text, 0 or less, a token, so that long texts are no less sure
    than short ones (Malinin and Gales 2021); a generator that was fitted to labels gives that of being right.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    weights: tuple[float, ...] = ()
    logprob: float = 0.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many passages were read for an answer, of how many that match what was asked."""

    read: int
    matching: int

    def __str__(self) -> str:
        """In words."""
        return f"Read {self.read} of {self.matching} matching passages."


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be known beside an answer of a ``document`` (id): ``text`` stands at the characters ``span`` of it.

    ``kind`` is ``otherwise``, another version of what is cited says that; ``older``, one that is out of date said that; or
    ``outdated``, what is cited says that of itself, in its title or name where the span is empty.
    """

    kind: str
    document: str
    span: Span
    text: str

    def __str__(self) -> str:
        """In words."""
        told = {
            "otherwise": "Another version says otherwise",
            "older": "A version that is out of date says otherwise",
            "outdated": "What is cited calls itself out of date",
        }
        where = f", characters {self.span.start}-{self.span.end}" if self.span else ""
        return f'{told[self.kind]}: {self.document}{where}: "{self.text}"'


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with its sources. Not in the documents: ``text`` is empty and ``abstained`` true.

    ``coverage`` is there where the answer is about all passages that match, not about the best few; ``confidence`` is then
    the share of them that was read. ``notes`` tell of other versions of what is cited.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 0.0
    coverage: Coverage | None = None
    notes: tuple[Note, ...] = ()

    @property
    def abstained(self) -> bool:
        """Whether the documents do not hold the answer."""
        return not self.text

    def __str__(self) -> str:
        """The text, then a numbered line for each source."""
        if self.abstained:
            near = ", ".join(dict.fromkeys(e.passage.document for e in self.evidence[:3]))
            return "Not in these documents." + (f" Nearest: {near}" if near else "")
        lines = [f"  [{n}] {place(c)}" for n, c in enumerate(self.citations, 1)]
        return "\n".join([self.text, *lines, *([str(self.coverage)] if self.coverage else []), *map(str, self.notes)])


def place(citation: Citation) -> str:
    """Where a citation leads, in words: document, page if known, characters, and the quoted text."""
    passage, at = citation.passage, citation.source
    page = passage.meta.get("page")
    where = f"{passage.document}, page {page}" if page else passage.document
    quote = " ".join(citation.quote.of(passage.text).split())
    return f'{where}, characters {at.start}-{at.end}: "{quote}"'


@dataclass(frozen=True, slots=True)
class Clarify:
    """A question back, with the choices that the evidence offers.

    ``queries`` are what the choices stand for, in their order: what was asked, in words that say which, and the filter that
    a choice of documents makes. Empty where choices are words only.
    """

    question: str
    options: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()


Reply = Answer | Clarify


@dataclass(frozen=True, slots=True)
class Triple:
    """A fact and the passage (id) that states it."""

    head: str
    relation: str
    tail: str
    passage: str


@dataclass(frozen=True, slots=True)
class Example:
    """One row to train on or to measure with: passages are named by id."""

    query: Query
    answers: tuple[str, ...] = ()
    positives: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the evidence carries an answer, how far (0 to 1), and why.

    ``supports`` has the same of each citation of the answer, in their order; empty if it was not asked one by one.
    """

    supported: bool
    score: float
    reason: str = ""
    supports: tuple[float, ...] = ()
