"""How likely it is that an answer is right, from what its reader gave; and from which likelihood on a stated risk is kept.

Four measures of an answer make a fitted probability (Platt 1999, of several scores). Of questions that it was not fitted to
one knows which share of the answers was wrong among those at least so sure (Geifman and El-Yaniv 2017): whoever wants at
most one wrong answer in ten gets the threshold for that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from raglan.errors import ConfigError, ModelError
from raglan.generate.electing import Features

__all__ = ["Calibration", "Measures", "kept"]

_FAR = 12.0  # nothing is surer than e^12 to 1


class Measures(NamedTuple):
    """Of an answer, each a log: its chance against there being none, against all other answers and against the next best.

    ``support`` is the best log-odds of a source to answer the question.
    """

    odds: float
    share: float
    margin: float
    support: float

    @classmethod
    def of(cls, chances: Sequence[float], nothing: float, support: float) -> Measures:
        """Of the best of some ``chances``, best first, and the chance that there is none.

        >>> [round(one, 2) for one in Measures.of([0.5, 0.25], 0.25, 1.0)]  # log 2, log 2/3, log 2, and the support
        [0.69, -0.41, 0.69, 1.0]
        """
        best = chances[0]
        following = chances[1] if len(chances) > 1 else 0.0
        return cls(_log(best, nothing), _log(best, math.fsum(chances)), _log(best, following), _bounded(support))


@dataclass(frozen=True, slots=True)
class Calibration:
    """``weights`` of the measures, and a constant; ``risks``: thresholds, each with the share of wrong answers above it.

    ``election`` are weights of :class:`raglan.generate.electing.Features`, by which the answer was chosen; none: the
    likeliest place.
    """

    weights: tuple[float, ...]
    risks: tuple[tuple[float, float], ...] = ()
    election: tuple[float, ...] = ()

    def sure(self, measures: Measures) -> float:
        """The probability that the answer is right."""
        *weights, constant = self.weights
        told = sum(weight * one for weight, one in zip(weights, measures, strict=True)) + constant
        return 1 / (1 + math.exp(-_bounded(told)))

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
            election = tuple(float(one) for one in table.get("election", ()))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{source} holds no calibration ({error!r})") from error
        if len(weights) != len(Measures._fields) + 1 or not all(map(math.isfinite, weights)):
            raise ModelError(f"{source} holds no calibration: {len(Measures._fields) + 1} finite weights are needed")
        if election and (len(election) != len(Features._fields) or not all(map(math.isfinite, election))):
            raise ModelError(
                f"{source} holds no calibration: its election needs {len(Features._fields)} finite weights"
            )
        return cls(weights, risks, election)


def kept(risks: Sequence[tuple[float, float]], risk: float) -> float:
    """The least of the thresholds that keeps ``risk``, of ``risks``: thresholds, each with the share of wrong answers.

    Raises :class:`ConfigError` for a risk that is none, and for one that no threshold was seen to keep.
    """
    if not 0 < risk < 1:
        raise ConfigError(f"risk is {risk}, must be between 0 and 1: the share of answers that may be wrong")
    found = [threshold for threshold, wrong in risks if wrong <= risk]
    if not found:
        least = min((wrong for _, wrong in risks), default=None)
        known = "no risk is known of it" if least is None else f"the least that was measured of it is {least:.3f}"
        raise ConfigError(f"this generator cannot keep a risk of {risk:g}: {known}; name a threshold instead")
    return min(found)


def _log(one: float, other: float) -> float:
    return _bounded(math.log(max(one, 1e-30)) - math.log(max(other, 1e-30)))


def _bounded(value: float) -> float:
    return max(-_FAR, min(_FAR, value))
