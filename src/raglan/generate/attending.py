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
    """W_a, ``matrix`` float32 [d, d], and the identity of the ``encoder`` that it learned with."""

    matrix: Any = field(hash=False, compare=False)
    encoder: str

    def __call__(self, question: str, sources: Sequence[Source], encoder: Encoder | None) -> Attended:
        """The weights of ``sources``, at least one. Raises :class:`ConfigError` without the encoder, or with another one."""
        import numpy as np

        if encoder is None or encoder.identity != self.encoder:
            given = "none is configured" if encoder is None else f"{encoder.identity!r} is configured"
            raise ConfigError(f"this reader weighs sources by vectors of {self.encoder!r}; {given}")
        asked: NDArray[np.float32] = encoder.encode([question], role="query")[0]
        given_vectors = encoder.encode([concatenated([one]).text for one in sources], role="passage")
        logits = (asked @ self.matrix) @ given_vectors.T
        shares = np.exp(logits - logits.max())
        weights = shares / shares.sum()
        return Attended(tuple(weights.tolist()), weights @ given_vectors)

    def data(self) -> bytes:
        """As a reader's folder holds it, in ``attention.npz``."""
        import numpy as np

        file = io.BytesIO()
        np.savez(file, matrix=np.asarray(self.matrix, np.float32), encoder=np.array(self.encoder))
        return file.getvalue()

    @classmethod
    def read(cls, data: bytes, source: object) -> Attending:
        """From the bytes of such a file. Raises :class:`ModelError`, which names ``source``, for others."""
        import numpy as np

        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as found:
                matrix, encoder = np.asarray(found["matrix"]), str(found["encoder"])
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(f"{source} holds no attention ({error})") from error
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
            raise ModelError(f"{source} holds no attention: a square matrix of finite numbers is needed")
        return cls(matrix, encoder)
