"""Which choice of a question back a reply means: its number, its words, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from raglan.text.words import content_terms, is_chinese
from raglan.types import Clarify, Query

__all__ = ["chosen", "narrowed"]

_NUMBER = re.compile(
    r"^\W*(?:(?:option|number|no\.?|choice|the)\s*)?(\d{1,2}|[a-h])(?:st|nd|rd|th)?\W*$", re.IGNORECASE
)
_CHINESE = re.compile(r"^\W*(?:第|选|選)?([一二两三四五六七八]|\d{1,2})[个個项項]?\W*$")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_DIGITS = {mark: at for at, mark in enumerate("一二三四五六七八", 1)} | {"两": 2}


def chosen(reply: str, options: Sequence[str]) -> int | None:
    """The place, from 0, of the option that ``reply`` means; ``None`` where it means none of them.

    >>> options = ("the steam wand", "the battery")
    >>> chosen("2", options), chosen("Battery, please", options), chosen("第一个", options), chosen("Thanks", options)
    (1, 1, 0, None)
    """
    number = _counted(reply)
    if number is not None:
        return number - 1 if 1 <= number <= len(options) else None
    said = set(content_terms(reply))
    shares = [_share(said, option) for option in options]
    best = max(shares, default=0.0)
    # A longer reply, or one that fits two options alike, is something else than a choice.
    clear = best >= 0.5 and shares.count(best) == 1 and len(said) <= 2 * max(map(_size, options)) + 2
    return shares.index(best) if clear and "?" not in reply and "？" not in reply else None


def _counted(reply: str) -> int | None:
    if match := _NUMBER.match(reply):
        mark = match[1].lower()
        return int(mark) if mark.isdigit() else ord(mark) - ord("a") + 1
    if match := _CHINESE.match(reply):
        return int(match[1]) if match[1].isdigit() else _DIGITS[match[1]]
    words = re.findall(r"[a-z]+", reply.lower())
    if len(words) <= 3:
        return next((at for at, word in enumerate(_ORDINALS, 1) if word in words), None)
    return None


def _share(said: set[str], option: str) -> float:
    terms = set(content_terms(option))
    return len(said & terms) / len(terms) if terms else 0.0


def _size(option: str) -> int:
    return len(content_terms(option))


def narrowed(asked: Query, back: Clarify, place: int) -> Query:
    """``asked`` after the choice at ``place``: what the asker made of it, else the choice's words with the question."""
    if back.queries:
        made = back.queries[place]
        return Query(made.text, history=asked.history, where={**asked.where, **made.where}, image=asked.image)
    option = back.options[place]
    gap = "，" if is_chinese(asked.text) else " "
    text = asked.text if option.lower() in asked.text.lower() else f"{asked.text}{gap}{option}"
    return Query(text, history=asked.history, where=asked.where, image=asked.image)
