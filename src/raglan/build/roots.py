"""Which folders a store was made of, and what goes before the names of each one's files."""

from __future__ import annotations

import json
from pathlib import Path

from raglan.store.ledger import Ledger
from raglan.store.store import Store

__all__ = ["names_at", "prefix_for", "root_folder", "root_name"]

_SETTING = "roots"
_OWN = "store:"  # before the name of a folder that lies in the store's own, and goes where it goes


def root_name(store: Store, root: Path) -> str:
    """How a store knows a root: relative to itself where it lies within, so that a folder can be moved with its store."""
    place = root.resolve()
    if store.folder is not None:
        home = store.folder.resolve().parent
        if place == home or (place.parent == home and place.is_file()):
            return "." if place == home else f"./{place.name}"
        if place.parent == store.folder.resolve():
            return f"{_OWN}{place.name}"
    return str(place)


def root_folder(store: Store, name: str) -> Path:
    """Where the root lies, or lay, that :func:`root_name` gave this name."""
    if store.folder is None or not name.startswith((".", _OWN)):
        return Path(name)
    home = store.folder.resolve()
    return home / name.removeprefix(_OWN) if name.startswith(_OWN) else home.parent / name


def prefix_for(store: Store, root: Path) -> str:
    """What goes before the names of the files below ``root``: nothing for the first root, the folder's name for others.

    A root keeps what it was given first, so that two folders that hold files of one name never take each other's place.
    """
    known: dict[str, str] = json.loads(store.setting(_SETTING) or "{}")
    place = root_name(store, root)
    if place not in known:
        known[place] = _unused(root, set(known.values()), list(Ledger(store).states()))
        store.set({_SETTING: json.dumps(known, ensure_ascii=False)})
    return known[place]


def names_at(store: Store, path: Path) -> list[str]:
    """What a store calls what lies at ``path``: a file by its name, a folder by its prefix; its own root's name comes first.

    Where it lies within another root as well, that one has read it too, under a name of its own.
    """
    own, place = prefix_for(store, path), path.resolve()
    found = [own + path.name if path.is_file() else own]
    known: dict[str, str] = json.loads(store.setting(_SETTING) or "{}")
    for name, prefix in known.items():
        root = root_folder(store, name).resolve()
        if root != place and root.is_dir() and place.is_relative_to(root):
            found.append(f"{prefix}{place.relative_to(root).as_posix()}{'' if place.is_file() else '/'}")
    return found


def _unused(root: Path, taken: set[str], files: list[str]) -> str:
    """A prefix that no other root has, and under which no file of another root lies."""
    if not taken:
        return ""
    name, number = f"{root.resolve().name}/", 1
    while name in taken or any(file.startswith(name) for file in files):
        number += 1
        name = f"{root.resolve().name}-{number}/"
    return name
