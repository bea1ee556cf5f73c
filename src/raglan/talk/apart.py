"""What tells rival answers apart: a value of their documents' meta, what titles or headings name, a row's first cell, words.

Each way gives every answer a label. It tells them apart if answers of one label agree and those of two labels differ; the
first way that does is the slot that the question left empty. Near: Xu et al. 2019 (clarification from what differs between
candidate entities); Min et al. 2020 (AmbigQA).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from raglan.graph.gazetteer import CITIES, COUNTRIES
from raglan.graph.names import key
from raglan.search.view import names
from raglan.talk.mention import pieces
from raglan.talk.rivals import GENERIC, Rival, differ
from raglan.text.words import STOP, is_chinese, terms

__all__ = ["Slot", "told_apart"]

# Keys of meta that say where a passage stands, and nothing that one would ask for.
_PLAIN = frozenset(
    "title headings row reading page box file source kind language access id url uri link hash author date created "
    "modified updated description summary keywords tags".split()
)
_YEAR = re.compile(r"(?:19|20)\d\d\s?年?(?:版|度)?")
_CODE = re.compile(r"[A-Za-z]{1,10}-?\d+[A-Za-z]{0,3}(?:-[A-Za-z0-9]+)*")
_VERSION = re.compile(r"(?:v|version )?\d+(?:\.\d+)+|v\d+|第[一二三四五六七八九十\d]+版", re.IGNORECASE)
_COUNTED = re.compile(r"^(?:[一二三四五六七八九十]+[、.．]|\d+(?:\.\d+)*[、.．)）]?\s)\s*")  # before a heading
_LONG = 40  # characters of a value of meta
_UNNAMED = re.compile(r"[0-9a-fA-F-]{8,}|\d*")  # no title, and a file called by a number
# What a Chinese word for one of several kinds ends in: 基础版, 经济舱.
_CHINESE_HEADS = frozenset("版型款类類级級档檔组組班区區店号號种種票舱艙房间間卡餐")


@dataclass(frozen=True, slots=True)
class Slot:
    """What is missing: its name, or none; for each choice its label and the answers it stands for; ``by`` what they differ.

    ``by`` is ``meta``, ``title``, ``heading``, ``row`` or ``words``; ``field`` the key of meta.
    """

    name: str
    by: str
    groups: tuple[tuple[str, tuple[Rival, ...]], ...]
    field: str = ""


def told_apart(question: str, found: Sequence[Rival]) -> Slot | None:
    """The first slot of which two choices or more differ in their answers; ``None`` if nothing tells these apart."""
    for name, by, field, labels in _ways(set(terms(question)), found):
        groups: dict[str, list[Rival]] = {}
        for label, rival in zip(labels, found, strict=True):
            groups.setdefault(label, []).append(rival)
        # Who says which has chosen.
        if any(label and label.casefold() in question.casefold() for label in labels):
            return None
        # What says no more than the words of a question that asks how must be missing by name.
        if all(labels) and (name or found[0].valued) and _apart(groups):
            return Slot(name, by, tuple((label, tuple(group)) for label, group in groups.items()), field)
    return None


def _apart(groups: dict[str, list[Rival]]) -> bool:
    words = frozenset(term for label in groups for term in terms(label))
    firsts = [group[0] for group in groups.values()]
    agreed = all(not differ(group[0], one, words) for group in groups.values() for one in group[1:])
    return len(groups) > 1 and agreed and any(differ(firsts[0], one, words) for one in firsts[1:])


def _ways(asked: set[str], found: Sequence[Rival]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Name, way, key of meta, and a label for each answer, empty where it has none."""
    if all(one.passage.meta.get("row") for one in found):
        yield from _rows(found)
    for field in _fields(found):
        yield field, "meta", field, [str(one.passage.meta.get(field, "")) for one in found]
    titles = [names(one.passage)[0] for one in found]
    if len(set(titles)) > 1:
        name, labels = _called(titles, family=_alike(titles, asked))
        yield name, "title", "", labels
        return
    headings = [_COUNTED.sub("", names(one.passage)[-1]) for one in found]
    if len(set(headings)) > 1:
        name, labels = _called(headings, family=_parallel(headings))
        yield name, "heading", "", labels
    if found[0].valued:
        yield from _words(asked, found)


def _fields(found: Sequence[Rival]) -> list[str]:
    """Keys of meta that may be a slot: those of short values, none of which is the answer itself."""
    return [
        name
        for name in found[0].passage.meta
        if name.casefold() not in _PLAIN and all(_fills(one, name) for one in found)
    ]


def _fills(one: Rival, name: str) -> bool:
    value = one.passage.meta.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not 0 < len(str(value)) <= _LONG:
        return False
    return not any(str(value).casefold() in told.casefold().split() for told in one.values)


def _rows(found: Sequence[Rival]) -> Iterator[tuple[str, str, str, list[str]]]:
    cells = [one.says.partition("; ")[0].partition(": ") for one in found]
    if len({name for name, _, _ in cells}) == 1:
        yield cells[0][0], "row", "", [value.strip() for _, _, value in cells]


def _alike(titles: Sequence[str], asked: set[str]) -> bool:
    """Whether titles have a word in common that is not asked: where it is, the thing that it names can be asked for."""
    return bool(set.intersection(*(set(terms(one)) for one in titles)) - STOP - asked)


def _parallel(headings: Sequence[str]) -> bool:
    """Whether headings begin alike or end alike: "North hall", "South hall"."""
    lists = [[match.group().casefold() for match in pieces(one)] for one in set(headings)]
    return max(_shared(lists), _shared([list(reversed(one)) for one in lists])) > int(is_chinese(headings[0]))


def _called(written: Sequence[str], *, family: bool) -> tuple[str, list[str]]:
    """What titles differ in, if of one kind, and the name of the kind; else the titles, if they are of one family."""
    own = _own(written)
    if not all(own.values()) or any(map(_UNNAMED.fullmatch, written)):
        return "", [""] * len(written)
    name = _kind(list(own.values()))
    return name, [own[one] if name else one if family else "" for one in written]


def _own(written: Sequence[str]) -> dict[str, str]:
    """Each title without the words that all begin with, and those that all end in."""
    cut = {one: list(pieces(one)) for one in written}
    words = [[match.group().casefold() for match in found] for found in cut.values()]
    start = _shared(words)
    end = _shared([list(reversed(one[start:])) for one in words])
    kept = {one: found[start : len(found) - end] for one, found in cut.items()}
    return {one: one[found[0].start() : found[-1].end()] if found else "" for one, found in kept.items()}


def _shared(lists: Sequence[Sequence[str]]) -> int:
    count = 0
    for column in zip(*lists, strict=False):
        if len(set(column)) > 1:
            break
        count += 1
    return count


def _kind(labels: Sequence[str]) -> str:
    """The name of a slot that all of these fill; empty where none does."""
    for name, pattern in (("year", _YEAR), ("model", _CODE), ("version", _VERSION)):
        if all(pattern.fullmatch(one) for one in labels):
            return name
    known = [key(one) for one in labels]
    if all(one in COUNTRIES for one in known):
        return "country"
    return "place" if all(one in COUNTRIES or one in CITIES for one in known) else ""


def _words(asked: set[str], found: Sequence[Rival]) -> Iterator[tuple[str, str, str, list[str]]]:
    """What each sentence has before a word that all have: "basic plan" and "family plan"; 基础版 and 家庭版."""
    says = [one.says for one in found]
    for pattern, name in ((_CODE, "model"), (_YEAR, "year")):
        labels = [_only(pattern, one) for one in says]
        if all(labels) and not any(
            label in value for label, one in zip(labels, found, strict=True) for value in one.values
        ):
            yield name, "words", "", labels
    for head in _heads(says):
        own, generic = set(terms(head)), is_chinese(head) or set(terms(head)) <= GENERIC
        labels = [_before(one, head) for one in says]
        # What the question says itself is no choice, and what it does not speak of no slot.
        if all(labels) and (generic or own <= asked) and not any(set(terms(one)) <= asked for one in labels):
            yield "" if generic else head, "words", "", labels


def _only(pattern: re.Pattern[str], text: str) -> str:
    """What of ``text`` the pattern matches, if it is one thing."""
    found = {match.group() for match in re.finditer(rf"(?<![\w-]){pattern.pattern}(?![\w-])", text)}
    return found.pop() if len(found) == 1 else ""


def _heads(says: Sequence[str]) -> list[str]:
    """Words, or Chinese characters, that all sentences have, in the order of the first."""
    lists = [[match.group().casefold() for match in pieces(one)] for one in says]
    shared = set(lists[0]).intersection(*lists[1:])
    return [one for one in dict.fromkeys(lists[0]) if one in shared and _heading_word(one)]


def _heading_word(word: str) -> bool:
    return word in _CHINESE_HEADS if is_chinese(word) else word not in STOP and not word.isdigit()


def _before(text: str, head: str) -> str:
    """The one word before ``head`` with it, or in Chinese two or three characters; empty if that says nothing."""
    if is_chinese(head):
        match = re.search(rf"(?:^|[，。；、,;和与而\s])([㐀-鿿]{{1,4}}{re.escape(head)})", text)
        return match[1] if match else ""
    match = re.search(rf"([^\W\d_][\w-]*)\s+{re.escape(head)}\b", text, re.IGNORECASE)
    if match is None or set(terms(match[1])) <= STOP:
        return ""
    return match[1] if set(terms(head)) <= GENERIC else match.group()
