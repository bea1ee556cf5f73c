"""From chances of the next token to a text: the likeliest first, several at a time, with what was copied whence.

Near: :mod:`raglan.generate.fusing`, which gives the chances.
"""

from __future__ import annotations

import math
from collections.abc import Generator as Stream
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from raglan.errors import ConfigError
from raglan.generate.fusing import Underway

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from raglan.models.reader import Said

    Chances = NDArray[np.float64]

__all__ = ["Decoding", "Told", "decoded", "decoding", "greedy"]

_NEXT = 0.25  # of the best place to copy a token from: enough for the one that follows what was copied before


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a text is decoded.

    ``beams`` texts are followed at a time, 1 is greedy; ``longest`` tokens at most. What is as likely and longer is
    preferred by ``penalty``, 0 for not at all (the alpha of Wu et al. 2016). No run of ``unlike`` tokens comes twice, 0 for
    any (Paulus et al. 2018), and no token of ``never`` at all. With ``copies`` nothing is said but what stands in the
    sources. A text of ``longest`` tokens has to end there, at the price that this has; with ``cuts`` it is broken off.
    Raises :class:`ConfigError` for counts that cannot be.
    """

    beams: int = 1
    longest: int = 48
    penalty: float = 0.0
    unlike: int = 0
    copies: bool = False
    cuts: bool = False
    never: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        for name, least in (("beams", 1), ("longest", 1), ("unlike", 0), ("penalty", 0)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}, must be at least {least}")


class Told(NamedTuple):
    """``tokens`` of a text without its end, the place in the sources that each was copied ``whence``, -1 for none.

    ``logprob`` is the log of the chance of the whole text, its end included where it came to one (``ended``).
    """

    tokens: tuple[int, ...]
    whence: tuple[int, ...]
    logprob: float
    ended: bool


class _Beam(NamedTuple):
    told: Told
    underway: Underway
    last: int


def decoded(begin: Underway, names: Sequence[int], *, first: int, end: int, how: Decoding | None = None) -> list[Told]:
    """At most ``beams`` texts, the best first.

    ``names`` [s] are the tokens of the sources, in the order of what is copied; ``first`` begins a text, ``end`` ends it.
    """
    under_way = decoding(begin, names, first=first, end=end, how=how)
    while True:
        try:
            next(under_way)
        except StopIteration as done:
            return list(done.value)


def decoding(
    begin: Underway, names: Sequence[int], *, first: int, end: int, how: Decoding | None = None
) -> Stream[Told, None, list[Told]]:
    """As :func:`decoded`; gives the likeliest text so far at each token. By one beam, without penalty, it only grows."""
    import numpy as np

    how = how or Decoding()
    sources = np.asarray(names, np.int64)
    open_, closed = [_Beam(Told((), (), 0.0, ended=False), begin, first)], list[Told]()
    for _ in range(how.longest + (not how.cuts)):
        found: list[tuple[float, _Beam, int, Said]] = []
        for beam in open_:
            said = beam.underway.next(beam.last)
            chances = _allowed(said, sources, beam.told.tokens, end, how)
            likely = np.argsort(-chances, kind="stable")[: how.beams + 1].tolist()
            found += [(beam.told.logprob + math.log(chances[at]), beam, at, said) for at in likely if chances[at] > 0]
        found.sort(key=lambda one: -one[0])
        # A text that ends among the best takes no place from those under way.
        closed += [beam.told._replace(logprob=log, ended=True) for log, beam, at, _ in found[: how.beams] if at == end]
        going = [one for one in found if one[2] != end][: how.beams]
        if not going:
            break
        used: set[int] = set()
        open_ = []
        for log, beam, token, said in going:
            underway = beam.underway.fork() if id(beam) in used else beam.underway
            used.add(id(beam))
            open_.append(_Beam(_longer(beam.told, token, said, sources, log), underway, token))
        best = max((_scored(one, how) for one in closed), default=-math.inf)
        if len(closed) >= how.beams and best >= max(one.told.logprob for one in open_) / _weight(how.longest, how):
            break
        yield open_[0].told
    if how.cuts:
        closed += [beam.told for beam in open_ if len(beam.told.tokens) == how.longest]
    closed = closed or [beam.told for beam in open_]  # none could end
    return sorted(closed, key=lambda one: -_scored(one, how))[: how.beams]


def greedy(begin: Underway, *, first: int, end: int, longest: int) -> Iterator[int]:
    """The tokens of the text that one beam gives, each as soon as it is known; at most ``longest``, without the end."""
    token = first
    for _ in range(longest):
        token = int(begin.next(token).chances.argmax())
        if token == end:
            return
        yield token


def _allowed(said: Said, sources: NDArray[np.int64], before: Sequence[int], end: int, how: Decoding) -> Chances:
    """The chances of every token that may follow; 0 for the others."""
    import numpy as np

    chances = said.chances.astype(np.float64)
    if how.copies:
        only = np.zeros_like(chances)
        np.add.at(only, sources, (1 - said.own) * said.copied)
        only[end] = chances[end]
        chances = only
    chances[list(how.never)] = 0
    if len(before) == how.longest:
        chances[np.arange(len(chances)) != end] = 0
    if how.unlike and len(before) >= how.unlike:
        run = tuple(before[len(before) - how.unlike + 1 :])
        for at in range(len(before) - how.unlike + 1):
            if tuple(before[at : at + how.unlike - 1]) == run:
                chances[before[at + how.unlike - 1]] = 0
    return chances


def _longer(told: Told, token: int, said: Said, sources: NDArray[np.int64], log: float) -> Told:
    import numpy as np

    same = np.where(sources == token, said.copied, 0.0)
    place = int(same.argmax()) if len(same) else -1
    if place >= 0 and (1 - said.own) * same.sum() < 0.5 * said.chances[token]:
        place = -1  # more likely one of its own words
    elif place >= 0 and told.whence and told.whence[-1] >= 0:
        after = told.whence[-1] + 1
        if after < len(same) and same[after] >= _NEXT * same[place] > 0:
            place = after
    return Told((*told.tokens, token), (*told.whence, place), log, ended=False)


def _scored(told: Told, how: Decoding) -> float:
    return told.logprob / _weight(len(told.tokens), how)


def _weight(length: int, how: Decoding) -> float:
    """What the log of the chance of a text is divided by: no text under way can come to more than by the longest's."""
    found: float = ((5 + length + 1) / 6) ** how.penalty
    return found
