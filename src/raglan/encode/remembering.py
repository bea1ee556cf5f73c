"""An encoder that knows again what it has seen: the sentences of a corpus come back with every question asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from raglan.protocols import Encoder, covered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Remembering"]


class Remembering:
    """``encoder``, with the vectors of up to ``most`` texts kept in memory; when they are full it begins anew."""

    def __init__(self, encoder: Encoder, *, most: int = 100_000) -> None:
        self.dim, self.identity = encoder.dim, encoder.identity
        self._encoder = encoder
        self._most = most
        self._seen: dict[tuple[str, str], NDArray[np.float32]] = {}

    def covers(self, texts: Sequence[str]) -> list[float]:
        """As the encoder says."""
        return covered(self._encoder, texts)

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim]; what was seen in the same ``role`` is not computed again."""
        import numpy as np

        seen = self._seen
        new = list(dict.fromkeys(text for text in texts if (role, text) not in seen))
        found = {(role, text): seen[role, text] for text in texts if (role, text) in seen}
        found |= zip(((role, text) for text in new), self._encoder.encode(new, role=role), strict=True) if new else {}
        if len(seen) + len(new) > self._most:
            # Another thread may be reading the old one.
            self._seen = seen = {}
        if len(found) <= self._most:
            seen.update(found)
        return np.array([found[role, text] for text in texts], np.float32).reshape(len(texts), self.dim)
