"""Text to vectors without a network: the sum of one vector a word, of unit length.

Words are those of search (stems, pairs of Chinese characters), and single Chinese characters beside them. A vector's length
is its word's weight, learned with it. A word that the table does not hold may get a direction by its hash: a name or number
is found again, though nothing is near it. Far faster than a transformer (bench/encoders.py), and blind for order. Papers:
Wieting et al. 2016 (averaged word vectors), Arora et al. 2017 (why weighting matters), Weinberger et al. 2009 (hashing).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from raglan.errors import ModelError
from raglan.models.shipped import SHIPPED, digest, shipped
from raglan.models.static import StaticTable, unpacked
from raglan.text.script import simplified
from raglan.text.words import characters, chinese_share, latin_share, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SHIPPED_TABLES", "StaticEncoder", "grams", "hashed"]

# Script and dimension of those that are shipped, which need not be loaded to know them. A Latin one stands first: it gets
# what is half in its script, as MiniLM does.
SHIPPED_TABLES: Mapping[str, tuple[str, int]] = {"static-en": ("Latn", 384), "static-zh": ("Hani", 256)}
_MOST = 600  # grams read of a text: some 300 characters of Chinese


def grams(text: str) -> list[str]:
    """What a text is the sum of, in simplified characters.

    >>> grams("維修期 24 months")
    ['维修', '修期', '24', 'month', '维', '修', '期']
    """
    return [*terms(text)[:_MOST], *characters(simplified(text))[:_MOST]]


def hashed(words: Sequence[str], dim: int) -> NDArray[np.float32]:
    """Vectors [n, ``dim``] of length 1 with the signs that a word's hash tells: of two words nearly at a right angle.

    They are in the vectors of stores: another hash is another encoder, and needs another identity.
    """
    import numpy as np

    size = -(-dim // 8)
    drawn = b"".join(hashlib.shake_128(word.encode("utf-8", "surrogatepass")).digest(size) for word in words)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8).reshape(len(words), size), axis=1, count=dim)
    return (bits * np.float32(2) - 1) / np.float32(dim**0.5)


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
    def _script(self) -> str:
        return self._shipped[0] if self._shipped else self._table.script

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self._shipped[1] if self._shipped else int(self._table.rows.shape[1])

    @property
    def identity(self) -> str:
        """Name and hash of the vectors."""
        known = SHIPPED[f"{self._name}.npz"] if self._shipped else digest(self._data)
        # Words of Chinese tables are written in simplified characters: vectors of before that are others.
        return f"static:{Path(self._name).stem}:{known[:16]}{':simplified' * (self._script == 'Hani')}"

    def covers(self, texts: Sequence[str]) -> list[float]:
        """For each text the share of its letters that belong to this encoder's script."""
        share = chinese_share if self._script == "Hani" else latin_share
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
