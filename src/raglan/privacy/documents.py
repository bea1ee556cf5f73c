"""Documents without personal data: masked before they are cut, so that every span is true of what the store holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from raglan.errors import ConfigError
from raglan.privacy.kinds import KINDS
from raglan.privacy.masking import Masked, masked
from raglan.privacy.vault import Vault, key_of
from raglan.types import Block, Document

__all__ = ["VAULT", "Mask"]

VAULT = "vault.sqlite"
_EDITION = 1  # of the table of kinds: another one reads all files again


class Mask:
    """Masks a document's text, layout and meta: the part ``mask`` of kind ``privacy``.

    ``kinds`` are the names of the kinds to mask, all by default. ``vault`` names the environment variable with the key of
    a vault that is kept in ``folder``; without it nothing of what was masked is kept. Names of files stay as they are.
    """

    def __init__(self, kinds: Sequence[str] = (), vault: str = "", folder: Path | None = None) -> None:
        known = [kind.name for kind in KINDS]
        if unknown := [name for name in kinds if name not in known]:
            raise ConfigError(f"privacy 'mask' knows no kind {unknown[0]!r}; there are {', '.join(known)}")
        self._kinds = tuple(kind for kind in KINDS if not kinds or kind.name in kinds)
        self.vault = Vault(folder / VAULT if folder else None, key_of(vault)) if vault else None
        told = f"{_EDITION} {[kind.name for kind in self._kinds]} {bool(vault)}"
        self.identity = f"mask-{hashlib.blake2b(told.encode(), digest_size=6).hexdigest()}"

    def __call__(self, document: Document) -> Document:
        """The document without personal data."""
        made = masked(document.text, self.vault, self._kinds)
        layout = tuple(self._block(block, made) for block in document.layout)
        return replace(document, text=made.text, layout=layout, meta=self.meta(document.meta))

    def close(self) -> None:
        """Let go of the vault."""
        if self.vault is not None:
            self.vault.close()

    def text(self, text: str) -> str:
        """A text without personal data."""
        return masked(text, self.vault, self._kinds).text

    def meta(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """Values without personal data; ``source`` and ``file`` name where the document lies."""
        return {name: value if name in ("source", "file") else self._value(value) for name, value in meta.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self._value(one) for one in value)
        if isinstance(value, Mapping):
            return {name: self._value(one) for name, one in value.items()}
        return value

    def _block(self, block: Block, made: Masked) -> Block:
        return replace(block, span=made.moved(block.span), reading=self.text(block.reading))
