"""BLEU-4 of a set of answers, or of one; in [0, 1], a hundredth of what sacreBLEU prints.

A row's statistics are two lengths and the counts of n-grams, to be summed over rows: BLEU of a set is no mean. Texts are
cut as WMT does (``13a``), Chinese by character (``zh``); several gold answers are references of one row.
Papers: Papineni et al. 2002; Post 2018 (sacreBLEU: cutting, ``exp`` smoothing); Chen and Cherry 2014.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import exp, log

import numpy as np

from raglan.metrics.answers import UNANSWERED
from raglan.metrics.metric import Metric, Run
from raglan.metrics.pieces import chinese
from raglan.metrics.value import Matrix, Statistics, Undefined, Value, collected
from raglan.types import Answer, Example

__all__ = ["bleu", "corpus_bleu", "counts", "sentence_bleu", "words"]

_ORDER = 4
_WIDTH = 2 + 2 * _ORDER

_ENTITIES = [("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]
_MARK = re.compile(r"([!-&(-+:-@\[-`{-~/])")
# A full stop or comma is part of a number only.
_AFTER_OTHER = re.compile(r"([^0-9])([.,])")
_BEFORE_OTHER = re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")
# sacreBLEU means Unicode's ranges of Chinese; two of them, written with five digits, come out as U+2001 to U+2A6D.
_CHINESE = re.compile(
    "[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u4db5\u4e00-\u9fbb"
    "\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]"
)


def words(text: str, *, by_character: bool = False) -> list[str]:
    """``text`` cut as sacreBLEU's ``13a`` does, or, by character, as its ``zh`` does.

    >>> words("It costs $1,200.50.")
    ['It', 'costs', '$', '1,200.50', '.']
    """
    text = _CHINESE.sub(r" \g<0> ", text.strip()) if by_character else f" {_plain(text.rstrip())} "
    text = _AFTER_OTHER.sub(r"\1 \2 ", _MARK.sub(r" \1 ", text))
    return _DASH.sub(r"\1 \2 ", _BEFORE_OTHER.sub(r" \1 \2", text)).split()


def counts(text: str, golds: Sequence[str], *, by_character: bool = False) -> tuple[float, ...]:
    """Words of ``text``, words of the gold answer nearest in length, n-grams found in a gold one, n-grams in all [10]."""
    said = words(text, by_character=by_character)
    wanted = [words(gold, by_character=by_character) for gold in golds]
    nearest = min(map(len, wanted), key=lambda length: (abs(length - len(said)), length), default=0)
    found = [0] * _ORDER
    limits: Counter[tuple[str, ...]] = Counter()
    for gold in wanted:
        limits |= _ngrams(gold)
    for ngram, count in (_ngrams(said) & limits).items():
        found[len(ngram) - 1] += count
    return (len(said), nearest, *found, *(max(0, len(said) - n) for n in range(_ORDER)))


def corpus_bleu(statistics: Matrix) -> Value:
    """BLEU of the rows of ``statistics`` [rows, 10] together."""
    if not len(statistics):
        return Undefined("no row has a value")
    return _bleu(statistics.sum(axis=0).tolist(), effective=False)


def sentence_bleu(statistics: Matrix) -> Matrix:
    """BLEU of each row of ``statistics`` [rows, 10] -> [rows]; of the orders that the row is long enough for."""
    return np.array([_bleu(row, effective=True) for row in statistics.tolist()], dtype=np.float64)


def bleu() -> Metric:
    """BLEU of all answers together; a row's own score is its sentence BLEU."""
    return Metric("bleu", frozenset({"answer"}), _rows, corpus_bleu, sentence_bleu)


def _rows(run: Run) -> Statistics:
    return collected(map(_row, run.answers, run.examples), width=_WIDTH)


def _row(answer: Answer, example: Example) -> tuple[float, ...] | Undefined:
    if not example.answers:
        return UNANSWERED
    return counts(answer.text, example.answers, by_character=chinese(example))


def _plain(text: str) -> str:
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def _ngrams(found: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(found[i : i + n + 1]) for n in range(_ORDER) for i in range(len(found) - n))


def _bleu(row: Sequence[float], *, effective: bool) -> float:
    said, wanted, found, total = row[0], row[1], row[2 : 2 + _ORDER], row[2 + _ORDER :]
    if not any(found):
        return 0.0
    logs, halved = [], 1.0
    for right, among in zip(found, total, strict=True):
        if not among:
            break
        if not right:
            halved *= 2
        logs.append(log((right or 1 / halved) / among))
    if len(logs) < _ORDER and not effective:
        return 0.0
    return exp(min(0.0, 1 - wanted / said) + sum(logs) / len(logs))
