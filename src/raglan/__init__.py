"""Retrieval-augmented generation that learns: answers from your documents, every sentence with its source.

    import raglan
    rag = raglan.over("handbook/")
    print(rag.answer("How long is the warranty?"))

What a newcomer types is here; everything else is imported from where it lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raglan.errors import RaglanError
from raglan.types import Answer, Citation, Clarify, Document, Evidence, Hit, Passage, Query, Span

if TYPE_CHECKING:
    from raglan.build.over import over
    from raglan.rag import Rag

__all__ = [
    "Answer",
    "Citation",
    "Clarify",
    "Document",
    "Evidence",
    "Hit",
    "over",
    "Passage",
    "Query",
    "Rag",
    "RaglanError",
    "Span",
]

_LATER = {"over": "raglan.build.over", "Rag": "raglan.rag"}


def __getattr__(name: str) -> object:
    """Import on first use what brings more than the standard library with it (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module 'raglan' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)
