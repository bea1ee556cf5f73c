"""Whether a question begins another topic: then what was said before, and its evidence, must not colour the answer.

A logistic model over how far the question leans on the history and how much of what it names was named before; fitted by
models/rewriting/recipe.py on CANARD, standalone questions of the same dialogue against those of another one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from raglan.talk.heard import heard, spoken
from raglan.text.words import terms
from raglan.types import Turn

__all__ = ["departing", "switched"]

_RECENT = 4


def departing(question: str, leans: float, history: Sequence[Turn]) -> list[float]:
    """The signs that ``question`` leaves the topic of ``history`` [5]; ``leans`` as the rewriter judged it."""
    said = spoken(question)
    whole, recent, opening = heard(history), heard(history[-_RECENT:]), heard(history[:1])
    size = 1 + len(said)
    return [
        leans,
        len(said & whole) / size,
        len(said & recent) / size,
        float(bool(said & opening)),
        math.log(1 + len(terms(question))),
    ]


def switched(question: str, leans: float, history: Sequence[Turn], weights: Sequence[float]) -> float:
    """The probability that ``question`` is about something else than ``history``; 0 where nothing was said before."""
    if not history:
        return 0.0
    signs = [*departing(question, leans, history), 1.0]
    return 1 / (1 + math.exp(-sum(sign * weight for sign, weight in zip(signs, weights, strict=True))))
