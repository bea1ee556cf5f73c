"""What a follow-up may mean: the things that the history names, each once, with when it was spoken of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from raglan.talk.things import Mention, mentions
from raglan.types import Turn

__all__ = ["Candidate", "candidates"]

_NUMBER = re.compile(r"\d")
_RANK = {"owned": 0, "phrase": 1}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that the history names, with the turns, from 0, that mention it and where it stands first in the last one."""

    text: str
    kind: str
    turns: tuple[int, ...]
    at: int

    @property
    def key(self) -> str:
        """Equal for what is written the same, but for capitals and article."""
        return _key(self.text)


def candidates(history: Sequence[Turn]) -> list[Candidate]:
    """The things that ``history`` names, each once, latest first; a name's full form stands for its parts.

    >>> [one.text for one in candidates([Turn("user", "Does Anna Berg have the steam wand?")])]
    ['the steam wand', 'Anna Berg']
    """
    found: dict[str, list[tuple[int, Mention]]] = {}
    for number, turn in enumerate(history):
        for mention in mentions(turn.text):
            found.setdefault(_key(mention.text), []).append((number, mention))
    full = _full_names(found)
    for short, long in full.items():
        found[long] += found.pop(short)
    made = [_candidate(seen) for seen in found.values()]
    return sorted(made, key=lambda one: (-one.turns[-1], -one.at))


def _candidate(seen: list[tuple[int, Mention]]) -> Candidate:
    seen = sorted(seen, key=lambda pair: pair[0])
    best = max((mention for _, mention in seen), key=lambda mention: (_RANK.get(mention.kind, 2), len(mention.text)))
    last = seen[-1][0]
    at = min(mention.span.start for number, mention in seen if number == last)
    return Candidate(best.text, best.kind, tuple(number for number, _ in seen), at)


def _full_names(found: dict[str, list[tuple[int, Mention]]]) -> dict[str, str]:
    """Part of a name to the shortest longer name that it may be part of: its first words or its last ones."""
    names = [key for key, seen in found.items() if any(m.kind in ("name", "whole") for _, m in seen)]
    names = [key for key in names if " " in key and len(key.split()) <= 4]
    longer: dict[str, str] = {}
    for key, seen in found.items():
        if seen[0][1].kind == "name" and not _NUMBER.search(key):
            fits = [one for one in names if one != key and (one.startswith(f"{key} ") or one.endswith(f" {key}"))]
            if fits:
                longer[key] = min(fits, key=len)
    # A part's full name may be part of another: follow to the end.
    return {short: _end(longer, short) for short in longer}


def _end(longer: dict[str, str], key: str) -> str:
    while key in longer:
        key = longer[key]
    return key


def _key(text: str) -> str:
    return re.sub(r"^(?:the|a|an) ", "", text.lower())
