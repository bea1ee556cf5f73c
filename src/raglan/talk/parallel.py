"""Follow-ups that repeat the last question but for one thing: "What about the battery?", "电池呢？", "When?", "为什么？".

By rule: the new thing takes the place of what it is like in the last question, or is put beside it. Nothing is learned here,
for published follow-ups (CANARD) hardly hold any.
"""

from __future__ import annotations

import re

from raglan.talk.naming import Mention, mentions
from raglan.talk.signs import ABOUT, FUNCTION, WH
from raglan.text.words import is_chinese

__all__ = ["continued"]

_ASKING = re.compile(
    r"^\W*(?:but |and |so )?(?P<wh>why not|why|when|where|who|how(?: (?:much|many|long|often))?)\W*$", re.IGNORECASE
)
_ASKING_CHINESE = re.compile(
    r"^\W*(?P<wh>为什么|為什麼|为何|什么时候|什麼時候|何时|在?哪里|在?哪裡|谁|誰|多久|多少|多少钱|怎么办|怎么)呢?\W*$"
)
_WH_CHINESE = re.compile(
    r"为什么|為什麼|为何|什么时候|什麼時候|何时|在?哪里|在?哪裡|谁|誰|多久|多少钱|多少|怎么办|怎么|几[天年月个次]|什么|什麼"
)
_LEAD = re.compile(r"^(?:how (?:much|many|long|often)|what|which|who|when|where|why|how)\b", re.IGNORECASE)
_VERB = frozenset("is are was were do does did can could will would should may must has have had".split())
_CONNECTOR = re.compile(
    r"^(?:and|or|but|so)?\s*(?P<word>in|for|of|on|at|with|by|from|after|before|during)\s", re.IGNORECASE
)


def continued(question: str, before: str) -> str | None:
    """``question`` as it stands alone after the question ``before``; ``None`` where it is no such follow-up.

    >>> continued("What about the battery?", "How long is the warranty of the steam wand?")
    'How long is the warranty of the battery?'
    >>> continued("电池呢？", "蒸汽棒的保修期是多久？")
    '电池的保修期是多久？'
    >>> continued("Why?", "Did the band split?")
    'Why did the band split?'
    """
    if not before.strip():
        return None
    if fragment := (_ASKING_CHINESE.match(question) or _ASKING.match(question)):
        return _asked_anew(fragment["wh"], before)
    about = ABOUT.match(question)
    if about is None:
        return None
    thing = about["thing"] or about["东西"]
    if _sentence(thing):
        return None
    return _exchanged(thing, before, question)


def _sentence(thing: str) -> bool:
    """Whether what follows ``and`` is a question of its own."""
    words = thing.lower().split()
    return words[0] in WH | _VERB or len(words) > 8


def _asked_anew(wh: str, before: str) -> str | None:
    if is_chinese(before):
        bare = before.rstrip("?？。 ").removesuffix("呢").removesuffix("吗").removesuffix("嗎")
        said, changed = _WH_CHINESE.subn(wh, bare, count=1)
        return f"{said if changed else wh + bare}？"
    first = before.split(maxsplit=1)[0].lower()
    if first in _VERB:
        return f"{wh.capitalize()} {before[0].lower()}{before[1:]}"
    said, changed = _LEAD.subn(wh.capitalize(), before, count=1)
    return said if changed else None


def _exchanged(thing: str, before: str, question: str) -> str:
    named = mentions(thing)
    kind = named[0].kind if named else "phrase"
    held = [one for one in mentions(before) if one.kind != "whole" and one.text.lower() not in FUNCTION]
    chinese = is_chinese(before)
    place = _place(thing, kind, held, chinese=chinese)
    if place is None:
        return f"{thing}，{before}" if chinese else _beside(thing, before, question)
    span = place.span
    # An article of the place goes with it, if the new thing has its own.
    head = before[: span.start]
    if re.match(r"(?:the|a|an|my|your|our) ", thing, re.IGNORECASE):
        head = re.sub(r"(?:the|a|an|my|your|our) $", "", head, flags=re.IGNORECASE)
    return head + thing + before[span.end :]


def _place(thing: str, kind: str, held: list[Mention], *, chinese: bool) -> Mention | None:
    """What of the last question the new thing stands for: of the same kind, alike in writing, else the last owner."""
    last = thing.rsplit(maxsplit=1)[-1].lower() if thing.split() else thing
    alike = [one for one in held if one.text.lower().endswith(last if not chinese else thing[-1:]) and one.kind == kind]
    same = [one for one in held if one.kind == kind and kind in ("number", "name")]
    if alike or same:
        return (alike or same)[-1]
    if kind == "number":
        return None
    apart = [one for one in held if not any(other is not one and _within(other, one) for other in held)]
    if len(apart) < 2:
        return None
    return apart[0] if chinese else apart[-1]


def _within(inner: Mention, outer: Mention) -> bool:
    return outer.span.start <= inner.span.start and inner.span.end <= outer.span.end


def _beside(thing: str, before: str, question: str) -> str:
    connector = _CONNECTOR.match(question)
    word = connector["word"].lower() if connector else "in" if thing[:1].isdigit() else "for"
    return f"{before.rstrip(' ?')} {word} {thing}?"
