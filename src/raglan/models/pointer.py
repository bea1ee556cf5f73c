"""A small network that points at answers in Chinese, over characters: convolutions, and one look at the question.

Units of text and question are the sum of three vectors (the character's, those of the pairs that it begins and ends, from
the shipped Chinese encoder), one of its own, and of the text what :mod:`raglan.models.aligned` tells; convolutions put
neighbours together; each unit of the text looks at the question (Chen et al. 2017, DrQA); more convolutions (Yu et al. 2018,
QANet); and every stretch of text of up to :data:`MOST` units has a logit, of its two ends together. It is here in numpy, and
in :mod:`raglan.nn.pointer` in torch, where it learns.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ModelError
from raglan.models.aligned import Units, aligned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Whole = NDArray[np.int64]

__all__ = ["ABOVE", "BELOW", "MOST", "PAIRED", "Pointer", "Pointings", "Table", "packed"]

BELOW = (1, 2)  # dilations of the convolutions over question and text
ABOVE = (1, 2, 4, 8, 1)  # and of those over the text that has seen the question
MOST = 48  # units of an answer
PAIRED = 32  # numbers by which a start and an end say whether they belong together
_SMALL = 1e-5


class Table(NamedTuple):
    """Vectors of words learned elsewhere: float32 ``rows`` [n + 1, e], the first one zeros, found by ``places``."""

    places: Mapping[str, int]
    rows: Array

    def of(self, given: Units) -> Whole:
        """For each unit the rows of itself, of the pair that it begins and of the pair that it ends: int64 [n, 3]."""
        import numpy as np

        pairs = [self.places.get(one, 0) for one in given.pairs]
        own = [self.places.get(one, 0) for one in given.names]
        return np.array([own, pairs, [0, *pairs[:-1]]], np.int64).T


class Pointings(NamedTuple):
    """Of a text of n units: ``spans`` [n, :data:`MOST`] are logits of an answer from a unit on that is 1, 2, ... units long.

    What would end behind the text has minus infinity. ``nothing`` is the logit that no answer stands in it.
    """

    spans: Array
    nothing: float


class Pointer:
    """The weights in the bytes ``data``; raises :class:`ModelError`, which names ``source``, for others."""

    def __init__(self, data: bytes, source: object, table: Table) -> None:
        import numpy as np

        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                kept = {name: file[name] for name in file.files}
            own = kept.pop("own.weight").astype(np.float32) * kept.pop("own.scales").astype(np.float32)[:, None]
            self._weights: dict[str, Array] = {name: one.astype(np.float32) for name, one in kept.items()}
            self._weights["own.weight"] = own
            wide = self._weights["words.weight"].shape[1]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"{source} holds no pointer ({error!r})") from error
        if wide != 3 * table.rows.shape[1] or not all(np.isfinite(one).all() for one in self._weights.values()):
            raise ModelError(f"{source} is damaged, or was made for other vectors of words")
        self._table = table

    def read(self, question: Units, texts: Sequence[Units]) -> list[Pointings]:
        """What it makes of each text; neither question nor texts may be empty."""
        asked = self._stacked("below", self._given(question, None), BELOW)
        pooled = self._softmax(self._dense("pool", asked).T) @ asked  # [1, d]
        return [self._one(question, text, asked, pooled) for text in texts]

    def _one(self, question: Units, text: Units, asked: Array, pooled: Array) -> Pointings:
        import numpy as np

        stood = aligned(question, text)
        x = self._stacked("below", self._given(text, stood.features), BELOW)
        logits = self._dense("looks", x) @ self._dense("seen", asked).T / np.sqrt(x.shape[1])
        seen = self._softmax(logits + self._weights["levels"][stood.levels]) @ asked
        whole = np.concatenate([x, seen, x * seen, np.broadcast_to(pooled, x.shape)], axis=1)
        x = self._stacked("above", self._normed("joined", self._dense("join", whole)), ABOVE)
        x = self._normed("last", x)
        top = np.concatenate([x.max(axis=0)[None], pooled], axis=1)
        return Pointings(self._spans(x), float(self._dense("nothing", top)[0, 0]))

    def _spans(self, x: Array) -> Array:
        """[n, d] -> [n, MOST]."""
        import numpy as np

        start, end = self._dense("ends", x).T
        behind = ((0, MOST - 1), (0, 0))
        lasts = np.lib.stride_tricks.sliding_window_view(np.pad(self._dense("lasts", x), behind), MOST, axis=0)
        pairs = (self._dense("firsts", x)[:, None] @ lasts)[:, 0]
        ends = np.pad(end, behind[0], constant_values=-np.inf)
        longer = np.lib.stride_tricks.sliding_window_view(ends, MOST)
        return np.asarray(start[:, None] + longer + pairs + self._weights["lengths"], np.float32)

    def _given(self, text: Units, features: Array | None) -> Array:
        words = self._table.rows[self._table.of(text)].reshape(len(text.names), -1)
        x = self._dense("words", words) + self._weights["own.weight"][text.rows]
        return self._normed("first", x if features is None else x + self._dense("features", features))

    def _stacked(self, name: str, x: Array, dilations: Sequence[int]) -> Array:
        import numpy as np

        for at, far in enumerate(dilations):
            normed = self._normed(f"{name}.{at}.norm", x)
            wide = np.pad(normed, ((far, far), (0, 0)))
            three = np.concatenate([wide[: len(x)], normed, wide[2 * far :]], axis=1)
            x = x + self._dense(f"{name}.{at}.out", np.maximum(self._dense(f"{name}.{at}.mix", three), 0))
        return x

    def _dense(self, name: str, x: Array) -> Array:
        product: Array = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _normed(self, name: str, x: Array) -> Array:
        centred = x - x.mean(axis=1, keepdims=True)
        spread = (centred * centred).mean(axis=1, keepdims=True)
        found: Array = centred / (spread + _SMALL) ** 0.5
        return found * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    @staticmethod
    def _softmax(logits: Array) -> Array:
        import numpy as np

        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def packed(weights: Mapping[str, Array]) -> bytes:
    """The file of a network's weights: the table of units in int8, with a scale a row, the rest in float16."""
    import numpy as np

    arrays: dict[str, Any] = {name: one.astype(np.float16) for name, one in weights.items() if name != "own.weight"}
    own = weights["own.weight"]
    scales = np.abs(own).max(axis=1) / 127 + 1e-8
    arrays["own.weight"] = np.rint(own / scales[:, None]).astype(np.int8)
    arrays["own.scales"] = scales.astype(np.float32)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()
