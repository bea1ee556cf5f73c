"""Passages that come without their documents, kept as if they had come with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from raglan.store.store import Store
from raglan.types import Document, Passage

__all__ = ["add_passages", "documents_there", "passages_there"]


_AT_ONCE = 500  # names in one statement


def add_passages(store: Store, passages: Iterable[Passage], *, file: str | None = None) -> None:
    """Keep passages beside those that their documents have already; the same passage twice changes nothing.

    All are held in memory until they are kept. ``file`` is where they came from.
    """
    by_document: dict[str, dict[str, Passage]] = defaultdict(dict)
    for passage in passages:
        by_document[passage.document][passage.id] = passage
    with store.transaction():
        for name, fresh in by_document.items():
            there = {passage.id: passage for passage in store.passages(name).values()}
            every = list({**there, **fresh}.values())
            known = store.document(name)
            document = Document(name, _text(known.text if known else "", every), file or name, meta=_shared(every))
            store.put(document, every, file=file)


def passages_there(store: Store, file: str, names: Sequence[str]) -> set[str]:
    """Which of these ids passages have that came from ``file``."""
    return _there(
        store, "SELECT p.id FROM passage p JOIN document d ON d.key = p.document WHERE d.file = ? AND p.id", names, file
    )


def documents_there(store: Store, names: Sequence[str]) -> set[str]:
    """Which of these ids documents have."""
    return _there(store, "SELECT id FROM document WHERE id", names)


def _there(store: Store, query: str, names: Sequence[str], *values: object) -> set[str]:
    parts = (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
    return {
        name for part in parts for [name] in store.rows(f"{query} IN ({','.join('?' * len(part))})", *values, *part)
    }


def _text(known: str, passages: Sequence[Passage]) -> str:
    # Only the passages are known of the text: each stands where its span says, with blanks between.
    end = max(passage.span.end for passage in passages)
    characters = list(known.ljust(end))
    for passage in passages:
        characters[passage.span.start : passage.span.end] = passage.text
    return "".join(characters)


def _shared(passages: Sequence[Passage]) -> dict[str, Any]:
    first, *others = (passage.meta for passage in passages)
    return {name: value for name, value in first.items() if all(name in o and o[name] == value for o in others)}
