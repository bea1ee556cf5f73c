"""What two texts are compared by where no task has laid down its own rules: words, Chinese characters, marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from raglan.text.words import RUN, is_chinese
from raglan.types import Example

__all__ = ["chinese", "has", "line", "pieces"]

_PIECE = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+|[^\w\s]|_")


def chinese(example: Example) -> bool:
    """Whether a row is measured by character: a gold answer is Chinese, or the query is.

    The query decides for answers such as ``2008``, which have no language of their own. What is said here of Chinese
    holds for kana and hangul too, as everywhere in :mod:`raglan.text.words`.
    """
    return any(map(is_chinese, example.answers)) or is_chinese(example.query.text)


def pieces(text: str) -> list[str]:
    """The words of ``text`` in small letters; every Chinese character and every mark is a piece of its own.

    >>> pieces("The iPhone保修, 2 years.")
    ['the', 'iphone', '保', '修', ',', '2', 'years', '.']
    """
    plain = unicodedata.normalize("NFC", text).lower()
    if not plain.isascii():
        plain = RUN.sub(lambda run: f" {' '.join(run.group())} ", plain)
    return _PIECE.findall(plain)


def line(text: str) -> str:
    """The pieces of ``text`` in one string, so that a run of whole pieces can be looked for: see :func:`has`."""
    return f" {' '.join(pieces(text))} "


def has(text: str, golds: Sequence[str]) -> bool:
    """Whether one of ``golds`` stands in ``text``, both as :func:`line` writes them; nothing stands nowhere.

    Paper: Chen et al. 2017 (DrQA), as Karpukhin et al. 2020 (DPR) count it; by character for Chinese.

    >>> has(line("It lasts 24 months."), [line("2"), line("24 Months")])
    True
    """
    return any(gold in text for gold in golds if gold.strip())
