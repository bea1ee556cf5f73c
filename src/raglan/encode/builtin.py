"""What comes in the box: a transformer for English and its neighbours, static vectors for Chinese.

Each text goes to the encoder that reads most of it. The shorter vectors are filled up with zeros, so that both lie in one
space; across the two scripts cosines say nothing, and are small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from raglan.encode.onnx import OnnxEncoder
from raglan.encode.static import StaticEncoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BuiltinEncoder"]


class BuiltinEncoder:
    """MiniLM for what is Latin, static vectors for what is Chinese.

    ``length``: word pieces that MiniLM reads of a text. ``chinese``: a static encoder by name or path.
    """

    def __init__(self, *, length: int = 256, threads: int = 0, chinese: str = "static-zh") -> None:
        self._parts: tuple[OnnxEncoder | StaticEncoder, ...] = (
            OnnxEncoder(length=length, threads=threads),
            StaticEncoder(chinese),
        )
        self.dim = OnnxEncoder.dim

    @property
    def identity(self) -> str:
        """Those of both."""
        return "+".join(part.identity for part in self._parts)

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that one of the two reads."""
        return [max(shares) for shares in self._shares(texts)]

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim], of length 1."""
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
