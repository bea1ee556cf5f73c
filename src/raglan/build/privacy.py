"""Which part takes personal data out of what is read, so that a store holds none; and when files must be read again.

A store remembers the part that it was filled through, and takes it where a configuration names none: nobody fills a masked
store with plain text by leaving out an option. Another part, or other options, read every file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from raglan.build.roots import root_name
from raglan.config import Config, Spec
from raglan.plugins import make
from raglan.protocols import Masker
from raglan.store.ledger import Ledger
from raglan.store.store import Store
from raglan.types import Document

__all__ = ["Masking", "masking", "plain_roots", "privacy_of"]

_SETTING = "privacy"


@dataclass(frozen=True, slots=True)
class Masking:
    """What masks documents of one root; ``anew`` says that another part, or none, did so until now."""

    store: Store
    root: str
    spec: Spec
    mask: Masker | None
    anew: bool

    @property
    def mark(self) -> str:
        """Differs where what is kept of the same file differs; empty without a mask."""
        return self.mask.identity if self.mask else ""

    def of(self, documents: Iterable[Document]) -> Iterable[Document]:
        """Documents as they may be kept."""
        return map(self.mask, documents) if self.mask else documents

    def remember(self) -> None:
        """Note that everything below the root was read through this part."""
        told = json.dumps({"use": self.spec.use, "options": dict(self.spec.options)}, ensure_ascii=False)
        if self.anew or (self.mask and self.store.setting(_SETTING) != told):
            self.store.set({_SETTING: told, f"{_SETTING} {self.root}": self.mark})


def privacy_of(config: Config, store: Store) -> Spec:
    """The part that ``config`` names, or else the one that the store remembers."""
    kept = store.setting(_SETTING)
    if kept is None or "privacy" in config.named:
        return config.specs["privacy"]
    found = json.loads(kept)
    return Spec(found["use"], found["options"])


def plain_roots(store: Store, config: Config) -> list[str]:
    """The roots of which a store holds text that is to be masked and was not; files read again put an end to it."""
    if privacy_of(config, store).use == "none":
        return []
    return [root for root in Ledger(store).roots() if not store.setting(f"{_SETTING} {root}")]


@contextmanager
def masking(store: Store, root: Path, config: Config) -> Iterator[Masking]:
    """What masks what is read below ``root``; remembered where all of it was read.

    Raises :class:`raglan.errors.ConfigError` for a part that cannot be made.
    """
    spec = privacy_of(config, store)
    mask = None if spec.use == "none" else make("privacy", spec.use, spec.options, {"folder": store.folder})
    name = root_name(store, root)
    mark = mask.identity if mask else ""
    made = Masking(store, name, spec, mask, mark != (store.setting(f"{_SETTING} {name}") or ""))
    try:
        yield made
        made.remember()
    finally:
        if mask:
            mask.close()
