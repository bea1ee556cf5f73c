"""What a text names: names, noun phrases, titles and numbers, each with its place.

English phrases are runs of words between function words, names runs of capitals; Chinese ones stand between function
characters. No tagger: what does not name a thing is left to the scorer (:mod:`raglan.talk.weighing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from raglan.talk.signs import FUNCTION, FUNCTION_CHINESE
from raglan.text.words import RUN, is_chinese
from raglan.types import Span

__all__ = ["Mention", "mentions"]

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_QUOTED = re.compile(r'"([^"]{2,60})"|“([^”]{2,60})”|「([^」]{2,60})」|《([^》]{2,60})》')
_JOINING = frozenset("of the de von van la le du and & for in".split())
_DETERMINER = frozenset("the a an his her its their this that these those".split())
_VERB = frozenset(
    "is are was were be been do does did can could will would should must may might has have had not".split()
)
_NUMBER = re.compile(r"\d")
_UNIT = tuple("年月日号號天元岁歲次个個小分秒米")
_COUNTED = re.compile(r"第?[零一二两兩三四五六七八九十百千万萬亿億几幾半]+(?!性|般|定|切|起|些)\w{0,2}")
_RUN = 10  # characters of a Chinese one
_PHRASE = 4  # words of a noun phrase
_WHOLE = 7  # words of a turn that is no sentence
# What tells one title from another of the same name: "Vogue (song)".
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]?$")
_NOTHING = re.compile(r"^\W*(?:i (?:do not|don't) know|no answer|unknown|不知道|没有找到)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing named in a text: ``kind`` is ``name``, ``phrase``, ``owned``, ``number``, ``quoted`` or ``whole``.

    ``owned`` is what the text gives to something else: "warranty" in "warranty of the oven", 保修期 in 烤箱的保修期.
    """

    text: str
    span: Span
    kind: str


def mentions(text: str) -> list[Mention]:
    """The things that ``text`` names, in order; they may overlap.

    >>> [m.text for m in mentions("蒸汽棒的保修期是多久？")]
    ['蒸汽棒的保修期', '蒸汽棒', '保修期']
    """
    if _NOTHING.match(text):
        return []
    found = [*_whole(text), *_quoted(text)]
    found += _chinese(text) if is_chinese(text) else _english(text)
    return sorted(dict.fromkeys(found), key=lambda one: (one.span.start, -len(one.span)))


def _whole(text: str) -> Iterator[Mention]:
    """A turn that is no sentence but names something: a title, a short answer."""
    bare = _ASIDE.sub("", text.strip().rstrip(".,;。，；")).strip()
    if bare and not re.search(r"[?？!！。]|[.]\s", bare) and _thing(bare):
        start = text.index(bare)
        yield Mention(bare, Span(start, start + len(bare)), "whole")


def _thing(text: str) -> bool:
    """Whether a text without marks names one thing: it has no verb, and no preposition before it."""
    if is_chinese(text):
        return len(text) <= _RUN and not FUNCTION_CHINESE.search(text.replace("的", "").replace("和", ""))
    words = text.lower().split()
    opens = words[0] not in FUNCTION or words[0] in _DETERMINER
    return len(words) <= _WHOLE and opens and not _VERB.intersection(words)


def _quoted(text: str) -> Iterator[Mention]:
    for match in _QUOTED.finditer(text):
        yield Mention(match.group(), Span(*match.span()), "quoted")


def _english(text: str) -> Iterator[Mention]:
    words = list(_WORD.finditer(text))
    yield from _names(text, words)
    yield from _phrases(text, words)


def _names(text: str, words: Sequence[re.Match[str]]) -> Iterator[Mention]:
    at = 0
    while at < len(words):
        if not _capital(text, words, at):
            if _NUMBER.match(words[at].group()):
                yield Mention(words[at].group(), Span(*words[at].span()), "number")
            at += 1
            continue
        last = at
        following = at + 1
        while following < len(words) and _touches(text, words[following - 1], words[following]):
            word = words[following].group()
            if (word[0].isupper() and word.lower() not in FUNCTION | {"i"}) or (
                word.isdecimal() and last == following - 1
            ):
                # A number right behind belongs to the name: Brisa 40.
                last = following
            elif word.lower() not in _JOINING or following - last > 1:
                break
            following += 1
        yield _mention(text, words[at], words[last], "name")
        at = last + 1


def _capital(text: str, words: Sequence[re.Match[str]], at: int) -> bool:
    word = words[at].group()
    if not word[0].isupper() or word.lower() in FUNCTION:
        return False
    before = text[: words[at].start()].rstrip(" \"'“(")
    opens = not before or before[-1] in ".?!:"
    # At a sentence's head any word is written so: only what follows tells.
    return not opens or len(word) > 3 or word.isupper()


def _touches(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    gap = text[one.end() : other.start()]
    return (
        gap in (" ", " & ", ". ")
        and not (gap == ". " and len(one.group()) > 2)
        and not one.group().endswith(("'s", "’s"))
    )


def _mention(text: str, first: re.Match[str], last: re.Match[str], kind: str) -> Mention:
    said = re.sub(r"['’]s?$", "", text[first.start() : last.end()])
    return Mention(said, Span(first.start(), first.start() + len(said)), kind)


def _phrases(text: str, words: Sequence[re.Match[str]]) -> Iterator[Mention]:
    """Runs of words that are not function words, with the article before them, and two such runs joined by ``of``."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        end = at
        while (
            end < len(words)
            and _content(words[end].group())
            and (end == at or _touches(text, words[end - 1], words[end]))
        ):
            end += 1
        if end > at:
            runs.append((at, end))
        at = max(end, at + 1)
    for first, end in runs:
        if end - first > _PHRASE or not any(word.group()[0].islower() for word in words[first:end]):
            continue
        found = _phrase(text, words, first, end - _verb_at_end(words, first, end))
        owned = end < len(words) and words[end].group().lower() == "of"
        yield replace(found, kind="owned") if owned else found
    for (first, end), (second, stop) in pairwise(runs):
        between = [word.group().lower() for word in words[end:second]]
        if between in (["of"], ["of", "the"]) and stop - first <= 2 + _PHRASE:
            yield _phrase(text, words, first, stop)


def _verb_at_end(words: Sequence[re.Match[str]], first: int, end: int) -> bool:
    """Whether a run ends in the verb of a question: "Can the landlord enter the flat?"."""
    asked = first > 1 and words[first - 2].group().lower() in _VERB
    return asked and end - first > 1 and end < len(words) and words[end].group().lower() in _DETERMINER


def _phrase(text: str, words: Sequence[re.Match[str]], first: int, end: int) -> Mention:
    found = _mention(text, words[first], words[end - 1], "phrase")
    before = words[first - 1].group().lower() if first else ""
    if before in _DETERMINER and _touches(text, words[first - 1], words[first]):
        return Mention(f"the {found.text}", found.span, "phrase")
    return found


def _content(word: str) -> bool:
    low = word.lower()
    # Past tenses and adverbs part one thing from the next: "the band disbanded".
    return (
        low not in FUNCTION and not low.endswith("ly") and not (len(low) > 4 and low.endswith("ed") and low[-3] != "e")
    )


def _chinese(text: str) -> Iterator[Mention]:
    """Runs between function characters; two of them joined by 的; names and numbers in other letters."""
    runs = [Span(*found) for run in RUN.finditer(text) for found in _between(text, run.start(), run.end())]
    ends = {run.end: run for run in runs}
    for word in _WORD.finditer(RUN.sub(lambda run: " " * len(run.group()), text)):
        number = word.group().isdecimal()
        counts = number and text[word.end() : word.end() + 1] in _UNIT
        before = ends.get(word.start())
        # A number's unit is part of it (2020年); a number without one is part of a name (清风60).
        start = before.start if before and not counts else word.start()
        span = Span(start, word.end() + counts)
        yield Mention(span.of(text), span, "number" if number and start == word.start() else "name")
        if before and not counts:
            runs.remove(before)
    for run in runs:
        counted = _COUNTED.fullmatch(run.of(text))
        kind = "number" if counted else "owned" if text[: run.start].endswith("的") else "phrase"
        yield Mention(run.of(text), run, kind)
    for one, other in pairwise(runs):
        if text[one.end : other.start] == "的":
            joined = Span(one.start, other.end)
            yield Mention(joined.of(text), joined, "phrase")


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for cut in [*FUNCTION_CHINESE.finditer(text, start, end), None]:
        stop = cut.start() if cut else end
        if 2 <= stop - at <= _RUN:
            yield at, stop
        at = cut.end() if cut else end
