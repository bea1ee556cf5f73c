"""How many, and which: passages, documents or rows of tables that mention a subject, counted and listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from raglan.generate.surveyed import Surveyed
from raglan.generate.telling import Said, Telling, best, mentioned, short, whole
from raglan.store.store import Place
from raglan.text.words import content_terms
from raglan.types import Coverage, Passage

__all__ = ["counted", "listed"]

_PASSAGES = frozenset("passage passages paragraph paragraphs section sections 段落".split())
_DOCUMENTS = frozenset("document documents 文档 文檔".split())
_FILES = frozenset("file files 文件".split())
_NAMES = {
    "row": ("row", "行"),
    "passage": ("passage", "个段落"),
    "document": ("document", "个文档"),
    "file": ("file", "个文件"),
}


class _Counted(NamedTuple):
    """Things of one ``unit``, each by the places of its passages."""

    unit: str
    things: list[list[Place]]


def counted(asked: Surveyed, telling: Telling) -> Coverage:
    """Tell how many there are and how they spread over files; every passage that matches is looked up."""
    found = _things(asked)
    shown = found.things[: asked.shown]
    if not shown:
        return asked.coverage(0)
    sources = [_quoted(asked, passage) for _, passage in asked.matching.read([places[0] for places in shown])]
    rest = "" if len(shown) == len(found.things) else _rest(asked, len(shown), counts=True)
    telling.line(_lead(asked, found, rest), [one for said in sources for one in said])
    _spread(asked, found, telling)
    return asked.coverage(len(asked.places[0]))


def listed(asked: Surveyed, telling: Telling) -> Coverage:
    """Tell each thing on a line of its own, none twice, the first of them where there are many."""
    places = asked.places[0][: asked.most]
    lines: dict[str, Said] = {}
    read = 0
    rows = asked.matching.rows(places) if _unit(asked) == "row" else {}
    first = {own[0].key for own in rows.values()}
    seen: set[str] = set()
    for place, passage in asked.matching.read(places):
        read += 1
        if rows and place.key not in first:
            continue
        for text, said in _items(asked, place, passage, seen):
            lines.setdefault(text, said)
    shown = list(lines.items())[: asked.shown]
    if shown:
        rest = "" if len(shown) == len(lines) else _rest(asked, len(shown), of=len(lines))
        telling.line(_lead(asked, _things(asked), rest), [said for _, said in shown])
    for text, said in shown:
        telling.line(f"- {text}", [said])
    return asked.coverage(read)


def _unit(asked: Surveyed) -> str:
    """What is counted: as the noun says, else rows where there are any, else documents; without a noun passages."""
    noun = asked.scope.noun.lower()
    if asked.table:
        return "row"
    for unit, nouns in (("passage", _PASSAGES), ("document", _DOCUMENTS), ("file", _FILES)):
        if noun in nouns:
            return unit
    if not noun:
        return "passage"
    return "row" if any(_in_table(place) for place in asked.places[0]) else "document"


def _in_table(place: Place) -> bool:
    return place.row or place.document != place.file


def _things(asked: Surveyed) -> _Counted:
    unit, places = _unit(asked), asked.places[0]
    if unit == "row":
        return _Counted(unit, list(asked.matching.rows(places).values()))
    if unit == "passage":
        return _Counted(unit, [[place] for place in places])
    own: dict[str, list[Place]] = {}
    for place in places:
        own.setdefault(place.document if unit == "document" else place.file, []).append(place)
    return _Counted(unit, list(own.values()))


def _quoted(asked: Surveyed, passage: Passage) -> list[Said]:
    return best(passage, whole(asked.scope))


def _items(asked: Surveyed, place: Place, passage: Passage, seen: set[str]) -> Iterator[tuple[str, Said]]:
    """What a passage adds to the list: a row with its name, a document once, or each sentence that mentions the subject."""
    unit, terms = _unit(asked), whole(asked.scope)
    if unit in ("document", "file"):
        name = place.document if unit == "document" else place.file
        if name not in seen:
            seen.add(name)
            yield from ((short(f"{name}: {said.says}"), said) for said in best(passage, terms))
    elif unit == "row" or passage.meta.get("row"):
        for said in best(passage, terms):
            title = str(passage.meta.get("title", "")) if place.document != place.file else ""
            yield short(f"{title}: {said.says}" if title else said.says), said
    else:
        for said in mentioned(passage, terms):
            # What matches by its names alone is told under them.
            names = [] if terms <= frozenset(content_terms(said.says)) else [*passage.meta.get("headings", ())][-1:]
            yield short(": ".join([*map(str, names), said.says])), said


def _lead(asked: Surveyed, found: _Counted, rest: str) -> str:
    n, (english, chinese) = len(found.things), _NAMES[found.unit]
    subject = " ".join(asked.scope.subjects)
    files = {places[0].file for places in found.things}
    documents = {places[0].document for places in found.things}
    within = next(iter(files)) if len(files) == 1 and found.unit == "row" else ""
    if within and asked.table and within not in asked.table and not within.endswith(f"/{asked.table}"):
        within = f"{within} ({asked.table})"
    if asked.chinese:
        among = f"{within}中" if within else f"{len(documents)}个文档中" if found.unit == "passage" else ""
        return f"{among}有{n}{chinese}" + (f"提到“{subject}”" if subject else "") + f"{rest}。"
    what = f"{n} {english}{'s' * (n != 1)}"
    if within:
        what += f" of {within}"
    elif found.unit == "passage" or (found.unit == "row" and len(files) > 1):
        spread = documents if found.unit == "passage" else files
        what += f" in {len(spread)} {'document' if found.unit == 'passage' else 'file'}{'s' * (len(spread) != 1)}"
    if subject:
        return f"{what} mention{'s' * (n == 1)} “{subject}”{rest}."
    return f"There {'is' if n == 1 else 'are'} {what}{rest}."


def _rest(asked: Surveyed, shown: int, *, counts: bool = False, of: int = 0) -> str:
    """That not all are cited, or listed."""
    if asked.chinese:
        return f"，其中引用了前{shown}个" if counts else f"，列出{of}项中的前{shown}项"
    return f"; the first {shown} are cited" if counts else f"; {shown} of {of} items are shown"


def _spread(asked: Surveyed, found: _Counted, telling: Telling) -> None:
    """How many there are in each file, where there are several."""
    counts = Counter(places[0].file for places in found.things)
    if len(counts) < 2 or found.unit == "file" or (found.unit == "document" and max(counts.values()) == 1):
        return
    first: dict[str, Place] = {}
    for places in found.things:
        first.setdefault(places[0].file, places[0])
    shown: Sequence[str] = list(first)[: asked.shown]
    for place, passage in asked.matching.read([first[file] for file in shown]):
        gap = "：" if asked.chinese else ": "
        telling.line(f"- {place.file}{gap}{counts[place.file]}", _quoted(asked, passage))
