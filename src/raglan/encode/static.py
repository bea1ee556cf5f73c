"""Text to vectors without a network: the sum of one vector a word, of unit length.

Words are those of search (stems, pairs of Chinese characters), and single Chinese characters beside them. A vector's length
is its word's weight, learned with it. A word that the table does not hold may get a direction by its hash: a name or number
is found again, though nothing is near it. Far faster than a transformer (bench/encoders.py), and blind for order. Papers:
Wieting et al. 2016 (averaged word vectors), Arora et al. 2017 (why weighting matters), Weinberger et al. 2009 (hashing).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ModelError
from raglan.models.shipped import SHIPPED, digest, shipped
from raglan.text.words import characters, chinese_share, latin_share, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SHIPPED_TABLES", "StaticEncoder", "StaticTable", "grams", "hashed", "packed", "unpacked"]

# Script and dimension of those that are shipped, which need not be loaded to know them. A Latin one stands first: it gets
# what is half in its script, as MiniLM does.
SHIPPED_TABLES: Mapping[str, tuple[str, int]] = {"static-en": ("Latn", 384), "static-zh": ("Hani", 256)}
_MOST = 600  # grams read of a text: some 300 characters of Chinese


class StaticTable(NamedTuple):
    """For each of ``words`` int8 ``rows`` [n, dim] times float32 ``scales`` [n]; ``script`` is ``Hani`` or ``Latn``.

    The vector of any other word is as long as ``unknown``; 0 leaves such words out.
    """

    words: Sequence[str]
    rows: NDArray[np.int8]
    scales: NDArray[np.float32]
    script: str
    unknown: float = 0.0

    @classmethod
    def of(cls, words: Sequence[str], vectors: NDArray[np.float32], script: str, unknown: float = 0.0) -> StaticTable:
        """``vectors`` [n, dim], rounded: what is lost is below 1 % of a vector."""
        import numpy as np

        scales = (np.abs(vectors).max(axis=1) / 127 + 1e-12).astype(np.float32)
        return cls(words, np.rint(vectors / scales[:, None]).astype(np.int8), scales, script, unknown)


def grams(text: str) -> list[str]:
    """What a text is the sum of.

    >>> grams("保修期 24 months")
    ['保修', '修期', '24', 'month', '保', '修', '期']
    """
    return [*terms(text)[:_MOST], *characters(text)[:_MOST]]


def hashed(words: Sequence[str], dim: int) -> NDArray[np.float32]:
    """Vectors [n, ``dim``] of length 1 with the signs that a word's hash tells: of two words nearly at a right angle.

    They are in the vectors of stores: another hash is another encoder, and needs another identity.
    """
    import numpy as np

    size = -(-dim // 8)
    drawn = b"".join(hashlib.shake_128(word.encode("utf-8", "surrogatepass")).digest(size) for word in words)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8).reshape(len(words), size), axis=1, count=dim)
    return (bits * np.float32(2) - 1) / np.float32(dim**0.5)


def packed(table: StaticTable) -> bytes:
    """The file of a table."""
    import numpy as np

    if any("\n" in word for word in table.words):
        raise ValueError("a word with a line break cannot be kept")
    file = io.BytesIO()
    words = np.frombuffer("\n".join(table.words).encode(), np.uint8)
    script = np.frombuffer(table.script.encode(), np.uint8)
    arrays: dict[str, Any] = {"words": words, "rows": table.rows, "scales": table.scales, "script": script}
    if table.unknown:
        arrays["unknown"] = np.float32(table.unknown)
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpacked(data: bytes, place: str) -> StaticTable:
    """The table of a file; raises :class:`ModelError` if it is none."""
    import numpy as np

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            words = file["words"].tobytes().decode().split("\n")
            unknown = float(file["unknown"]) if "unknown" in file else 0.0
            table = StaticTable(words, file["rows"], file["scales"], file["script"].tobytes().decode(), unknown)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{place} holds no static encoder ({error})") from error
    sizes = {len(table.words), len(table.rows), len(table.scales)}
    if table.rows.ndim != 2 or len(sizes) > 1 or not np.isfinite([*table.scales, table.unknown]).all():
        raise ModelError(f"{place} is damaged: words, rows and scales do not fit, or are not all finite")
    return table


class StaticEncoder:
    """A shipped static encoder by ``name``, or one in the file that ``name`` is the path of."""

    def __init__(self, name: str = "static-zh") -> None:
        self._name = name
        self._shipped = SHIPPED_TABLES.get(name)

    @cached_property
    def _data(self) -> bytes:
        if self._shipped:
            return shipped(f"{self._name}.npz")
        try:
            return Path(self._name).read_bytes()
        except OSError as error:
            raise ModelError(f"{self._name} is no shipped encoder and no file ({error.strerror})") from error

    @cached_property
    def _table(self) -> StaticTable:
        return unpacked(self._data, self._name)

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {word: at for at, word in enumerate(self._table.words)}

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self._shipped[1] if self._shipped else int(self._table.rows.shape[1])

    @property
    def identity(self) -> str:
        """Name and hash of the vectors."""
        known = SHIPPED[f"{self._name}.npz"] if self._shipped else digest(self._data)
        return f"static:{Path(self._name).stem}:{known[:16]}"

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that belong to this encoder's script."""
        script = self._shipped[0] if self._shipped else self._table.script
        share = chinese_share if script == "Hani" else latin_share
        return [share(text) for text in texts]

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:  # noqa: ARG002 (one table for both)
        """Vectors float32 [n, dim], of length 1; of length 0 for a text without a word that has a vector."""
        import numpy as np

        table, ids = self._table, self._ids
        out = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            words = grams(text)
            known = [ids[word] for word in words if word in ids]
            summed = table.scales[known] @ table.rows[known]
            if table.unknown and len(known) < len(words):
                others = [word for word in words if word not in ids]
                summed = summed + table.unknown * hashed(others, self.dim).sum(axis=0)
            out[row] = summed / max(float(np.linalg.norm(summed)), 1e-12)
        return out
