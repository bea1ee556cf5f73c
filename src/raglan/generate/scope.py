"""Which questions are not about one passage: they count, list, compare or summarise all that the documents hold of a thing.

A search for the best k passages cannot answer them. What is taken for such a question is little on purpose: one that asks
for a measure ("how many days", "多少天") or for something that a passage states ("how many people work here") is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from raglan.generate.scope_chinese import chinese_scope
from raglan.generate.scope_english import english_scope
from raglan.text.words import RUN

__all__ = ["Scope", "scope"]

_LONGEST = 400  # characters; who writes more than that tells a story
_WORDS = {"en": 10, "zh": 30}  # of a subject, in words or in characters; a longer one is a sentence


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked of many passages: ``kind`` is ``count``, ``list``, ``compare`` or ``summary``.

    ``subjects`` are what the passages must mention: none if all are meant, two or more to ``compare``. ``noun`` is what is
    counted or listed ("tickets"), in the words of the question; empty where it is not told apart from the subject.
    ``aspect`` is in what respect things are compared.
    """

    kind: str
    subjects: tuple[str, ...] = ()
    noun: str = ""
    aspect: str = ""


def scope(question: str, known: Callable[[str], bool] = lambda _: False) -> Scope | None:
    """What ``question`` asks of many passages; ``None`` if one passage may answer it, as most do.

    ``known`` says whether a noun names the rows of a table that the collection holds; it is asked only of what might be
    counted or listed.

    >>> scope("How many tickets are there about leaks?")
    Scope(kind='count', subjects=('leaks',), noun='tickets', aspect='')
    >>> scope("比较FX-100和FX-200的价格")
    Scope(kind='compare', subjects=('FX-100', 'FX-200'), noun='', aspect='价格')
    >>> scope("How many days of leave do I get?"), scope("产假有多少天？")
    (None, None)
    """
    flat = " ".join(question.split())
    if not flat or len(flat) > _LONGEST:
        return None
    chinese = bool(RUN.search(flat))
    found = (chinese_scope(flat, known) if chinese else None) or english_scope(flat, known)
    if found is None:
        return None
    kind, subjects, noun, aspect = found
    if any(_long(one) for one in subjects) or len(subjects) < 2 * (kind == "compare"):
        return None
    return Scope(kind, tuple(subjects), noun, aspect)


def _long(subject: str) -> bool:
    size = len(RUN.sub("", subject).split())
    return size > _WORDS["en"] or sum(map(len, RUN.findall(subject))) > _WORDS["zh"]
