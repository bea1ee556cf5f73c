"""Which folders a store was made of, and what goes before the names of each one's files."""

from __future__ import annotations

import json
from pathlib import Path

from raglan.store.store import Store

__all__ = ["prefix_for"]

_SETTING = "roots"


def prefix_for(store: Store, root: Path) -> str:
    """What goes before the names of the files below ``root``: nothing for the first root, the folder's name for others.

    A root keeps what it was given first, so that two folders that hold files of one name never take each other's place.
    """
    known: dict[str, str] = json.loads(store.setting(_SETTING) or "{}")
    place = str(root.resolve())
    if place not in known:
        known[place] = _unused(root, set(known.values()))
        store.set({_SETTING: json.dumps(known, ensure_ascii=False)})
    return known[place]


def _unused(root: Path, taken: set[str]) -> str:
    if not taken:
        return ""
    name = root.resolve().name
    candidates = [f"{name}/", *(f"{name}-{number}/" for number in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)
