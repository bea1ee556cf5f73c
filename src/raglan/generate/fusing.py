"""Ways in which several sources make one text: what each gives for the next token, and how far it is trusted.

All of them are the same to whoever decodes: a text under way that tells what may follow.

- ``decoder``: all blocks are looked at together (Fusion-in-Decoder, Izacard and Grave 2021).
- ``bias``: the same, and the log of each block's weight is added where it is looked at (Lewis et al. 2020, MARGE).
- ``token``: each block by itself, and a weighted mean of their chances at every token (Lewis et al. 2020, RAG-Token).
- ``sequence``: the same, with weights that follow which block foretold the text so far: the chance of a whole text is the
  weighted mean of what it is by each block (Lewis et al. 2020, RAG-Sequence).
- ``attention``: as ``bias``, with weights by vectors (:mod:`raglan.generate.attending`), and pointing looks that way, too.
- ``soft``: as ``decoder``, and the weighted sum of the sources' vectors is added to the first token.
- ``concatenation``: one block that holds the first sources as far as they go; the reader needs nothing of this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from raglan.errors import ConfigError
from raglan.models.blocks import Source
from raglan.models.reader import Known, ReaderGraph, Said, Writing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BY_VECTORS", "FUSIONS", "Underway", "beginnings", "concatenated", "known_fusion", "mixed", "underway"]

FUSIONS = ("decoder", "bias", "attention", "soft", "token", "sequence", "concatenation")
BY_VECTORS = ("attention", "soft")


class Underway(Protocol):
    """A text that is being written."""

    def next(self, token: int) -> Said:
        """Go on with ``token``; what may follow it."""
        ...

    def fork(self) -> Underway:
        """The same text so far, that goes on by itself."""
        ...


def known_fusion(fusion: str) -> str:
    """The same; raises :class:`ConfigError` for one that is not there."""
    if fusion not in FUSIONS:
        raise ConfigError(f"fusion is {fusion!r}; there are {', '.join(FUSIONS)}")
    return fusion


def underway(
    graph: ReaderGraph, known: Known, weights: Sequence[float], fusion: str, *, soft: NDArray[np.float32] | None = None
) -> Underway:
    """A text that rests on ``known``, read for writing; ``weights`` [n] of its blocks sum to 1, ``soft`` [d] is a vector.

    Raises :class:`ConfigError` for a fusion that is not there.
    """
    if known_fusion(fusion) in ("token", "sequence"):
        each = [_Whole(graph, graph.begin(known.part(at))) for at in range(len(weights))]
        return _Mean(each, weights, follows=fusion == "sequence")
    looked = weights if fusion in ("bias", "attention") else None
    return _Whole(graph, graph.begin(known, looked, soft if fusion == "soft" else None))


def mixed(shares: Sequence[float], said: Sequence[Said]) -> Said:
    """A mean of chances; ``shares`` sum to 1. What may be copied stands in one row, in the order of ``said``."""
    import numpy as np

    pairs = list(zip(shares, said, strict=True))
    chances = np.stack([share * one.chances for share, one in pairs]).sum(axis=0, dtype=np.float32)
    own = sum(share * one.own for share, one in pairs)
    copied = np.concatenate([share * (1 - one.own) * one.copied for share, one in pairs]).astype(np.float32)
    return Said(chances, copied / np.float32(max(1 - own, 1e-9)), own)


def concatenated(sources: Sequence[Source]) -> Source:
    """All ``sources`` as one, each under its title."""
    return Source("", "\n".join(_titled(one) + one.text for one in sources))


def beginnings(sources: Sequence[Source]) -> list[int]:
    """At which character of :func:`concatenated` the text of each begins."""
    starts, at = [], 0
    for one in sources:
        starts.append(at + len(_titled(one)))
        at = starts[-1] + len(one.text) + 1
    return starts


def _titled(source: Source) -> str:
    return f"{source.title}. " if source.title.strip() else ""


class _Whole:
    """All blocks at once."""

    def __init__(self, graph: ReaderGraph, writing: Writing) -> None:
        self._graph, self._writing = graph, writing

    def next(self, token: int) -> Said:
        return self._graph.next(self._writing, token)

    def fork(self) -> _Whole:
        return _Whole(self._graph, self._writing.fork())


class _Mean:
    """Each block by itself."""

    def __init__(self, each: Sequence[_Whole], weights: Sequence[float], *, follows: bool) -> None:
        import numpy as np

        self._each, self._follows = each, follows
        self._weights: NDArray[np.float64] = np.asarray(weights, np.float64)
        self._last: list[Said] = []

    def next(self, token: int) -> Said:
        if self._follows and self._last:
            told = self._weights * [float(said.chances[token]) for said in self._last]
            # Where no block foretold it at all, nothing is learned of them.
            self._weights = told / told.sum() if told.sum() > 0 else self._weights
        self._last = [one.next(token) for one in self._each]
        return mixed(self._weights.tolist(), self._last)

    def fork(self) -> _Mean:
        made = _Mean([one.fork() for one in self._each], self._weights.tolist(), follows=self._follows)
        made._last = self._last
        return made
