"""What a conversation keeps of what was said: the last exchanges word by word, of earlier ones the weightiest sentences.

The summary is extractive: answers' first sentences, each after the question that it answers, chosen by how much of what the
whole conversation names they hold (SumBasic, Nenkova and Vanderwende 2005), told in the order in which they were said.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from raglan.text.sentences import sentences
from raglan.text.words import content_terms, is_chinese
from raglan.types import Turn

__all__ = ["Pair", "recalled", "remembered", "summary"]

_LONG = 300  # characters kept of an answer


class Pair(NamedTuple):
    """A question as it stood alone, and what was replied."""

    asked: str
    replied: str


def remembered(pairs: Sequence[Pair], *, window: int, lines: int = 4) -> tuple[Turn, ...]:
    """The turns that a follow-up is read after: a summary of what lies before the ``window``, then the window itself."""
    old, near = pairs[: -window or None], pairs[-window:]
    told = summary(old, lines=lines) if len(pairs) > window else ""
    head = [Turn("assistant", told)] if told else []
    return (*head, *(turn for pair in near for turn in recalled(pair)))


def recalled(pair: Pair) -> tuple[Turn, ...]:
    """An exchange as two turns; one where nothing was answered."""
    asked = Turn("user", pair.asked)
    return (asked, Turn("assistant", pair.replied[:_LONG])) if pair.replied else (asked,)


def summary(pairs: Sequence[Pair], *, lines: int = 4) -> str:
    """At most ``lines`` exchanges in a sentence each, those that hold most of what was spoken of.

    >>> summary([Pair("How long is the warranty?", "The warranty is 24 months. Keep the receipt.")])
    'How long is the warranty? The warranty is 24 months.'
    """
    told = [(pair, _first(pair.replied)) for pair in pairs if pair.replied]
    weight = Counter(term for pair, said in told for term in {*content_terms(pair.asked), *content_terms(said)})
    left = list(range(len(told)))
    kept: list[int] = []
    while left and len(kept) < lines:
        best = max(left, key=lambda at: (_worth(told[at], weight), at))
        left.remove(best)
        kept.append(best)
        for term in content_terms(f"{told[best][0].asked} {told[best][1]}"):
            # What was told once is worth less the second time.
            weight[term] //= 2
    parts = [f"{told[at][0].asked}{'' if is_chinese(told[at][1]) else ' '}{told[at][1]}" for at in sorted(kept)]
    return " ".join(parts)


def _worth(one: tuple[Pair, str], weight: Counter[str]) -> float:
    said = set(content_terms(f"{one[0].asked} {one[1]}"))
    return sum(weight[term] for term in said) / math.sqrt(1 + len(said))


def _first(text: str) -> str:
    spans = sentences(text)
    return spans[0].of(text) if spans else text
