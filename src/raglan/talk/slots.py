"""Where a question leaves something out, and what could be put there.

A slot is a stretch of the question, empty for a place where words are missing: a pronoun with the noun that it may point
with ("this album"), the end of the question, a part of a name. Each has options, of which one leaves it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from raglan.talk.naming import Candidate
from raglan.talk.signs import BEING, FUNCTION, FUNCTION_CHINESE, MORE, POSSESSIVE, PRONOUN_CHINESE, classed
from raglan.text.words import RUN, is_chinese
from raglan.types import Span

__all__ = ["CONNECTORS", "Option", "Slot", "filled", "options", "slots"]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_END = re.compile(r"[\s?？。.!！]*$")
CONNECTORS = ("in", "of", "for", "about", "with", "on", "by", "to", "from", "after", "besides")
# "This article" is what is read, and no thing in it.
_ITSELF = frozenset("article section passage text document page paragraph chapter".split())
_NOUN = 4  # characters of a noun that a pronoun points with
_MOST = 20  # things that may be missing at the end of a question
_THAT_AFTER = frozenset("said say so think thought know known sure claim believe find found such than fact".split())


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a question: ``kind`` is the pronoun's class, ``end``, ``more`` or ``part``.

    ``owner`` says that what fills it owns what follows; ``points`` that the pronoun came with a noun. ``order`` counts the
    slots of its kind before it, and ``existing`` says that the word may stand for nothing ("is there any").
    """

    span: Span
    kind: str
    owner: bool = False
    points: str = ""
    order: int = 0
    existing: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """What a slot may become; no ``candidate`` leaves it as it is."""

    candidate: Candidate | None = None
    connector: str = ""


def slots(question: str) -> list[Slot]:
    """The pronouns of ``question``, in order.

    >>> [(slot.span.of("Did they like its name?"), slot.kind) for slot in slots("Did they like its name?")]
    [('they', 'they'), ('its', 'it')]
    """
    found = list(_chinese(question) if is_chinese(question) else _english(question))
    seen: dict[str, int] = {}
    made = []
    for slot in found:
        made.append(Slot(slot.span, slot.kind, slot.owner, slot.points, seen.get(slot.kind, 0), slot.existing))
        seen[slot.kind] = seen.get(slot.kind, 0) + 1
    return made


def _english(question: str) -> Iterator[Slot]:
    words = list(_WORD.finditer(question))
    for at, word in enumerate(words):
        kind, low = classed(word.group()), word.group().lower()
        if not kind:
            continue
        after = words[at + 1].group().lower() if at + 1 < len(words) else ""
        before = words[at - 1].group().lower() if at else ""
        noun = bool(after) and after not in FUNCTION
        existing = (
            after in _ITSELF
            or (low in ("there", "it") and _may_be_empty(before, after))
            or (low == "that" and before in _THAT_AFTER)
        )
        if kind == "this":
            span = Span(word.start(), words[at + 1].end() if noun else word.end())
            yield Slot(span, kind, points=after if noun else "", existing=existing)
        else:
            yield Slot(Span(*word.span()), kind, owner=low in POSSESSIVE and noun, existing=existing)


def _may_be_empty(before: str, after: str) -> bool:
    forms = ("is", "are", "was", "were", "be", "been")
    return before in forms or after in forms


def _chinese(question: str) -> Iterator[Slot]:
    for match in PRONOUN_CHINESE.finditer(question):
        word = match.group()
        noun = _noun(question, match.end()) if classed(word) == "this" or word in ("该", "該") else ""
        yield Slot(Span(match.start(), match.end() + len(noun)), classed(word), owner=word == "其", points=noun)


def _noun(question: str, start: int) -> str:
    """The noun that a pronoun points with: what stands before the next function character."""
    run = RUN.match(question, start)
    if run is None:
        return ""
    function = FUNCTION_CHINESE.search(question, start, run.end())
    end = function.start() if function else run.end()
    return question[start:end] if end - start <= _NOUN else ""


def ending(question: str) -> Slot:
    """The place at the end of ``question``, before its mark, where words may be missing."""
    place = _END.search(question)
    at = place.start() if place else len(question)
    return Slot(Span(at, at), "more" if MORE.search(question) else "end")


def parts(question: str, found: Sequence[Candidate]) -> list[tuple[Slot, Option]]:
    """Parts of names in ``question``, each with the one full name of ``found`` that it is part of."""
    made = []
    for word in _WORD.finditer(question):
        low = re.sub(r"['’]s$", "", word.group().lower())
        fits = [one for one in found if one.kind in ("name", "whole") and _part(low, one.text, question.lower())]
        # Who writes without capitals may mean any word: "art" is not "Art Deco".
        if len(low) > 2 and low not in FUNCTION and word.group()[0].isupper() and fits:
            slot = Slot(Span(word.start(), word.start() + len(low)), "part")
            made.append((slot, Option(min(fits, key=lambda one: len(one.text)))))
    return made


def _part(word: str, name: str, question: str) -> bool:
    pieces = name.split()
    able = 1 < len(pieces) <= 4 and all(piece[0].isupper() for piece in pieces) and pieces[0] not in ("The", "A")
    return able and word in (pieces[0].lower(), pieces[-1].lower()) and name.lower() not in question


def options(slot: Slot, found: Sequence[Candidate], question: str) -> list[Option]:
    """What may fill ``slot``; the first leaves it as it is. What the question names already is left out."""
    low = question.lower()
    able = [one for one in found if one.key not in low]
    if slot.kind not in ("end", "more"):
        return [Option(), *(Option(one) for one in _fitting(slot, able, chinese=is_chinese(question)))]
    if is_chinese(question):
        return [Option(), *(Option(one, "，") for one in _owners(able))]
    connectors = CONNECTORS if slot.kind == "end" else ("besides", "in", "about", "of")
    latest = max((one.turns[-1] for one in able), default=0)
    near = [one for one in able if one.kind in ("name", "whole", "quoted") or one.turns[-1] > latest - 2][:_MOST]
    return [Option(), *(Option(one, connector) for one in near for connector in connectors)]


def _fitting(slot: Slot, able: Sequence[Candidate], *, chinese: bool) -> Sequence[Candidate]:
    """A pronoun means the owner rather than what it owns, one for things no person; 该法 what ends in 法, if possible."""
    if slot.kind == "it":
        things = [one for one in able if not BEING.search(one.text)]
        able = [one for one in things if one.kind != "owned"] or things
    if chinese:
        alike = [one for one in able if slot.points and _is_a(one.text, slot.points)]
        return alike or _owners(able)
    tails = {one.key for one in able}
    return [one for one in able if one.kind != "phrase" or _tail(one.key) not in tails]


def _is_a(name: str, noun: str) -> bool:
    """Whether a Chinese name ends as the noun does: 劳动合同法 is a 法."""
    return name.rstrip("》」”").endswith(noun[-1])


def _tail(key: str) -> str:
    """What an English phrase belongs to: of "warranty of the oven" the "oven"; empty for others."""
    return re.sub(r"^(?:the|a|an) ", "", key.partition(" of ")[2])


def _owners(able: Sequence[Candidate]) -> list[Candidate]:
    things = [one for one in able if one.kind != "number"]
    return [one for one in things if one.kind != "owned" and "的" not in one.text] or things


def filled(question: str, slot: Slot, option: Option) -> str:
    """``question`` with ``option`` in the place of ``slot``.

    >>> cat = Candidate("the cat", "phrase", (0,), 0)
    >>> filled("Did they like its name?", slots("Did they like its name?")[1], Option(cat))
    "Did they like the cat's name?"
    """
    if option.candidate is None:
        return question
    before, after = question[: slot.span.start], question[slot.span.end :]
    text = option.candidate.text
    if slot.kind in ("end", "more"):
        if is_chinese(question):
            # In Chinese what is spoken of comes first.
            return f"{text}{option.connector}{re.sub('^那么?', '', question)}"
        return f"{before.rstrip()} {option.connector} ".replace("  ", " ") + text + after
    if not before:
        text = text[0].upper() + text[1:]
    if slot.owner:
        text += "的" if is_chinese(question) else "'s"
    elif is_chinese(question) and slot.points and not _is_a(text, slot.points):
        text += f"的{slot.points}"
    return before + text + after
