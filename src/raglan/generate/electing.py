"""Which of several answers is given: what points at it, what would write it, which sentence holds it, and what agrees.

A pointing reader, a writing one and rankers err in different places: put together by fitted weights they answer better than
each (Fajcik et al. 2021, R2-D2). The weights stand with the reader's calibration; without them the likeliest place wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from raglan.generate.pointing import Voted
from raglan.generate.wanted import fits
from raglan.types import Evidence

__all__ = ["MOST", "Features", "Given", "elect", "features"]

MOST = 5  # answers that are weighed


class Features(NamedTuple):
    """Of an answer: the log of the chance that it is pointed at; the best log-odds of a source to answer the question.

    ``written`` is the log of the chance that it is written, a token; ``sentence`` the log-odds of a sentence that holds it
    to answer, as :mod:`raglan.generate.sentence` has them. ``found`` is the log of what the search thinks of its best
    source, against the best of all; ``agreeing`` the log of the number of sources that say it. ``kind`` is 1 if it is what
    the question asks for, such as a date, -1 if it is not, 0 where that cannot be told. ``long`` is the log of its length
    in characters.
    """

    pointed: float
    support: float
    written: float
    sentence: float
    found: float
    agreeing: float
    kind: float
    long: float


@dataclass(frozen=True, slots=True)
class Given:
    """What answers are weighed by: the ``question``, the ``evidence``, and for each source its best log-odds."""

    question: str
    evidence: Sequence[Evidence]
    support: Sequence[float]


def features(
    votes: Sequence[Voted], says: Sequence[str], written: Sequence[float], sentence: Sequence[float], given: Given
) -> list[Features]:
    """Those of each of ``votes``, which say ``says``; ``written`` and ``sentence`` are theirs already."""
    top = max((piece.weight for piece in given.evidence), default=1.0)
    found = []
    for vote, text, log, odds in zip(votes, says, written, sentence, strict=True):
        named = {one.source for one in vote.places}
        found.append(
            Features(
                math.log(max(vote.chance, 1e-9)),
                max(given.support[at] for at in named),
                log,
                odds,
                math.log(max(max(given.evidence[at].weight for at in named) / max(top, 1e-9), 1e-3)),
                math.log(len(named)),
                fits(text, given.question),
                math.log(1 + len(text)),
            )
        )
    return found


def elect(rows: Sequence[Features], weights: Sequence[float]) -> int:
    """The place of the best of ``rows``, at least one."""
    scores = [sum(weight * one for weight, one in zip(weights, row, strict=True)) for row in rows]
    return max(range(len(rows)), key=scores.__getitem__)
