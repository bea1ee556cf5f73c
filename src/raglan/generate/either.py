"""A few words or whole sentences: what a reader points at, or the sentences that answer best, whichever is likelier right.

A reader that points is right more exactly, sentences are right more often. The same measures tell how likely each of the two
is: one calibration was fitted to whether the words are right, another to whether the sentences hold an answer. To choose by
such a judgement among answers of different systems is what Fajcik et al. (2021, R2-D2) do with fitted weights.
"""

from __future__ import annotations

import math
from collections.abc import Generator as Stream
from collections.abc import Sequence
from dataclasses import replace

from raglan.errors import ConfigError
from raglan.generate.kept import kept
from raglan.generate.measured import Measuring
from raglan.generate.showing import in_parts
from raglan.types import Draft, Evidence, Query

__all__ = ["LEEWAY", "Either"]

LEEWAY = 0.1  # of probability: so much less sure, a few words are still told rather than sentences


class Either:
    """Tells what ``reader`` points at, unless the sentences of the evidence are likelier right by more than ``leeway``.

    A draft's ``logprob`` is the log of the probability that what is told is right. A reader without a calibration, or with
    one that knows nothing of sentences, is told as it is.
    """

    repeats, hurries = True, False

    def __init__(self, reader: Measuring, leeway: float = LEEWAY) -> None:
        if not 0 <= leeway <= 1:
            raise ConfigError(f"leeway is {leeway}, must be a difference of probabilities, from 0 to 1")
        self._reader, self._leeway = reader, leeway

    def covers(self, text: str) -> bool:
        """Whether the reader reads at least half of the letters of ``text``."""
        return self._reader.covers(text)

    def threshold(self, risk: float) -> float:
        """The least confidence from which at most ``risk`` of what is told is wrong.

        Raises :class:`ConfigError` where it is not known, or cannot be kept.
        """
        calibration = self._reader.calibration
        return kept(calibration.either if calibration else (), risk)

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Stream[str, None, Draft]:
        """What :meth:`write` tells, sentences one by one; which it is to be is known when all is read. Returns the draft."""
        return in_parts(self.write(query, evidence))

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """The answer of which one is surer; an empty draft where there is nothing to read."""
        draft, measures, sentences = self._reader.measured(query, evidence)
        calibration = self._reader.calibration
        if measures is None:
            return sentences.draft(evidence)
        hold = calibration.sentences_hold(measures) if calibration else 0.0
        whole = sentences.draft(evidence)
        if not whole.text or hold <= math.exp(draft.logprob) + self._leeway:
            return draft
        return replace(whole, weights=draft.weights, logprob=math.log(max(hold, 1e-9)))
