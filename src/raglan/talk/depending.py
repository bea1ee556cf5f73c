"""Whether a question leans on what was said before, or stands alone: a logistic model over signs that can be read.

Fitted by models/rewriting/recipe.py on CANARD (Elgohary et al. 2019): follow-ups that a person had to complete lean, the
same follow-ups once completed stand alone, after the same history.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from raglan.talk.heard import heard
from raglan.talk.signs import ABOUT, LEANING, MORE, WH
from raglan.talk.slots import slots
from raglan.text.words import content_terms, is_chinese
from raglan.types import Turn

__all__ = ["depends", "leaning"]


def leaning(question: str, history: Sequence[Turn]) -> list[float]:
    """The signs that ``question`` leans on ``history`` [13]."""
    said = content_terms(question)
    words = question.split()
    known, opening = heard(history), heard(history[:1])
    pointing = [slot for slot in slots(question) if not slot.existing]
    names = sum(word[:1].isupper() and word.lower() not in WH for word in words[1:])
    size = len(said) / 1.5 if is_chinese(question) else len(said)
    return [
        float(bool(pointing)),
        float(bool(pointing) and pointing[0].span.start < 12),
        float(LEANING.search(question) is not None),
        math.log(1 + size),
        float(size <= 2),
        float(names > 0),
        float(names > 1),
        float(MORE.search(question) is not None),
        float(ABOUT.match(question) is not None),
        float(bool(opening & set(said))),
        sum(term in known for term in said) / (1 + len(said)),
        float(bool(opening) and opening <= set(said)),
        float(bool(pointing) and names > 0),
    ]


def depends(question: str, history: Sequence[Turn], weights: Sequence[float]) -> float:
    """The probability that ``question`` leans on ``history``; 0 where nothing was said before."""
    if not history:
        return 0.0
    signs = [*leaning(question, history), 1.0]
    return 1 / (1 + math.exp(-sum(sign * weight for sign, weight in zip(signs, weights, strict=True))))
