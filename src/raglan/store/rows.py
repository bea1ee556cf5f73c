"""Nouns to rows and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from raglan.store.groups import ACCESS, groups_of
from raglan.types import Block, Document, Media, Meta, Passage, Span

__all__ = ["document_of", "dump", "fingerprint", "layout_of", "meta_of", "own_meta", "passages_of", "tags"]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
# What a passage's meta adds to its document's: true of a part, so no ground for filtering documents.
_OF_PASSAGE = frozenset({"headings", "page", "box", "reading", "row"})
# What a passage is kept for in spite of: it may stand elsewhere, or be for others, and say the same.
_NO_MARK = frozenset({"box", "page", ACCESS})


def dump(value: object) -> str:
    """Compact JSON that keeps Chinese readable."""
    return _ENCODER.encode(value)


def own_meta(passage: Passage, shared: Meta) -> dict[str, Any]:
    """What a passage's meta says beyond its document's."""
    own = {name: value for name, value in passage.meta.items() if name not in shared or shared[name] != value}
    if passage.media:
        own[" media"] = [[m.kind, m.uri, m.page, m.box] for m in passage.media]
    return own


def fingerprint(passage: Passage) -> bytes:
    """Equal for passages that every index would treat alike: text and meta, not the place, nor who may see them."""
    meta = dump(sorted((name, value) for name, value in passage.meta.items() if name not in _NO_MARK))
    return hashlib.blake2b(f"{passage.text}\0{meta}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def passages_of(rows: Iterable[Sequence[Any]]) -> dict[int, Passage]:
    """Passages by key, from rows of key, id, start, stop, text, own meta, document id, document meta."""
    # Many are of one document, and say nothing of themselves.
    read = cache(meta_of)
    found: dict[int, Passage] = {}
    for key, name, start, stop, text, own, document, shared in rows:
        meta = {**read(shared), **read(own)}
        media = tuple(Media(kind, uri, page, box and tuple(box)) for kind, uri, page, box in meta.pop(" media", ()))
        found[key] = Passage(name, text, document, Span(start, stop), media, meta)
    return found


def document_of(row: tuple[Any, ...]) -> Document:
    """A document from id, source, text, meta, layout."""
    name, source, text, meta, layout = row
    blocks, media = json.loads(layout)
    return Document(
        name,
        text,
        source,
        tuple(Media(kind, uri, page, box and tuple(box)) for kind, uri, page, box in media),
        meta_of(meta),
        tuple(
            Block(Span(a, b), kind, level, reading, page, box and tuple(box))
            for a, b, kind, level, reading, page, box in blocks
        ),
    )


def meta_of(text: str) -> dict[str, Any]:
    """A meta from its column."""
    if text == "{}":
        return {}
    found: Mapping[str, Any] = json.loads(text)
    # JSON knows lists only; nouns are hashable and hold tuples.
    return {k: tuple(v) if isinstance(v, list) and k != " media" else v for k, v in found.items()}


def layout_of(document: Document) -> str:
    """Blocks and media of a document, as one JSON column."""
    blocks = [[b.span.start, b.span.end, b.kind, b.level, b.reading, b.page, b.box] for b in document.layout]
    return dump([blocks, [[m.kind, m.uri, m.page, m.box] for m in document.media]])


def tags(document: str, meta: Meta) -> list[tuple[str, str]]:
    """The name–value pairs that a ``where`` may ask for: a document's id and every single value of its meta."""
    found = [("document", document), *((ACCESS, group) for group in groups_of(meta))]
    for name, value in meta.items():
        if name not in _OF_PASSAGE and name != ACCESS:
            many = value if isinstance(value, (tuple, list, set, frozenset)) else (value,)
            found += [(name, str(one)[:500]) for one in many if isinstance(one, (str, int, float))]
    return list(dict.fromkeys(found))
