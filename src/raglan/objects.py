"""What programs are told: replies, hits and documents as JSON objects, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from raglan.ingest.reasons import told
from raglan.search.documents import DocumentHit
from raglan.types import Answer, Citation, Clarify, Evidence, Hit, Note, Reply

__all__ = [
    "BEST",
    "documents_object",
    "evidence_object",
    "hits_object",
    "note_line",
    "reason_object",
    "reply_object",
]

BEST = 3  # passages told of a document
_NOTES_ZH = {"otherwise": "另一版本的说法不同", "older": "已过期的版本说法不同", "outdated": "所引文档自称已过期"}


def reply_object(reply: Reply, seconds: Mapping[str, float]) -> dict[str, Any]:
    """The object of ``raglan ask --json``."""
    clarify = _clarify(reply) if isinstance(reply, Clarify) else None
    answer = reply if isinstance(reply, Answer) else Answer("")
    return {
        "answer": answer.text,
        "abstained": clarify is None and answer.abstained,
        "confidence": round(answer.confidence, 4),
        "clarify": clarify,
        "citations": [_citation(citation) for citation in answer.citations],
        "evidence": [evidence_object(piece) for piece in answer.evidence],
        "coverage": answer.coverage and {"read": answer.coverage.read, "matching": answer.coverage.matching},
        "notes": [_note(note) for note in answer.notes],
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
    }


def _clarify(back: Clarify) -> dict[str, Any]:
    queries = [{"question": one.text, "where": dict(one.where)} for one in back.queries]
    return {"question": back.question, "options": list(back.options), "queries": queries}


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.passage.document,
        "passage": citation.passage.id,
        "page": citation.passage.meta.get("page"),
        "start": citation.source.start,
        "end": citation.source.end,
        "quote": citation.quote.of(citation.passage.text),
        "answer_start": citation.span.start,
        "answer_end": citation.span.end,
        "support": round(citation.support, 4),
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind,
        "document": note.document,
        "start": note.span.start,
        "end": note.span.end,
        "text": note.text,
    }


def note_line(note: Note, *, chinese: bool) -> str:
    """A note in words of one of the languages."""
    if not chinese:
        return str(note)
    where = f"，第 {note.span.start}–{note.span.end} 字" if note.span else ""
    return f"{_NOTES_ZH[note.kind]}：{note.document}{where}：“{note.text}”"


def evidence_object(piece: Evidence) -> dict[str, Any]:
    """One piece of evidence of an answer."""
    return {
        "document": piece.passage.document,
        "passage": piece.passage.id,
        "weight": round(piece.weight, 6),
        "text": piece.passage.text,
    }


def hits_object(hits: Sequence[Hit]) -> dict[str, Any]:
    """The object of ``raglan search --json``."""
    return {"hits": [_hit(hit) for hit in hits]}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "document": hit.passage.document,
        "passage": hit.passage.id,
        "score": round(hit.score, 6),
        "by": hit.by,
        "start": hit.passage.span.start,
        "end": hit.passage.span.end,
        "text": hit.passage.text,
    }


def documents_object(documents: Sequence[DocumentHit]) -> dict[str, Any]:
    """The object of ``raglan search --documents --json``; of each document the three best passages that were found."""
    return {
        "documents": [
            {
                "document": one.document,
                "score": round(one.score, 6),
                "by": one.by,
                "found": len(one.hits),
                "hits": [_hit(hit) for hit in one.hits[:BEST]],
            }
            for one in documents
        ]
    }


def reason_object(reason: str, hint: str) -> dict[str, Any]:
    """Why a file was not read, in words, and as a code with its values for whoever tells it in another language."""
    known = told(reason)
    return {"reason": reason, "hint": hint, "code": known.code, "values": known.values}
