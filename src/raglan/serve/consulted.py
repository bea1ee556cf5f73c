"""Which documents an answer was made of, for the record of who read what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from raglan.serve.answering import Step, Told, Weighed
from raglan.serve.audit import touched
from raglan.types import Answer, Clarify

__all__ = ["consulted", "documents_of"]


def consulted(state: Any, steps: Iterator[Step]) -> Iterator[Step]:
    """``steps``, each of which leaves its documents in a request's ``state`` before it is shown."""
    for step in steps:
        touched(state, documents_of(step))
        yield step


def documents_of(step: Step) -> list[str]:
    """The ids of the documents that a step shows something of."""
    if isinstance(step, Weighed):
        return [piece.passage.document for piece in step.evidence]
    if isinstance(step, Told) and isinstance(step.reply, Answer):
        cited = [citation.passage.document for citation in step.reply.citations]
        told = [*cited, *(note.document for note in step.reply.notes)]
        return [*told, *(piece.passage.document for piece in step.reply.evidence)]
    if isinstance(step, Told) and isinstance(step.reply, Clarify):
        # Its choices tell what these documents say.
        return [str(name) for query in step.reply.queries for name in query.where.get("document", ())]
    return []
