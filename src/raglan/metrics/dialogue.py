"""What replies of a conversation are measured by beside being right: how varied they are, how near to what was to be known.

Distinct-n is the share of n-grams of all replies together that are different ones (Li et al. 2016). Knowledge F1 is the F1
of the words of a reply against those of the passage that it should rest on (Shuster et al. 2021), by the rules of SQuAD or,
in Chinese, by character. Neither asks for a gold answer.
"""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np

from raglan.metrics.metric import Metric, Run
from raglan.metrics.pieces import chinese, pieces
from raglan.metrics.squad import normalized
from raglan.metrics.value import Matrix, Statistics, Undefined, Value, collected
from raglan.types import Answer, Example

__all__ = ["distinct1", "distinct2", "knowledge_f1", "overlap"]

_MOST = 256  # n-grams of one reply that count; all systems' statistics have this width
_SILENT = Undefined("the answer abstains: nothing is said")
_UNKNOWN = Undefined("the text of no gold passage is known")


def distinct1() -> Metric:
    """The share of words that are different ones."""
    return _distinct("distinct1", 1)


def distinct2() -> Metric:
    """The share of pairs of words that are different ones."""
    return _distinct("distinct2", 2)


def _distinct(name: str, n: int) -> Metric:
    """Rows are drawn with repetition for an interval, so that it lies below the value: what is repeated is no new word."""

    def rows(run: Run) -> Statistics:
        return collected((_numbers(answer, n) for answer in run.answers), width=_MOST)

    return Metric(name, frozenset({"answer"}), rows, _share, None)


def _numbers(answer: Answer, n: int) -> tuple[float, ...] | Undefined:
    """A number for each n-gram, equal for equal ones, and -1 for none; [_MOST]."""
    words = [piece for piece in pieces(answer.text) if piece[0].isalnum()]
    found = [_number(words[at : at + n]) for at in range(len(words) - n + 1)][:_MOST]
    return (*found, *[-1.0] * (_MOST - len(found))) if found else _SILENT


def _number(words: list[str]) -> float:
    # 48 bits are whole numbers in a float, and too many to meet by chance.
    return float(int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=6).digest(), "big"))


def _share(values: Matrix) -> Value:
    kept = values[values >= 0]
    return len(np.unique(kept)) / len(kept) if len(kept) else _SILENT


def knowledge_f1() -> Metric:
    """The best F1 of an answer against a gold passage; 0 for an abstention, no value where no such passage is known."""

    def rows(run: Run) -> Statistics:
        pairs = zip(run.answers, run.examples, strict=True)
        return collected(_known(answer, example, run) for answer, example in pairs)

    return Metric("knowledge_f1", frozenset({"answer"}), rows)


def _known(answer: Answer, example: Example, run: Run) -> tuple[float] | Undefined:
    passages = [one.passage for one in answer.evidence]
    texts = {name: text for one in passages for name, text in ((one.document, one.text), (one.id, one.text))} | {
        **run.texts
    }
    golds = [texts[name] for name in example.positives if name in texts]
    if not golds:
        return _UNKNOWN
    return (max(overlap(answer.text, gold, characters=chinese(example)) for gold in golds),)


def overlap(text: str, passage: str, *, characters: bool = False) -> float:
    """F1 of the words, or characters, that two texts share, each as often as both have it.

    >>> overlap("The boiler is red.", "A red boiler, made in Leeds")
    0.5
    """
    said, known = (_words(one, characters=characters) for one in (text, passage))
    shared = (Counter(said) & Counter(known)).total()
    return 2 * shared / (len(said) + len(known)) if shared else 0.0


def _words(text: str, *, characters: bool) -> list[str]:
    if characters:
        return [piece for piece in pieces(text) if piece[0].isalnum()]
    return normalized(text).split()
