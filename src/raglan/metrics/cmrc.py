"""Exact match and F1 for Chinese by the rules of CMRC 2018: by character, without punctuation.

F1 rests on the longest run of characters that both texts have, not on a bag of them. Paper: Cui et al. 2019, and the
script of the task. For languages that write spaces see :mod:`raglan.metrics.squad`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from raglan.metrics.treebank import cut

__all__ = ["exact", "f1", "segments"]

# The script lists "……" among single characters, so that an ellipsis is never taken out; nor is an ASCII full stop.
_MARKS = str.maketrans("", "", "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_PIECE = re.compile(r"[\u4e00-\u9fa5]|[^\u4e00-\u9fa5]+")


def segments(text: str) -> list[str]:
    """The characters of ``text`` without punctuation; what is not Chinese by words.

    >>> segments("它是2,000元的《iPod nano》。")
    ['它', '是', '2,000', '元', '的', 'ipod', 'nano']
    """
    found: list[str] = []
    for piece in _PIECE.findall(_bare(text)):
        found += [piece] if "\u4e00" <= piece <= "\u9fa5" else cut(piece)
    return found


def exact(text: str, golds: Sequence[str]) -> float:
    """1 where ``text`` is one of ``golds`` once case and punctuation are gone, else 0."""
    return float(_bare(text) in map(_bare, golds))


def f1(text: str, golds: Sequence[str]) -> float:
    """The best F1 of the characters of ``text`` against those of a gold answer.

    >>> f1("两年保修", ["保修两年"])
    0.5
    """
    said = segments(text)
    return max((_overlap(said, segments(gold)) for gold in golds), default=0.0)


def _bare(text: str) -> str:
    return text.lower().strip().translate(_MARKS)


def _overlap(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return 0.0
    common = SequenceMatcher(None, said, gold, autojunk=False).find_longest_match().size
    return 2 * common / (len(said) + len(gold))
