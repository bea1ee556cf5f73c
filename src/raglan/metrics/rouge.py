"""ROUGE-1, ROUGE-2 and ROUGE-L: the n-grams, or the longest common subsequence, that an answer shares with a gold one.

F is the value of ``rouge1`` and its relatives, recall that of ``rouge1_recall``; of several gold answers the best one
counts. English is cut as Google's ``rouge-score`` cuts it, without stemming; Chinese by character, other scripts by
word. Paper: Lin 2004.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from raglan.metrics.answers import UNANSWERED
from raglan.metrics.metric import Metric, of_answers
from raglan.metrics.pieces import chinese, pieces
from raglan.metrics.value import Value
from raglan.text.words import latin_share
from raglan.types import Answer, Example

__all__ = ["Rouge", "cut", "rouge1", "rouge1_recall", "rouge2", "rouge2_recall", "rouge_l", "rouge_l_recall", "score"]

_ASCII = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Rouge:
    """What one answer shares with one gold answer."""

    f: float
    precision: float
    recall: float


def cut(text: str, *, latin: bool = True) -> list[str]:
    """The words of ``text``: ASCII letters and digits, or of any script, Chinese by character.

    >>> cut("Its 2 lamps"), cut("保修期: 2 年", latin=False)
    (['its', '2', 'lamps'], ['保', '修', '期', '2', '年'])
    """
    if latin:
        return _ASCII.findall(text.lower())
    return [piece for piece in pieces(text) if piece[0].isalnum()]


def score(said: Sequence[str], gold: Sequence[str], n: int) -> Rouge:
    """ROUGE-``n`` of two cut texts; ROUGE-L where ``n`` is 0."""
    if n:
        found, wanted = _ngrams(said, n), _ngrams(gold, n)
        return _rouge((found & wanted).total(), found.total(), wanted.total())
    return _rouge(_common(said, gold), len(said), len(gold))


def rouge1() -> Metric:
    """F of single words."""
    return _metric("rouge1", 1, recall=False)


def rouge2() -> Metric:
    """F of pairs of words."""
    return _metric("rouge2", 2, recall=False)


def rouge_l() -> Metric:
    """F of the longest common subsequence."""
    return _metric("rougel", 0, recall=False)


def rouge1_recall() -> Metric:
    """Recall of single words."""
    return _metric("rouge1_recall", 1, recall=True)


def rouge2_recall() -> Metric:
    """Recall of pairs of words."""
    return _metric("rouge2_recall", 2, recall=True)


def rouge_l_recall() -> Metric:
    """Recall of the longest common subsequence."""
    return _metric("rougel_recall", 0, recall=True)


def _metric(name: str, n: int, *, recall: bool) -> Metric:
    def judge(answer: Answer, example: Example) -> Value:
        if not example.answers:
            return UNANSWERED
        return max(one.recall if recall else one.f for one in _against(answer.text, example, n))

    return of_answers(name, judge)


def _against(text: str, example: Example, n: int) -> Iterator[Rouge]:
    # rouge-score drops every letter that is not ASCII: right for English with a foreign name, useless for Russian.
    latin = not chinese(example) and latin_share(" ".join(example.answers)) > 0.5
    said = cut(text, latin=latin)
    return (score(said, cut(gold, latin=latin), n) for gold in example.answers)


def _ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _rouge(common: int, said: int, gold: int) -> Rouge:
    if not common:
        return Rouge(0.0, 0.0, 0.0)
    return Rouge(2 * common / (said + gold), common / said, common / gold)


def _common(said: Sequence[str], gold: Sequence[str]) -> int:
    """The length of the longest common subsequence, a row of the table at a time as the bits of a number (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, word in enumerate(gold):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(gold)) - 1
    row = every
    for word in said:
        here = row & places.get(word, 0)
        row = (row + here | row - here) & every
    return len(gold) - row.bit_count()
