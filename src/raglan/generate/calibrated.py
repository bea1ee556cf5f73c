"""How likely it is that an answer is right, from what its reader gave; and from which likelihood on a stated risk is kept.

A few measures of an answer make a fitted probability (Platt 1999, of several scores). Of questions that it was not fitted to
one knows which share of the answers was wrong among those at least so sure (Geifman and El-Yaniv 2017): whoever wants at
most one wrong answer in ten gets the threshold for that. The same measures tell how likely it is that the best sentences
answer, so that either can be told (:mod:`raglan.generate.either`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from raglan.errors import ModelError
from raglan.generate.electing import Features
from raglan.generate.kept import kept
from raglan.generate.sentence import Scored

__all__ = ["Calibration", "Measures"]

_FAR = 12.0  # nothing is surer than e^12 to 1
_ALONE = 4  # measures that need no sentences


class Measures(NamedTuple):
    """Of an answer, each a log: its chance against there being none, against all other answers and against the next best.

    ``support`` is the best log-odds of a source to answer the question. What sentences say of it: ``found`` are the log-odds
    that the best of them answers, ``behind`` how far the best one that holds the answer lies behind that, as a difference of
    log-odds, 0 or less. ``kind`` is 1 if the answer is what the question asks for, such as a date, -1 if it is not. These
    three are 0 where nobody asked.
    """

    odds: float
    share: float
    margin: float
    support: float
    found: float = 0.0
    behind: float = 0.0
    kind: float = 0.0

    @classmethod
    def of(cls, chances: Sequence[float], nothing: float, support: float) -> Measures:
        """Of the best of some ``chances``, best first, and the chance that there is none; nothing of sentences.

        >>> [round(one, 2) for one in Measures.of([0.5, 0.25], 0.25, 1.0)[:4]]  # log 2, log 2/3, log 2, and the support
        [0.69, -0.41, 0.69, 1.0]
        """
        best = chances[0]
        following = chances[1] if len(chances) > 1 else 0.0
        return cls(_log(best, nothing), _log(best, math.fsum(chances)), _log(best, following), _bounded(support))

    def beside(self, sentences: Scored, own: float, kind: float) -> Measures:
        """With what ``sentences`` say, of which the answer's ``own`` has these log-odds, and its ``kind``."""
        best = max((odds for _, odds in sentences.odds), default=own)
        found = _log(sentences.sure, 1 - sentences.sure)
        return self._replace(found=found, behind=_bounded(min(0.0, own - best)), kind=kind)


@dataclass(frozen=True, slots=True)
class Calibration:
    """``weights`` of the measures, and a constant; ``risks``: thresholds, each with the share of wrong answers above it.

    ``election`` are weights of :class:`raglan.generate.electing.Features`, by which the answer was chosen; none: the
    likeliest place. ``sentences`` are weights of the measures, and a constant, that tell whether the best sentences hold the
    answer; none: that is not known. ``either`` are the risks of telling whichever is likelier right.
    """

    weights: tuple[float, ...]
    risks: tuple[tuple[float, float], ...] = ()
    election: tuple[float, ...] = ()
    sentences: tuple[float, ...] = ()
    either: tuple[tuple[float, float], ...] = ()

    def sure(self, measures: Measures) -> float:
        """The probability that the answer is right."""
        return _logistic(self.weights, measures)

    def sentences_hold(self, measures: Measures) -> float:
        """The probability that the best sentences hold the answer; 0 where it is not known."""
        return _logistic(self.sentences, measures) if self.sentences else 0.0

    def threshold(self, risk: float) -> float:
        """The least confidence from which at most ``risk`` of the answers are wrong.

        Raises :class:`ConfigError` for a risk that is none, and for one that no confidence was seen to keep.
        """
        return kept(self.risks, risk)

    def text(self) -> str:
        """As a file holds it."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, data: bytes, source: object) -> Calibration:
        """From the bytes of such a file. Raises :class:`ModelError`, which names ``source``, for others."""
        try:
            table = json.loads(data)
            weights = tuple(float(one) for one in table["weights"])
            risks = tuple((float(threshold), float(wrong)) for threshold, wrong in table["risks"])
            either = tuple((float(threshold), float(wrong)) for threshold, wrong in table.get("either", ()))
            election, sentences = ([float(one) for one in table.get(name, ())] for name in ("election", "sentences"))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{source} holds no calibration ({error!r})") from error
        # A calibration of before sentences were asked has four weights and the constant: it asks for no more than that.
        if len(weights) == _ALONE + 1:
            weights = (*weights[:-1], *[0.0] * (len(Measures._fields) - _ALONE), weights[-1])
        for name, given, wanted in (
            ("weights", weights, len(Measures._fields) + 1),
            ("election", election or [0.0] * len(Features._fields), len(Features._fields)),
            ("sentences", sentences or [0.0] * (len(Measures._fields) + 1), len(Measures._fields) + 1),
        ):
            if len(given) != wanted or not all(map(math.isfinite, given)):
                raise ModelError(f"{source} holds no calibration: its {name} must be {wanted} finite numbers")
        return cls(weights, risks, tuple(election), tuple(sentences), either)


def _logistic(weights: Sequence[float], measures: Measures) -> float:
    *each, constant = weights
    told = sum(weight * one for weight, one in zip(each, measures, strict=True)) + constant
    return 1 / (1 + math.exp(-_bounded(told)))


def _log(one: float, other: float) -> float:
    return _bounded(math.log(max(one, 1e-30)) - math.log(max(other, 1e-30)))


def _bounded(value: float) -> float:
    return max(-_FAR, min(_FAR, value))
