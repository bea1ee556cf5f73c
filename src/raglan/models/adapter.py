"""The folder of a matrix for an encoder's queries: ``raglan.json`` and the matrix, half a megabyte.

``raglan.json`` says which encoder the matrix was fitted to, by name and by identity, for it means nothing to another one;
the sha256 of the matrix; and which raglan made it. What it was fitted to and what it gained stand beside, for people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from raglan.errors import ModelError
from raglan.models.folder import FACTS, FORMAT, verified

__all__ = ["KIND", "AdapterFolder", "kind_of", "read_adapter"]

KIND = "adapter"
_AGAIN = "fit it again (raglan train query)"


@dataclass(frozen=True, slots=True)
class AdapterFolder:
    """A matrix in ``place / file``, whose sha256 is ``mark``, for the encoder that ``use`` and ``options`` name.

    ``identity`` is that of the encoder when the matrix was fitted. ``facts`` change nothing.
    """

    place: Path
    use: str
    identity: str
    file: str
    mark: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def matrix(self) -> Path:
        """The file of the matrix. Raises :class:`ModelError` if it is missing or was changed."""
        verified(self.place / self.file, self.mark)
        return self.place / self.file

    def write(self) -> None:
        """Put ``raglan.json`` in its place, whole."""
        encoder = {"use": self.use, "options": dict(self.options), "identity": self.identity}
        made = {"format": FORMAT, "kind": KIND, "created_by": f"raglan {version('raglan')}"}
        table = {**self.facts, **made, "encoder": encoder, "files": {self.file: self.mark}}
        part = self.place / f"{FACTS}.part"
        part.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.replace(self.place / FACTS)


def read_adapter(place: Path) -> AdapterFolder:
    """What the folder at ``place`` holds.

    Raises :class:`ModelError` where there is no adapter, where ``raglan.json`` is damaged, or of a later format.
    """
    file = place / FACTS
    try:
        table = json.loads(file.read_bytes())
        kind, later = table["kind"], table["format"] > FORMAT
        found = _folder(place, table) if kind == KIND and not later else None
    except OSError as error:
        raise ModelError(f"{place} holds no adapter: {FACTS} cannot be read ({error.strerror})") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{file} is damaged ({error!r}); {_AGAIN}") from error
    if later:
        raise ModelError(f"{file} has format {table['format']}, this raglan reads up to {FORMAT}: update raglan")
    if found is None:
        raise ModelError(f"{place} holds a model of kind {kind!r}, where {KIND!r} is needed; name another folder")
    return found


def _folder(place: Path, table: Mapping[str, Any]) -> AdapterFolder:
    encoder = table["encoder"]
    [(file, mark)] = table["files"].items()
    texts = (encoder["use"], encoder["identity"], file, mark)
    if not all(isinstance(one, str) for one in texts) or not isinstance(encoder["options"], dict):
        raise TypeError(f"encoder is {encoder!r}, files are {table['files']!r}")
    if Path(file).name != file:
        raise ValueError(f"{file!r} is no file of this folder")
    facts = {key: value for key, value in table.items() if key not in ("format", "kind", "encoder", "files")}
    return AdapterFolder(place, *texts, encoder["options"], facts)


def kind_of(place: Path) -> str:
    """What kind of model ``raglan.json`` in the folder at ``place`` tells of; empty if there is none, or none is told."""
    try:
        kind = json.loads((place / FACTS).read_bytes())["kind"]
    except (OSError, KeyError, TypeError, ValueError):
        return ""
    return str(kind)
