"""One name, several things: documents that say of what is asked that it is this, and others that it is that.

"What is Mercury?" where one document calls it the smallest planet, and another a chemical element. Definitions are the facts
that :mod:`raglan.graph.facts` finds; two of them are of two things if they, and what their passages say beside them, have
hardly a word in common. Near: Navigli 2009 (word senses); Min et al. 2020 (AmbigQA).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from raglan.generate.wanted import subject
from raglan.search.view import body, names
from raglan.talk.mention import telling
from raglan.text.sentences import sentences
from raglan.text.words import content_terms, is_chinese, terms
from raglan.types import Hit, Passage, Query

__all__ = ["Sense", "senses"]

_ASKS = re.compile(
    r"^\W*(?:what|who)(?:\s+(?:is|are|was|were)|['’]s)\b|^\W*tell me about\b"
    r"|是什么|什么是|是谁|谁是|是什麼|什麼是|是誰|誰是|介绍|介紹",
    re.IGNORECASE,
)
_JOINING = re.compile("[是的一了在有和与與为為]")  # a pair of characters with one of these says nothing
_OPENING = 3  # sentences of a passage among which it says what a thing is
_LONGEST = 400  # characters of such a sentence
_APART = 0.1  # share of the shorter passage's words that the other may have
_LONG = 60  # characters of a choice


class Sense(NamedTuple):
    """What a thing is said to be, cut to a choice's length, and by which passage."""

    said: str
    tail: str
    passage: Passage


def senses(query: Query, hits: Sequence[Hit]) -> list[Sense]:
    """What the thing that ``query`` asks for is said to be in ``hits``, where that is several; else nothing.

    A thing that has a figure in its name is a product or a code, and one thing.
    """
    asked = frozenset(telling(subject(query.text)))
    if not asked or not _ASKS.search(query.text) or re.search(r"\d", query.text):
        return []
    found: list[Sense] = []
    for hit in hits:
        one = next(_defined(hit.passage, asked), None)
        # One more of a thing that is known already adds nothing.
        if one and all(_unlike(one, other, asked) for other in found):
            found.append(one)
    return found if len(found) > 1 else []


def _defined(passage: Passage, asked: frozenset[str]) -> Iterator[Sense]:
    """What the opening sentences of a passage say that the thing asked for is."""
    from raglan.graph.facts import stated
    from raglan.graph.facts_chinese import stated_chinese

    for span in sentences(passage.text)[:_OPENING]:
        text = span.of(passage.text)
        if len(text) > _LONGEST or not asked <= set(terms(text)):
            continue
        chinese = is_chinese(text)
        for fact in (stated_chinese if chinese else stated)(passage.text, span):
            defines = fact.rule == ("zh 是" if chinese else "copular")
            if defines and set(content_terms(fact.head)) == asked and len(_telling(fact.tail)) > 1:
                yield Sense(fact.head, _short(fact.tail), passage)


def _unlike(one: Sense, other: Sense, asked: frozenset[str]) -> bool:
    """Whether two are of two things: other titles, other definitions, other words all around."""
    titles = {names(sense.passage)[0].casefold() for sense in (one, other)}
    mine, yours = (_telling(body(sense.passage)) - asked for sense in (one, other))
    alike = _telling(one.tail) & _telling(other.tail)
    return len(titles) == 2 and not alike and len(mine & yours) <= _APART * min(len(mine), len(yours))


def _telling(text: str) -> set[str]:
    return {term for term in content_terms(text) if not _JOINING.search(term)}


def _short(tail: str) -> str:
    flat = " ".join(tail.split())
    if len(flat) <= _LONG:
        return flat
    return f"{flat[: _LONG - 1].rsplit(' ', 1)[0] if ' ' in flat[:_LONG] else flat[: _LONG - 1]}…"
