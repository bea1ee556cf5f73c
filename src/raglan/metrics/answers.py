"""Whether the answer is right: exact match, F1, and whether the answer holds a gold one.

Rows are measured by the rules of SQuAD or, Chinese ones, of CMRC 2018. A row without answers and without positives
cannot be answered from its documents: it is worth 1 where the system abstained, else 0; elsewhere an abstention is
worth 0. A row with positives only says where to look and not what to say: it has no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from raglan.metrics import cmrc, squad
from raglan.metrics.metric import Metric, of_answers
from raglan.metrics.pieces import chinese, has, line
from raglan.metrics.value import Undefined, Value
from raglan.types import Answer, Example

__all__ = ["UNANSWERED", "contains", "em", "exact_match", "f1", "holds", "token_f1", "unanswerable"]

Compare = Callable[[str, Sequence[str]], float]

UNANSWERED = Undefined("the row has no gold answer")


def unanswerable(example: Example) -> bool:
    """Whether the documents do not hold the answer to this row."""
    return not example.answers and not example.positives


def exact_match(answer: Answer, example: Example) -> Value:
    """1 where the answer is a gold one, else 0.

    >>> from raglan.types import Query
    >>> exact_match(Answer("the Eiffel Tower"), Example(Query("Which?"), answers=("Eiffel tower",)))
    1.0
    """
    return _judged(answer, example, cmrc.exact if chinese(example) else squad.exact)


def token_f1(answer: Answer, example: Example) -> Value:
    """The best F1 against a gold answer."""
    return _judged(answer, example, cmrc.f1 if chinese(example) else squad.f1)


def holds(answer: Answer, example: Example) -> Value:
    """1 where a gold answer stands, word for word, in the answer, else 0: fair to whoever answers in sentences.

    Paper: Mallen et al. 2023 call it accuracy.
    """
    return _judged(answer, example, _holds)


def em() -> Metric:
    """Exact match."""
    return of_answers("em", exact_match)


def f1() -> Metric:
    """F1 of words, or of characters."""
    return of_answers("f1", token_f1)


def contains() -> Metric:
    """The share of answers that hold a gold one."""
    return of_answers("contains", holds)


def _judged(answer: Answer, example: Example, compare: Compare) -> Value:
    if unanswerable(example):
        return float(answer.abstained)
    if not example.answers:
        return UNANSWERED
    return 0.0 if answer.abstained else compare(answer.text, example.answers)


def _holds(text: str, golds: Sequence[str]) -> float:
    return float(has(line(text), list(map(line, golds))))
