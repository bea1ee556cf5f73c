"""What comes in the box, routed by script: a transformer for English and static vectors for Chinese, or only such vectors.

Latin goes to the encoder of English, and so does what has no letters at all; Chinese goes to the Chinese one. A text in
another script gets no vector, and words find it.
"""

from __future__ import annotations

from raglan.encode.onnx import OnnxEncoder
from raglan.encode.routed import Part, Routed
from raglan.encode.static import SHIPPED_TABLES, StaticEncoder

__all__ = ["builtin", "static"]


def builtin(*, length: int = 256, threads: int = 0, chinese: str = "static-zh") -> Routed:
    """MiniLM for what is Latin, static vectors for what is Chinese.

    ``length``: word pieces that MiniLM reads of a text. ``chinese``: a static encoder by name or path.
    """
    return Routed(OnnxEncoder(length=length, threads=threads), StaticEncoder(chinese))


def static(name: str = "") -> Part:
    """Every static encoder in the box, each for its script; or the one that ``name`` is the name, or the path, of."""
    return StaticEncoder(name) if name else Routed(*map(StaticEncoder, SHIPPED_TABLES))
