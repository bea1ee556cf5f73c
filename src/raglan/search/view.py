"""How a passage presents itself to search: under which names, and in which words."""

from __future__ import annotations

from pathlib import PurePosixPath

from raglan.types import Passage

__all__ = ["body", "names", "spoken"]


def names(passage: Passage) -> list[str]:
    """What the passage is filed under, outermost first: title, headings; the file's name where no title is known."""
    title = passage.meta.get("title") or PurePosixPath(passage.document).stem
    found = [str(title), *(str(heading) for heading in passage.meta.get("headings", ()))]
    return list(dict.fromkeys(name for name in found if name.strip()))


def body(passage: Passage) -> str:
    """What the passage says: how it reads aloud where that is known, else its characters."""
    return str(passage.meta.get("reading") or passage.text)


def spoken(passage: Passage) -> str:
    """The one text an encoder gets: names first, for a passage alone rarely says what it is about."""
    return f"{'. '.join(names(passage))}. {body(passage)}"
