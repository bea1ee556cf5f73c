"""Words that lean on what stands before them: nobody knows what they stand for once their sentence stands alone."""

from __future__ import annotations

import re

__all__ = ["leans", "opens", "refers"]

_PRONOUNS = frozenset(
    "it its this that these those he she they we you i his her their our your my which who what".split()
)
# What begins so goes on from the sentence before it, or is a clause and no name.
_OPENERS = _PRONOUNS | frozenset(
    """there here when where how why if while although though because since as but and or so then also however therefore
    likewise thus hence moreover another other each every one some any no not all both many most such in on at for by
    with from to of after before during once unless until please see similar same different first second last following
    above main new""".split()
)
_OPENERS_CHINESE = re.compile(
    r"[这這那它他她牠我你您此该該其如若因但也就都不并並而或和与與在对對从從当當每各某有没沒至由于於以及可前上下另]|本(?!\w{0,6}所[称稱])"
)


def leans(text: str) -> bool:
    """Whether ``text`` begins with a word that needs what stood before.

    >>> leans("It is red."), leans("The lid is red."), leans("此外无保修。")
    (True, False, True)
    """
    words = text.split()
    return not words or bool(_OPENERS_CHINESE.match(text)) or words[0].lower().strip(",") in _OPENERS


def refers(words: str) -> bool:
    """Whether one of the words stands for something else, wherever it comes.

    >>> refers("information about our customers"), refers("the warranty")
    (True, False)
    """
    return any(word.lower() in _PRONOUNS for word in words.split())


def opens(words: str) -> bool:
    """Whether one of the words begins a sentence or a clause: two sentences were taken for one name."""
    return any(word.lower() in _OPENERS for word in words.split())
