"""Several encoders as one: each text goes to the one that reads most of it.

The shorter vectors are filled up with zeros, so that all lie in one space; across encoders cosines say nothing. Where these
read different scripts, as they should, such cosines are between a text and one in a script that it does not share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from raglan.protocols import Covers, Encoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Part", "Routed"]


class Part(Encoder, Covers, Protocol):
    """An encoder that says what it cannot read."""


class Routed:
    """``parts``, at least one: of those that read equally much of a text, the first gets it."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self.dim = max(part.dim for part in parts)

    @property
    def identity(self) -> str:
        """Those of all."""
        return "+".join(part.identity for part in self._parts)

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that one of them reads."""
        return [max(shares) for shares in self._shares(texts)]

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim], of the lengths that the parts give them."""
        import numpy as np

        out = np.zeros((len(texts), self.dim), np.float32)
        chosen = [max(range(len(shares)), key=shares.__getitem__) for shares in self._shares(texts)]
        for at, part in enumerate(self._parts):
            rows = [row for row, choice in enumerate(chosen) if choice == at]
            if rows:
                found = part.encode([texts[row] for row in rows], role=role)
                out[rows, : found.shape[1]] = found
        return out

    def _shares(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        return list(zip(*(part.covers(texts) for part in self._parts), strict=True))
