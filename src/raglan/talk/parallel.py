"""Follow-ups that repeat the last question but for one thing: "What about the battery?", "电池呢？", "When?", "为什么？".

By rule: the new thing takes the place of what it is like in the last question, or is put beside it. Nothing is learned here,
for published follow-ups (CANARD) hardly hold any.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from raglan.talk.signs import ABOUT, WH
from raglan.talk.things import Mention, mentions
from raglan.text.words import is_chinese
from raglan.types import Span

__all__ = ["continued"]

_ASKING = re.compile(
    r"^\W*(?:but |and |so )?(?P<wh>why not|why|when|where|who|how(?: (?:much|many|long|often))?)\W*$", re.IGNORECASE
)
_ASKING_CHINESE = re.compile(
    r"^\W*(?P<wh>为什么|為什麼|为何|什么时候|什麼時候|何时|在?哪里|在?哪裡|谁|誰|多久|多少|多少钱|怎么办|怎么)呢?\W*$"
)
# What says when, where or why can be asked anew; what asks for the thing itself must stay.
_WH_CHINESE = re.compile(r"为什么|為什麼|为何|什么时候|什麼時候|何时|在?哪里|在?哪裡|怎么办|怎么(?!样)")
_ASKED_CHINESE = re.compile(r"什么|什麼|多少|多久|多长|谁|誰|哪|几|幾|怎")
_LEAD = re.compile(r"^(?:when|where|why|how(?= (?:do|does|did|is|are|was|were|can|should)\b))\b", re.IGNORECASE)
_VERB = frozenset("is are was were do does did can could will would should may must has have had".split())


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
    return _exchanged(thing, (about["word"] or "").lower(), before)


def _sentence(thing: str) -> bool:
    """Whether what follows ``and`` is a question of its own."""
    words = thing.lower().split()
    return bool(words) and (words[0] in WH | _VERB or len(words) > 8)


def _asked_anew(wh: str, before: str) -> str | None:
    if is_chinese(before):
        bare = before.rstrip("?？。 ").removesuffix("呢").removesuffix("吗").removesuffix("嗎")
        said, changed = _WH_CHINESE.subn(wh, bare, count=1)
        return f"{said}？" if changed else f"{bare}，{wh}？" if _ASKED_CHINESE.search(bare) else f"{wh}{bare}？"
    first = before.split(maxsplit=1)[0].lower()
    if first in _VERB:
        return f"{wh.capitalize()} {before[0].lower()}{before[1:]}"
    said, changed = _LEAD.subn(wh.capitalize(), before, count=1)
    return said if changed else f"{before.rstrip(' ?')}, and {wh}?"


def _exchanged(thing: str, word: str, before: str) -> str:
    """``before`` with ``thing`` in the place of what it is like, or beside it; ``word`` is the preposition it came with."""
    if thing.lower() in before.lower():
        return before
    place = _place(thing, word, before)
    if place is None:
        return f"{thing}，{before}" if is_chinese(before) else _beside(thing, word, before)
    # An article of the place goes with it, if the new thing has its own.
    head = before[: place.start]
    if re.match(r"(?:the|a|an|my|your|our) ", thing, re.IGNORECASE):
        head = re.sub(r"(?:the|a|an|my|your|our) $", "", head, flags=re.IGNORECASE)
    return head + thing + before[place.end :]


def _place(thing: str, word: str, before: str) -> Span | None:
    """What of the last question the new thing stands for: what came with the same preposition, or is of the same kind."""
    kind = _kind(thing)
    held = [one for one in mentions(before) if one.kind not in ("whole", "quoted")]
    if word:
        held = [
            one for one in held if re.search(rf"\b{word} (?:the |a |an )?$", before[: one.span.start], re.IGNORECASE)
        ]
        held = [one for one in held if (one.kind == "number") == (kind == "number")]
        return held[-1].span if held else None
    same = [one for one in held if one.kind == kind]
    if kind in ("number", "name"):
        return same[-1].span if same else None
    if is_chinese(before):
        return _owner(same)
    # A phrase that holds another one is looked at in parts: of "warranty of the oven" the oven.
    apart = _apart(held)
    last = max(apart, key=lambda one: one.span.end, default=None)
    return last.span if last is not None and last.kind == kind and len(apart) > 1 else None


def _apart(held: list[Mention]) -> list[Mention]:
    """Those that hold no other."""
    times = Counter(one.span for one in held)
    found, nearest = [], math.inf
    # From behind: what begins no earlier and ends no later lies within.
    for one in sorted(held, key=lambda one: (one.span.start, -one.span.end), reverse=True):
        if nearest > one.span.end and times[one.span] == 1:
            found.append(one)
        nearest = min(nearest, one.span.end)
    return found


def _owner(held: list[Mention]) -> Span | None:
    """Of 烤箱的保修期 the 烤箱."""
    joined = [one for one in held if "的" in one.text]
    inner = [one for one in held if joined and _within(one, joined[-1]) and one is not joined[-1]]
    return inner[0].span if inner else None


def _kind(thing: str) -> str:
    """The kind of what the thing names; a word of another script among Chinese is a name."""
    kinds = [one.kind for one in mentions(f"{thing}?")]
    return next((kind for kind in ("name", "number") if kind in kinds), "phrase")


def _within(inner: Mention, outer: Mention) -> bool:
    return outer.span.start <= inner.span.start and inner.span.end <= outer.span.end


def _beside(thing: str, word: str, before: str) -> str:
    return f"{before.rstrip(' ?')} {word or ('in' if thing[:1].isdigit() else 'for')} {thing}?"
