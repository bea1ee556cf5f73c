"""From a folder of documents to something that answers, in one call."""

from __future__ import annotations

from pathlib import Path

from raglan.build.parts import Library, library
from raglan.build.place import is_store, store_for
from raglan.build.progress import Watch
from raglan.build.sync import SyncReport
from raglan.config import Config
from raglan.rag import Rag

__all__ = ["opened", "over"]


def over(path: str | Path, *, store: str | Path | None = None, config: Config | None = None) -> Rag:
    """Read, cut and index the documents at ``path``, a file, folder or store, and return what answers from them.

    Only what is new or changed is read again. The store lies in ``path/.raglan`` unless ``store`` says otherwise. No
    network, no key. Files that cannot be read are skipped; ``raglan index`` names them.
    """
    made, _ = opened(Path(path), store=Path(store) if store else None, config=config)
    made.encode()
    return made.rag


def opened(
    path: Path, *, store: Path | None = None, config: Config | None = None, watch: Watch | None = None
) -> tuple[Library, SyncReport | None]:
    """The library for ``path``, in step with its files by words; no report where ``path`` is itself a store."""
    place = store or store_for(path)
    made = library(place, config)
    if is_store(path):
        return made, None
    return made, made.sync(path, watch=watch)
