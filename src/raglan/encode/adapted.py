"""Encoders whose vectors of queries go through a matrix, while those of passages stay what they are in the index.

====================  ==========================================  =================================================
:class:`Adapted`      queries @ matrixᵀ, passages as ever         a few labels, no time to train or encode again
:class:`Translated`   a new encoder's queries in the old space    serving while a new encoder's vectors are made
====================  ==========================================  =================================================

The first is fitted by :mod:`raglan.train.adapting`, the second by :mod:`raglan.encode.translating`. An identity names the
vectors of passages: of both it is that of the encoder whose passages are searched, so an index need not be made anew, and
would find nothing under another one.

Papers: Yoon et al. 2024 (Search-Adaptor: a small change after a fixed encoder); Vejendla 2025 (Drift-Adapter: queries of a
new model mapped into the space of the old one's index); Shen et al. 2020 (why not to encode anew at once).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError, ModelError
from raglan.protocols import Encoder, covered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Adapted", "Translated", "read_matrix", "write_matrix"]

_LEAST = 1e-6  # a vector of that length says nothing of a direction


class Adapted:
    """``encoder``, its vectors of queries multiplied by ``matrix`` [dim, dim] (row: ``matrix @ query``), length 1 again.

    Dimension and identity are the encoder's, whose vectors of passages these are. A query that the matrix takes to nothing
    keeps its own vector. Raises :class:`ModelError` for a matrix of another shape or with numbers that are none.
    """

    def __init__(self, encoder: Encoder, matrix: NDArray[np.floating[Any]]) -> None:
        self.dim, self.identity = encoder.dim, encoder.identity
        self._encoder = encoder
        self._matrix = _checked(matrix, encoder.dim, encoder.dim)

    @property
    def adapter(self) -> str:
        """Names the matrix, for reports and for whoever keeps vectors of queries."""
        return hashlib.blake2b(self._matrix.tobytes(), digest_size=8).hexdigest()

    def covers(self, texts: Sequence[str]) -> list[float]:
        """As the encoder says."""
        return covered(self._encoder, texts)

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim], of length 1."""
        import numpy as np

        vectors = self._encoder.encode(texts, role=role)
        if role != "query":
            return vectors
        mapped, lost = _mapped(vectors, self._matrix)
        return np.where(lost, vectors, mapped)


class Translated:
    """Queries of a new ``encoder`` for the vectors of an old one, which ``identity`` names: ``matrix`` [old dim, new dim].

    Dimension and identity are the old one's, whose vectors are searched. It only asks. A passage that is new has no vector
    here: its own, translated, would stand among others of the old encoder for good, so :class:`ConfigError` is raised, and
    words find it meanwhile. A query that the matrix takes to nothing gets the first axis. Raises :class:`ModelError` for a
    matrix of another width or with numbers that are none.
    """

    def __init__(self, encoder: Encoder, matrix: NDArray[np.floating[Any]], identity: str) -> None:
        if identity == encoder.identity:
            raise ConfigError(f"{identity} need not be translated to itself")
        self._encoder = encoder
        self._matrix = _checked(matrix, None, encoder.dim)
        self.dim, self.identity = len(self._matrix), identity

    def covers(self, texts: Sequence[str]) -> list[float]:
        """As the new encoder says."""
        return covered(self._encoder, texts)

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, old dim], of length 1, of queries. Raises :class:`ConfigError` for passages."""
        if role != "query" and texts:
            new = self._encoder.identity
            raise ConfigError(f"passages of {new} do not belong among those of {self.identity}; encode them anew")
        mapped, lost = _mapped(self._encoder.encode(texts, role=role), self._matrix)
        mapped[lost[:, 0], 0] = 1.0
        return mapped


def write_matrix(path: Path, matrix: NDArray[np.floating[Any]], *, queries: str, passages: str) -> None:
    """Keep a matrix with the identities of the encoders that it takes queries from, and leads to."""
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole: a matrix in use is never half written.
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez(file, matrix=np.asarray(matrix, np.float32), queries=np.array(queries), passages=np.array(passages))
    part.replace(path)


def read_matrix(path: Path, *, queries: str, passages: str) -> NDArray[np.float32]:
    """The matrix that :func:`write_matrix` kept, float32 [passages' dim, queries' dim].

    Raises :class:`ModelError` if it cannot be read or was fitted to other encoders.
    """
    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            matrix, of, to = found["matrix"], str(found["queries"]), str(found["passages"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read as a matrix ({error}); fit it again") from error
    if (of, to) != (queries, passages):
        raise ModelError(
            f"{path} leads from queries of {of} to passages of {to}, not from {queries} to {passages}; fit it again"
        )
    return _checked(matrix, None, None)


def _checked(matrix: NDArray[np.floating[Any]], rows: int | None, columns: int | None) -> NDArray[np.float32]:
    import numpy as np

    found = np.array(matrix, np.float32)
    if found.ndim != 2 or not found.size or found.shape != (rows or len(found), columns or found.shape[1]):
        wanted = f"[{rows or 'any'}, {columns or 'any'}]"
        raise ModelError(f"the matrix has the shape {list(found.shape)}, must have {wanted}")
    if not np.isfinite(found).all():
        raise ModelError("the matrix holds numbers that are none (NaN or infinite); fit it again")
    return found


def _mapped(vectors: NDArray[np.float32], matrix: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """``vectors`` [n, in] @ ``matrix`` [out, in]ᵀ, of length 1; and [n, 1] whether nothing is left of one (then zeros)."""
    import numpy as np

    # Unlike a matrix product's, each row's result is the same whichever rows stand beside it.
    mapped = np.einsum("ij,kj->ik", vectors, matrix, dtype=np.float32)
    lengths = np.linalg.norm(mapped, axis=1, keepdims=True)
    lost = ~(lengths > _LEAST)
    return np.where(lost, 0.0, mapped / np.where(lost, 1.0, lengths)).astype(np.float32), lost
