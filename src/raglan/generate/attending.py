"""How much each source counts by vectors: attention of the question's over those of the sources, as a reader learned it.

``a_i = softmax_i(h^T W_a d_i)`` and ``h_aug = Σ_i a_i d_i``: :mod:`raglan.nn.attention` without torch. Vectors are those of
the encoder that W_a was learned with, and of no other.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ConfigError, ModelError
from raglan.generate.companion import Companion
from raglan.generate.fusing import concatenated
from raglan.models.blocks import Source
from raglan.protocols import Encoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ATTENTION", "Attended", "Attending"]

ATTENTION = "attention.npz"  # in a reader's folder


class Attended(NamedTuple):
    """``weights`` of the sources, which sum to 1, and ``vector`` [d], the sum of theirs."""

    weights: tuple[float, ...]
    vector: Any


@dataclass(frozen=True, slots=True)
class Attending:
    """W_a, ``matrix`` float32 [d, d], and the identity of the ``encoder`` that it learned with.

    An identity is that of passages' vectors. Where a tower for questions learned, too, ``query`` is the sha256 of its file,
    and it lies in the reader's folder (:mod:`raglan.generate.companion`).
    """

    matrix: Any = field(hash=False, compare=False)
    encoder: str
    query: str = ""

    def __call__(
        self, question: str, sources: Sequence[Source], encoder: Encoder | None, own: Companion | None = None
    ) -> Attended:
        """The weights of ``sources``, at least one; the question is encoded by the reader's ``own`` encoder, if it has one.

        Raises :class:`ConfigError` where it has none and the ``encoder`` is not there, or another one.
        """
        import numpy as np

        same = encoder if encoder is not None and encoder.identity == self.encoder else None
        asks, tells = own or same, same or own
        if asks is None or tells is None:
            given = "none is configured" if encoder is None else f"{encoder.identity!r} is configured"
            raise ConfigError(f"this reader weighs sources by vectors of {self.encoder!r}; {given}")
        asked: NDArray[np.float32] = asks.encode([question], role="query")[0]
        given_vectors = tells.encode([concatenated([one]).text for one in sources], role="passage")
        logits = (asked @ self.matrix) @ given_vectors.T
        shares = np.exp(logits - logits.max())
        weights = shares / shares.sum()
        return Attended(tuple(weights.tolist()), weights @ given_vectors)

    def data(self) -> bytes:
        """As a reader's folder holds it, in ``attention.npz``."""
        import numpy as np

        file = io.BytesIO()
        matrix = np.asarray(self.matrix, np.float32)
        np.savez(file, matrix=matrix, encoder=np.array(self.encoder), query=np.array(self.query))
        return file.getvalue()

    @classmethod
    def read(cls, data: bytes, source: object) -> Attending:
        """From the bytes of such a file. Raises :class:`ModelError`, which names ``source``, for others."""
        import numpy as np

        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as found:
                matrix, encoder = np.asarray(found["matrix"]), str(found["encoder"])
                query = str(found["query"]) if "query" in found else ""  # of before questions' towers learned
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(f"{source} holds no attention ({error})") from error
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
            raise ModelError(f"{source} holds no attention: a square matrix of finite numbers is needed")
        return cls(matrix, encoder, query)
