"""Exact match and word F1 by the rules of SQuAD: without case, punctuation, articles and extra white space.

Papers: Rajpurkar et al. 2016 and 2018; the second decides what an empty text is worth. For Chinese see
:mod:`raglan.metrics.cmrc`.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

__all__ = ["exact", "f1", "normalized"]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalized(text: str) -> str:
    """``text`` as SQuAD compares it.

    >>> normalized("The Eiffel-Tower, in  Paris!")
    'eiffeltower in paris'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact(text: str, golds: Sequence[str]) -> float:
    """1 where ``text`` is one of ``golds`` once both are normalized, else 0."""
    return float(normalized(text) in _kept(golds))


def f1(text: str, golds: Sequence[str]) -> float:
    """The best F1 of the words of ``text`` against those of a gold answer.

    >>> f1("in the year 1889", ["1889", "March 1889"])
    0.5
    """
    said = normalized(text).split()
    return max((_overlap(said, gold.split()) for gold in _kept(golds)), default=0.0)


def _kept(golds: Sequence[str]) -> list[str]:
    # An annotator's stray "the" is no answer; where nothing else was given it has to be one.
    found = [normalized(gold) for gold in golds]
    return [gold for gold in found if gold] or found[:1]


def _overlap(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    common = (Counter(said) & Counter(gold)).total()
    return 2 * common / (len(said) + len(gold))
