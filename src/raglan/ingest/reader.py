"""One file into documents: its bytes, its kind, the reader for that kind, and what every document must have."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from raglan.errors import ReadError
from raglan.ingest.attempt import attempted
from raglan.ingest.kinds import kind_of, named_kind, opened
from raglan.ingest.noise import noise
from raglan.text.words import is_chinese

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from raglan.protocols import Reader
    from raglan.types import Document

__all__ = ["MOST_BYTES", "read", "read_bytes"]

MOST_BYTES = 200 << 20
# As much of a text as is looked at to tell its language.
_SAMPLE = 20_000
_SOMETHING = re.compile(r"\w")


def read(path: Path, source: str, readers: Mapping[str, Reader], *, most: int = MOST_BYTES) -> Iterator[Document]:
    """The documents of the file at ``path``, which the user knows as ``source``; ``readers`` are named by kind.

    Files of more than ``most`` bytes are refused. Raises :class:`raglan.errors.ReadError` and nothing else for a file
    that cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise ReadError((error.strerror or str(error)).lower(), source=source) from error
    if len(data) > most:
        raise ReadError(f"larger than {most / 1e6:.0f} MB", source=source, hint="split it, or raise the limit")
    yield from read_bytes(data, source, readers)


def read_bytes(data: bytes, source: str, readers: Mapping[str, Reader]) -> Iterator[Document]:
    """The documents of a file whose bytes are at hand already."""
    inner, name = opened(data, source)
    kind = kind_of(inner, name)
    if kind not in readers:
        raise ReadError(f"there is no reader for {kind} files", source=source, hint="install one, or save it as text")
    facts = _facts(source, name, kind)
    found, trouble = False, None
    for document in attempted(readers[kind], inner, source):
        if not _SOMETHING.search(document.text):
            continue
        found = True
        try:
            yield _checked(document, facts, source)
        except ReadError as error:
            # One garbled row of many must not hide those after it: they come first, then the complaint.
            row = "" if document.id == source else f"{document.id} is "
            trouble = trouble or ReadError(f"{row}{error.reason}", source=source, hint=error.hint)
    if trouble:
        raise trouble
    if not found:
        raise ReadError("empty: there is no text in it", source=source)


def _facts(source: str, name: str, kind: str) -> dict[str, Any]:
    file = PurePosixPath(source).name
    facts: dict[str, Any] = {"source": source, "file": file, "kind": kind}
    if named_kind(name) not in {"", kind}:
        facts["note"] = f"its name says {named_kind(name)}, its content is {kind}"
    return facts


def _checked(document: Document, facts: Mapping[str, Any], source: str) -> Document:
    reason = noise(document.text)
    if reason:
        raise ReadError(f"garbled: {reason}", source=source, hint="save it anew as UTF-8 text or PDF")
    language = "zh" if is_chinese(document.text[:_SAMPLE]) else "en"
    meta = {**facts, "language": language, **document.meta}
    meta["title"] = meta.get("title") or PurePosixPath(facts["file"]).stem
    return replace(document, source=document.source or source, meta=meta)
