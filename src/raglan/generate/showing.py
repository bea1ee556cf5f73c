"""What is shown of a text before its end: of one under way its whole words, of a draft that is known its parts in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Generator as Stream
from itertools import pairwise
from typing import TypeVar

from raglan.types import Draft

__all__ = ["in_parts", "in_words", "whole_words"]

T = TypeVar("T")

_OPEN = re.compile(r"\s*[^\s\u2e80-\u9fff\uf900-\ufaff]*$")  # a word that may go on; a Chinese character does not


def whole_words(text: str) -> str:
    """What stands before the last word, which may not be at its end, and the blank before it.

    >>> whole_words("The pump is war"), whole_words("保修期"), whole_words("保修期 24")
    ('The pump is', '保修期', '保修期')
    """
    return _OPEN.sub("", text, count=1)


def in_words(growing: Stream[T, None, Sequence[T]], says: Callable[[T], str]) -> Stream[str, None, T]:
    """Whole words of what ``growing`` ``says`` so far, as soon as they are there; returns the first of what it returns.

    The text may only grow: what was shown cannot be taken back.
    """
    shown = 0
    while True:
        try:
            words = whole_words(says(next(growing)))
        except StopIteration as done:
            best: T = done.value[0]
            if rest := says(best)[shown:]:
                yield rest
            return best
        if len(words) > shown:
            yield words[shown:]
            shown = len(words)


def in_parts(draft: Draft) -> Stream[str, None, Draft]:
    """The text of a draft, cut where something else is cited for it; returns the draft."""
    length = len(draft.text)
    for start, end in pairwise(sorted({0, length, *(min(one.span.start, length) for one in draft.citations)})):
        yield draft.text[start:end]
    return draft
