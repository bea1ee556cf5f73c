"""Who may see a document: groups of people, kept with its meta under ``access``; without any, everybody may.

Whatever cannot be understood as groups is a group that nobody is in: a document is rather hidden than shown.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from raglan.types import Document, Meta, Passage

__all__ = ["ACCESS", "groups_of", "packed", "shown_to", "stated"]

ACCESS = "access"
_LONGEST = 500
# Passages of one document that name different groups: nobody is in this one, for no name may hold a blank.
_NOBODY = " nobody "


def groups_of(meta: Meta) -> tuple[str, ...]:
    """The groups whose members may see a document with this meta, in order; none means everybody.

    A text may hold several, as front matter has them.

    >>> groups_of({"access": ("hr", "legal")}), groups_of({"access": "[hr, legal]"}), groups_of({})
    (('hr', 'legal'), ('hr', 'legal'), ())
    """
    value = meta.get(ACCESS)
    if value is None:
        return ()
    many = value if isinstance(value, (tuple, list, set, frozenset)) else _split(value)
    return tuple(sorted({unicodedata.normalize("NFC", str(one))[:_LONGEST] for one in many}))


def _split(value: object) -> list[str]:
    if not isinstance(value, str):
        return [str(value)]
    parts = [part.strip(" \t\"'") for part in value.strip().removeprefix("[").removesuffix("]").split(",")]
    return [part for part in parts if part]


def packed(groups: Iterable[str]) -> str:
    """Groups as the sequence of changes keeps them: JSON, or nothing for everybody."""
    names = sorted(groups)
    return json.dumps(names, ensure_ascii=False) if names else ""


def stated(document: Document, passages: Sequence[Passage]) -> tuple[str, ...] | None:
    """What a document and its passages say of who may see it; ``None`` if they say nothing.

    Passages that disagree are for nobody.
    """
    if ACCESS in document.meta:
        return groups_of(document.meta)
    said = {groups_of(passage.meta) for passage in passages if ACCESS in passage.meta}
    if len(said) > 1:
        return (_NOBODY,)
    return next(iter(said), None)


def shown_to(
    groups: Collection[str] | None, document: Document, passages: Sequence[Passage]
) -> tuple[Document, Sequence[Passage]]:
    """Both, for members of ``groups``, and saying so alike; with ``None`` as they are."""
    if groups is None:
        return document, passages
    of: dict[str, Any] = {ACCESS: tuple(groups)}
    return (
        replace(document, meta={**document.meta, **of}),
        [replace(passage, meta={**passage.meta, **of}) for passage in passages],
    )
