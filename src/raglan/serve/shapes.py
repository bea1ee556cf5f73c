"""What replies hold, as pydantic models: the server's OpenAPI document is made of these and of the requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from raglan.ingest.reasons import CODES

__all__ = [
    "About",
    "Accepted",
    "Answered",
    "Block",
    "DocumentPage",
    "DocumentText",
    "Dropped",
    "ErrorReply",
    "Evidence",
    "Hits",
    "JobTold",
    "Kept",
    "SkippedFiles",
    "Stages",
]


class Problem(BaseModel):
    """What went wrong, for programs, and what to do about it, for people."""

    code: str
    message: str


class ErrorReply(BaseModel):
    """Every reply that is an error."""

    error: Problem


class Chosen(BaseModel):
    """What to ask once a choice is made, and the filter that it is."""

    question: str
    where: dict[str, Any]


class Clarified(BaseModel):
    """A question back, the choices, and what to ask for each; no ``queries`` where choices are words only."""

    question: str
    options: list[str]
    queries: list[Chosen]


class Cited(BaseModel):
    """Characters ``answer_start`` to ``answer_end`` of the answer rest on ``start`` to ``end`` of the document.

    They stand in a ``passage`` (id), of which an opinion can be sent.
    """

    document: str
    passage: str
    page: int | None
    start: int
    end: int
    quote: str
    answer_start: int
    answer_end: int
    support: float


class Evidence(BaseModel):
    """A passage (id) and its share in the answer."""

    document: str
    passage: str
    weight: float
    text: str


class Covered(BaseModel):
    """How many passages were read, of how many that match."""

    read: int
    matching: int


class Noted(BaseModel):
    """What another version of what is cited says (``otherwise``, ``older``), or it of itself (``outdated``), and where.

    ``start`` and ``end`` are characters of the document, equal where its title or name says it.
    """

    kind: str
    document: str
    start: int
    end: int
    text: str


class Answered(BaseModel):
    """An answer with its sources; ``abstained`` where the documents do not hold it.

    ``searched_for`` is a follow-up as it stands alone; null where the question was taken as it is.
    """

    id: str
    searched_for: str | None
    answer: str
    abstained: bool
    confidence: float
    clarify: Clarified | None
    citations: list[Cited]
    evidence: list[Evidence]
    coverage: Covered | None
    notes: list[Noted]
    seconds: dict[str, float]


class FoundPassage(BaseModel):
    """A passage (id), its score, who found it, and its characters in the document."""

    document: str
    passage: str
    score: float
    by: str
    start: int
    end: int
    text: str


class Hits(BaseModel):
    """Passages, best first."""

    hits: list[FoundPassage]


class StageTold(BaseModel):
    """Whether a passage came through a stage; ``rank`` counts from 1."""

    stage: str
    kept: bool
    rank: int | None
    finding: str


class Stages(BaseModel):
    """The stages up to the one that lost the passage."""

    stages: list[StageTold]


class DocumentLine(BaseModel):
    """A document in a list; ``access`` names the groups that may see it, nobody left out if empty."""

    id: str
    title: str
    source: str
    passages: int
    characters: int
    access: list[str]
    pages: int | None


class DocumentPage(BaseModel):
    """Documents in the order in which they came; ``next`` is what to ask for ``after``."""

    documents: list[DocumentLine]
    next: str | None
    total: int


class Block(BaseModel):
    """A piece of a document's layout; ``box`` is left, top, right, bottom in points from the page's top left."""

    start: int
    end: int
    kind: str
    level: int
    page: int | None
    box: tuple[float, float, float, float] | None


class DocumentText(BaseModel):
    """A document and its layout."""

    id: str
    title: str
    source: str
    text: str
    access: list[str]
    blocks: list[Block]


class Dropped(BaseModel):
    """How many documents went."""

    deleted: int


class _Untaken(BaseModel):
    reason: str
    hint: str
    code: Annotated[str, Field(json_schema_extra={"enum": list(CODES)})]
    values: dict[str, str]


class Refused(_Untaken):
    """A file that was not taken, why, and what to do about it; ``code`` and ``values`` say why to programs."""

    name: str


class Accepted(BaseModel):
    """The job that reads the files that were taken."""

    job: str
    accepted: list[str]
    refused: list[Refused]


class SkippedFile(_Untaken):
    """A file that could not be read, why, and what to do about it; ``code`` and ``values`` say why to programs."""

    path: str


class SkippedFiles(BaseModel):
    """The files that could not be read."""

    skipped: list[SkippedFile]


class JobTold(BaseModel):
    """How far a job is: ``done`` of ``total`` are bytes while it reads, passages while it encodes.

    ``message`` says why one failed, and ``code`` to programs: store, model or failed.
    """

    id: str
    state: Literal["queued", "reading", "encoding", "done", "cancelled", "failed"]
    done: int
    total: int
    added: int
    skipped: list[SkippedFile]
    documents: list[str]
    message: str
    code: str


class Kept(BaseModel):
    """Said only once it is durable."""

    kept: bool


class About(BaseModel):
    """The server, and what the caller may do."""

    name: str
    version: str
    languages: list[str]
    guarded: bool
    scopes: list[str]
    passages: int
    documents: int
    writer: str


class GraphMatch(BaseModel):
    """A thing that was asked for: its name to ask by, how it is written, its kind, and in how many facts it is."""

    name: str
    label: str
    kind: str
    facts: int


class GraphThing(GraphMatch):
    """A thing, how many passages name it, and where it lies in a drawing of width and height 1."""

    passages: int
    x: float
    y: float


class GraphStatement(BaseModel):
    """What a document says at characters ``start`` to ``end``."""

    document: str
    page: int | None
    start: int
    end: int
    text: str


class GraphFact(BaseModel):
    """A fact between two things (names); ``count`` passages state it, of which the first few are told.

    ``sources`` are files of triples that brought it.
    """

    head: str
    relation: str
    tail: str
    count: int
    statements: list[GraphStatement]
    sources: list[str]


class GraphPart(BaseModel):
    """Facts around ``starts``, and the things that they are about; ``left`` facts about the starts are not among them.

    ``unread`` passages were not read for the graph yet; ``hint`` says how they are, where there are any.
    """

    starts: list[str]
    matches: list[GraphMatch]
    things: list[GraphThing]
    facts: list[GraphFact]
    left: int
    read: bool
    unread: int
    hint: str
