"""Documents as programs are told of them: listed, read with their layout, and as the bytes that they were read from."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from raglan.build.roots import prefix_for, root_folder
from raglan.store.ledger import Ledger
from raglan.store.store import Store
from raglan.types import Document

__all__ = ["beside", "content_type", "document_object", "listed", "original"]

_TYPES = {".pdf": "application/pdf", ".txt": "text/plain; charset=utf-8", ".md": "text/plain; charset=utf-8"}


def listed(store: Store, after: str, limit: int) -> dict[str, Any]:
    """At most ``limit`` documents that came after the one with the id ``after``; all, if that is none."""
    names = store.documents()
    start = names.index(after) + 1 if after in names else 0
    part = names[start : start + limit]
    lines = [_line(store, document) for name in part if (document := store.document(name))]
    more = start + limit < len(names)
    return {"documents": lines, "next": part[-1] if more else None, "total": len(names)}


def _line(store: Store, document: Document) -> dict[str, Any]:
    pages = [block.page for block in document.layout if block.page]
    return {
        **_head(document),
        "passages": len(store.passages(document.id)),
        "characters": len(document.text),
        "pages": max(pages, default=None),
    }


def _head(document: Document) -> dict[str, Any]:
    title = str(document.meta.get("title") or document.id)
    access = [str(group) for group in document.meta.get("access", ())]
    return {"id": document.id, "title": title, "source": document.source, "access": access}


def document_object(document: Document) -> dict[str, Any]:
    """A document with its text and its blocks, or those pages' boxes that are known."""
    blocks = [
        {
            "start": block.span.start,
            "end": block.span.end,
            "kind": block.kind,
            "level": block.level,
            "page": block.page,
            "box": block.box,
        }
        for block in document.layout
    ]
    return {**_head(document), "text": document.text, "blocks": blocks}


def original(store: Store, document: str) -> Path | None:
    """The file that a document was read from, if it is still where it was; ``store`` is the whole one."""
    rows = store.rows("SELECT file FROM document WHERE id = ?", document)
    state = Ledger(store).state(rows[0][0]) if rows and rows[0][0] else None
    if state is None or store.folder is None:
        return None
    root = root_folder(store, state.root)
    found = root if root.is_file() else root / state.path.removeprefix(prefix_for(store, root))
    # A name cannot lead out of its folder; what a link leads to was read as its own.
    inside = root.is_file() or ".." not in PurePosixPath(state.path).parts
    return found if inside and found.is_file() else None


def beside(store: Store, document: str) -> list[str]:
    """The documents that were read from the same file, itself among them."""
    rows = store.rows("SELECT id FROM document WHERE file = (SELECT file FROM document WHERE id = ?)", document)
    return [name for [name] in rows]


def content_type(path: Path) -> str:
    """What a browser may be told of a file: nothing that it would run."""
    return _TYPES.get(path.suffix.lower(), "application/octet-stream")
