"""A table of word vectors as a file: what a static encoder sums, and what small networks read with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["StaticTable", "packed", "unpacked"]


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
