"""The encoder that an adapter's folder makes, and such a folder from a matrix."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.config import Spec
from raglan.encode.adapted import Adapted, read_matrix, write_matrix
from raglan.errors import ConfigError, ModelError
from raglan.models.adapter import KIND, AdapterFolder, kind_of, read_adapter
from raglan.models.folder import FACTS
from raglan.plugins import make
from raglan.protocols import Encoder

if TYPE_CHECKING:
    from raglan.encode.linear import Matrix

__all__ = ["adapted", "refuse_other", "save"]

_NEW = "matrix.new.npz"


def adapted(*, model: str) -> Adapted:
    """The encoder that the matrix in the folder ``model`` was fitted to, with it: as a configuration names it.

    Raises :class:`ModelError` for a folder that holds no such matrix or a damaged one, and where the encoder of that name is
    not the one that it was fitted to.
    """
    found = read_adapter(Path(model).expanduser())
    try:
        encoder: Encoder = make("encoder", found.use, found.options)
    except (ConfigError, ModelError) as error:
        raise ModelError(f"{model} goes with the encoder {found.use!r}, which is not to be had: {error}") from error
    if encoder.identity != found.identity:
        raise ModelError(
            f"{model} was fitted to {found.identity}; the encoder {found.use!r} is {encoder.identity} now. Fit it again "
            "(raglan train query), or leave it out"
        )
    return Adapted(encoder, read_matrix(found.matrix(), queries=found.identity, passages=found.identity))


def refuse_other(folder: Path) -> None:
    """Raise :class:`ConfigError` if ``folder`` is there and holds anything but an adapter."""
    # What a save left that was killed is ours, too.
    ours = folder.is_dir() and all(one.name.startswith(("matrix", FACTS)) for one in folder.iterdir())
    if not folder.exists() or kind_of(folder) == KIND or (ours and not kind_of(folder)):
        return
    held = f"a model of kind {kind_of(folder)!r}" if kind_of(folder) else "something that is no model"
    raise ConfigError(f"{folder} holds {held}: name a new folder, or one that an adapter was saved in")


def save(folder: Path, matrix: Matrix, encoder: Spec, identity: str, facts: Mapping[str, Any]) -> None:
    """Put ``matrix`` [d, d] for the ``encoder`` of this ``identity`` into ``folder``, in place of one that was there.

    The same matrix gives the same bytes. What was there can be used until all is written. Raises :class:`ConfigError` for a
    folder that holds something else, and :class:`ModelError` where nothing can be written.
    """
    refuse_other(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_matrix(folder / _NEW, matrix, queries=identity, passages=identity)
        mark = hashlib.sha256((folder / _NEW).read_bytes()).hexdigest()
        made = AdapterFolder(folder, encoder.use, identity, f"matrix-{mark[:8]}.npz", mark, encoder.options, facts)
        (folder / _NEW).replace(folder / made.file)
        made.write()
        for other in folder.glob("matrix-*.npz"):
            if other.name != made.file:
                other.unlink()
    except OSError as error:
        raise ModelError(f"{folder} cannot be written ({error}); make room, or name another place") from error
