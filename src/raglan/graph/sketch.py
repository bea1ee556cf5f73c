"""How alike two texts are, from 64 numbers each: MinHash over shingles (Broder 1997).

The sketch of several texts together is the least of theirs, place by place: so a document's is made from its passages',
and a passage that goes takes with it only what was its own. Figures are left out of the shingles: versions of a text that
differ in a number are still near.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.uint32]

__all__ = ["SIZE", "alike", "joined", "near", "sketched"]

SIZE = 64
_BANDS = 16  # of 4 numbers: two texts of likeness 0.5 share a band with probability 0.64, of 0.7 with 0.99
_SHINGLE = 3  # words, or characters of Chinese
_PIECES = re.compile(r"[㐀-鿿]|[^\W\d_]+")


@lru_cache(maxsize=1)
def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Odd factors and summands, 64 bits each: the upper half of a·x + b, wrapped, is a hash (Dietzfelbinger et al. 1997)."""
    import numpy as np

    chance = np.random.default_rng(20261128)
    every = np.iinfo(np.uint64).max
    times = chance.integers(0, every, SIZE, dtype=np.uint64, endpoint=True) | np.uint64(1)
    return times, chance.integers(0, every, SIZE, dtype=np.uint64, endpoint=True)


def sketched(text: str) -> bytes:
    """The sketch of a text, 256 bytes; empty for one of fewer than three words.

    >>> a, b = "The warranty lasts 24 months from delivery.", "The warranty lasts 12 months from delivery."
    >>> alike(sketched(a), sketched(b)), len(sketched("Too short"))
    (1.0, 0)
    """
    import numpy as np

    words = _PIECES.findall(text.lower())
    shingles = {" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1)}
    if not shingles:
        return b""
    own = np.array(sorted(crc32(one.encode("utf-8", "surrogatepass")) for one in shingles), np.uint64)
    times, plus = _functions()
    hashes = own[:, None] * times + plus
    return bytes((hashes.min(axis=0) >> np.uint64(32)).astype("<u4").tobytes())


def joined(sketches: Iterable[bytes]) -> bytes:
    """The sketch of texts together, from theirs."""
    import numpy as np

    told = [np.frombuffer(one, "<u4") for one in sketches if one]
    return bytes(np.minimum.reduce(told).tobytes()) if told else b""


def alike(one: bytes, other: bytes) -> float:
    """The estimated share of shingles in common, 0 to 1."""
    import numpy as np

    if not one or not other:
        return 0.0
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


def near(sketches: Sequence[bytes], least: float) -> list[tuple[int, int, float]]:
    """Pairs of places whose texts are at least so alike, with how much; by bands, without looking at all pairs.

    Where very many share a band, as pages of one form do, each is compared with the next only.
    """
    buckets: dict[tuple[int, bytes], list[int]] = {}
    width = 4 * SIZE // _BANDS
    for place, sketch in enumerate(sketches):
        for band in range(_BANDS if sketch else 0):
            buckets.setdefault((band, sketch[band * width : (band + 1) * width]), []).append(place)
    pairs = {pair for places in buckets.values() for pair in _pairs(places)}
    found = [(a, b, alike(sketches[a], sketches[b])) for a, b in sorted(pairs)]
    return [one for one in found if one[2] >= least]


def _pairs(places: Sequence[int], most: int = 40) -> list[tuple[int, int]]:
    if len(places) > most:
        return list(pairwise(places))
    return [(a, b) for at, a in enumerate(places) for b in places[at + 1 :]]
