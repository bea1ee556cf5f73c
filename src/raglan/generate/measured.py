"""An answer together with what its confidence is made of, so that it can be weighed against another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.sentence import Scored
from raglan.types import Draft, Evidence, Query

__all__ = ["Measured", "Measuring"]


class Measured(NamedTuple):
    """A ``draft``, its ``measures``, and the ``sentences`` of the same evidence.

    No measures where there was nothing to read.
    """

    draft: Draft
    measures: Measures | None
    sentences: Scored


class Measuring(Protocol):
    """A generator that points at answers, and tells what makes it sure of them."""

    @property
    def calibration(self) -> Calibration | None:
        """What makes a probability of measures, if that is known."""
        ...

    def covers(self, text: str) -> bool:
        """Whether it reads at least half of a text."""
        ...

    def measured(self, query: Query, evidence: Sequence[Evidence]) -> Measured:
        """The answer that is likeliest."""
        ...
