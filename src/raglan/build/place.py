"""Where the store of a folder lies, and whether a path is a store already."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from raglan.errors import StoreError
from raglan.store.schema import DATABASE

__all__ = ["is_store", "store_for"]

_BESIDE = ".raglan"


def is_store(path: Path) -> bool:
    """Whether ``path`` is the folder of a store."""
    return (path / DATABASE).is_file()


def store_for(path: Path) -> Path:
    """The folder of the store for ``path``: itself if it is one, ``.raglan`` within it, or, where that cannot be
    written, one of its own in the user's cache. Raises :class:`StoreError` where there is nothing at ``path``.
    """  # noqa: D205
    if not path.exists():
        raise StoreError("there is no such file or folder", path=str(path))
    if is_store(path):
        return path
    folder = path if path.is_dir() else path.parent
    name = _BESIDE if path.is_dir() else f"{_BESIDE}-{path.name}"
    beside = folder / name
    if os.access(beside if beside.is_dir() else folder, os.W_OK):
        return beside
    return _cache() / hashlib.blake2b(str(path.resolve()).encode(), digest_size=8).hexdigest()


def _cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "raglan"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "raglan"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "raglan"
