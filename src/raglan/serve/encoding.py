"""One encoder for all requests: texts that several threads want encoded at the same time go through it in one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from raglan.protocols import Encoder, covered
from raglan.serve.batching import Batches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SharedEncoder"]

_MOST = 16_384  # characters in a call: some tenths of a second


class _Texts(NamedTuple):
    texts: Sequence[str]
    role: str


class SharedEncoder:
    """``encoder``, asked by one thread for all. Questions, which are short and wanted first, go before passages.

    The same text twice in a batch is encoded once: those who ask the same are shown the same passages. ``took`` hears how
    many seconds each call took.
    """

    def __init__(self, encoder: Encoder, *, took: Callable[[float], None] = lambda _: None) -> None:
        self.dim, self.identity = encoder.dim, encoder.identity
        self._encoder, self._took = encoder, took
        self.batches: Batches[_Texts, NDArray[np.float32]] = Batches(
            self._encode, name="encoder", most=_MOST, size=_characters, urgent=_is_question
        )

    def covers(self, texts: Sequence[str]) -> list[float]:
        """As the encoder says."""
        return covered(self._encoder, texts)

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors float32 [n, dim]; raises what the encoder raises."""
        import numpy as np

        # Whoever indexes asks for many long texts at once: in between, questions have their turn.
        found = [self.batches.submit(part).result() for part in _parts(texts, role)]
        return np.concatenate(found) if found else np.empty((0, self.dim), np.float32)

    def close(self) -> None:
        """Encode what waits, then stop."""
        self.batches.close()

    def _encode(self, asked: Sequence[_Texts]) -> list[NDArray[np.float32]]:
        began = time.perf_counter()
        vectors: dict[tuple[str, str], NDArray[np.float32]] = {}
        for role in dict.fromkeys(one.role for one in asked):
            texts = list(dict.fromkeys(text for one in asked if one.role == role for text in one.texts))
            found = self._encoder.encode(texts, role=role)
            vectors.update(zip(((role, text) for text in texts), found, strict=True))
        self._took(time.perf_counter() - began)
        return [self._rows(one, vectors) for one in asked]

    def _rows(self, one: _Texts, vectors: dict[tuple[str, str], NDArray[np.float32]]) -> NDArray[np.float32]:
        import numpy as np

        rows = [vectors[one.role, text] for text in one.texts]
        return np.array(rows, np.float32).reshape(len(rows), self.dim)


def _is_question(one: _Texts) -> bool:
    return one.role == "query"


def _characters(one: _Texts) -> int:
    return sum(map(len, one.texts))


def _parts(texts: Sequence[str], role: str) -> Iterator[_Texts]:
    start = size = 0
    for at, text in enumerate(texts):
        if at > start and size + len(text) > _MOST:
            yield _Texts(texts[start:at], role)
            start, size = at, 0
        size += len(text)
    if texts:
        yield _Texts(texts[start:], role)
