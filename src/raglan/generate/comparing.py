"""Several subjects side by side: what a table says of each, what names them all, and what is said of each in like words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from raglan.generate.central import Vector, centrality, cosine, vectors
from raglan.generate.surveyed import Surveyed
from raglan.generate.telling import Said, Telling, mentioned, short
from raglan.text.words import content_terms, terms
from raglan.types import Coverage, Passage, Span

__all__ = ["compared"]

_TOGETHER = 2  # sentences that name all subjects
_EACH = 3  # sentences of each subject
_FEW = 4  # terms that a sentence says beside the subject
_LOOKED = 300  # sentences of a subject that are compared with those of another
_ASPECT = 0.5  # what naming the aspect is worth, beside a cosine
_ALIKE = 0.15  # from which on two sentences are about the same
_MEASURE = 0.1  # what a measure of the same kind is worth
# Columns carry English names in many a Chinese table.
_BOTH = (
    ("price", "价格"),
    ("cost", "费用"),
    ("weight", "重量"),
    ("size", "尺寸"),
    ("power", "功率"),
    ("noise", "噪音"),
    ("delivery", "交货"),
    ("stock", "库存"),
    ("capacity", "容量"),
    ("warranty", "保修"),
    ("status", "状态"),
    ("date", "日期"),
)
_UNIT = re.compile(r"([£$€¥])\s?\d|\d[\d.,]*\s?(%|°?[A-Za-z]{1,9}\b|[年月天日元升克米个個杯巴瓦])")


def compared(asked: Surveyed, telling: Telling) -> Coverage:
    """Tell columns that the subjects' rows share, then sentences on all subjects, then on each, those alike together."""
    sides: list[list[Passage]] = []
    read: set[int] = set()
    for side in range(len(asked.places)):
        found = list(asked.matching.read(asked.spread(side)))
        read |= {place.key for place, _ in found}
        sides.append([passage for _, passage in found])
    _columns(asked, sides, telling)
    aspect = frozenset(content_terms(asked.scope.aspect)) if asked.scope.aspect else frozenset[str]()
    own = [_said(_about(side, aspect), subject) for side, subject in zip(sides, _terms(asked), strict=True)]
    together, apart = _together(own, _terms(asked))
    if aspect:
        together = [one for one in together if aspect & set(terms(one.says))]
    for one in sorted(together, key=lambda one: -len(aspect & set(terms(one.says))))[:_TOGETHER]:
        telling.line(f"- {short(one.says)}", [one])
    _each(asked, apart, aspect, telling)
    return asked.coverage(len(read))


def _terms(asked: Surveyed) -> list[frozenset[str]]:
    return [frozenset(content_terms(subject)) for subject in asked.scope.subjects]


def _about(passages: Sequence[Passage], aspect: frozenset[str]) -> Sequence[Passage]:
    """The passages that name the aspect, in their text or above it; all of them if there is none."""
    return [
        passage
        for passage in passages
        if not aspect
        or aspect
        & set(terms(" ".join([passage.text, str(passage.meta.get("title", "")), *passage.meta.get("headings", ())])))
    ]


def _said(passages: Sequence[Passage], subject: frozenset[str]) -> list[Said]:
    """The sentences that mention ``subject``; those that say nothing else only if there are no others."""
    # Of a row its columns are told, not all of it.
    every = [one for passage in passages if not passage.meta.get("row") for one in mentioned(passage, subject)]
    return [one for one in every if len(set(content_terms(one.says)) - subject) >= _FEW] or every


def _together(own: Sequence[Sequence[Said]], subjects: Sequence[frozenset[str]]) -> tuple[list[Said], list[list[Said]]]:
    """The sentences that name every subject, and what is left of each side, none twice."""
    every = {one.says: one for side in own for one in side}
    together = {
        says: one for says, one in every.items() if all(subject <= set(content_terms(says)) for subject in subjects)
    }
    apart = [list({one.says: one for one in side if one.says not in together}.values()) for side in own]
    return list(together.values()), apart


def _each(asked: Surveyed, sides: Sequence[Sequence[Said]], aspect: frozenset[str], telling: Telling) -> None:
    """Sentences of the first subject, each with the sentence of every other that is most like it."""
    if not all(sides):
        return
    every = frozenset[str]().union(*_terms(asked))
    looked = [said[:_LOOKED] for said in sides]
    flat = vectors([[term for term in content_terms(one.says) if term not in every] for said in looked for one in said])
    seen: list[list[Vector]] = []
    for said in looked:
        seen.append(flat[: len(said)])
        flat = flat[len(said) :]
    gap = "：" if asked.chinese else ": "
    told = bool(telling.text)
    for sure, likes in _pairs(looked, seen, aspect)[:_EACH]:
        # Two sentences that have nothing in common are better than none, and no better than what is told already.
        if told and not sure:
            continue
        for side, place in enumerate(likes):
            one = looked[side][place]
            telling.line(f"- {asked.scope.subjects[side]}{gap}{short(one.says)}", [one])


def _pairs(
    sides: Sequence[Sequence[Said]], seen: Sequence[Sequence[Vector]], aspect: frozenset[str]
) -> list[tuple[bool, tuple[int, ...]]]:
    """Sentences of the first side with their likes on the others, the best first, none twice; and whether they are alike."""
    kinds = [[_units(one.says) for one in side] for side in sides]
    named = [[_ASPECT * bool(aspect & set(terms(one.says))) for one in side] for side in sides]
    central = [[share * len(side) / 10 for share in centrality(side)] for side in seen]
    worth = [[n + c for n, c in zip(names, shares, strict=True)] for names, shares in zip(named, central, strict=True)]

    def like(at: int, side: int, other: int) -> float:
        same = _MEASURE * bool(kinds[0][at] & kinds[side][other])
        return cosine(seen[0][at], seen[side][other]) + same

    found: list[tuple[float, bool, tuple[int, ...]]] = []
    for at, one in enumerate(sides[0]):
        likes = [at]
        for side in range(1, len(sides)):
            scores = [
                like(at, side, other) + worth[side][other] if theirs.says != one.says else -1.0
                for other, theirs in enumerate(sides[side])
            ]
            likes.append(max(range(len(scores)), key=scores.__getitem__))
        alike = [like(at, side, likes[side]) for side in range(1, len(sides))]
        if any(sides[side][other].says == one.says for side, other in enumerate(likes) if side):
            continue
        score = sum(worth[side][other] for side, other in enumerate(likes)) + sum(alike)
        found.append((score, min(alike) >= _ALIKE, tuple(likes)))
    found.sort(key=lambda one: (-one[0], one[2]))
    kept: list[tuple[bool, tuple[int, ...]]] = []
    used: set[tuple[int, int]] = set()
    for _, sure, places in found:
        if not used & set(enumerate(places)):
            used |= set(enumerate(places))
            kept.append((sure, places))
    return kept


def _units(says: str) -> frozenset[str]:
    return frozenset(match[1] or match[2].lower() for match in _UNIT.finditer(says))


def _columns(asked: Surveyed, sides: Sequence[Sequence[Passage]], telling: Telling) -> None:
    """The cells that the subjects' own rows have under the same names; of those that name the aspect, if any do."""
    rows = [_row(side, subject) for side, subject in zip(sides, asked.scope.subjects, strict=True)]
    cells = [_cells(row) if row else {} for row in rows]
    shared = [name for name in cells[0] if all(name in other for other in cells[1:])]
    shared = [name for name in shared if terms(cells[0][name]) not in _called(asked.scope.subjects[0])]
    if asked.scope.aspect:
        meant = {term for one in (asked.scope.aspect, *_also(asked.scope.aspect)) for term in content_terms(one)}
        shared = [name for name in shared if meant & set(terms(name))]
    sources = [Said(row.text, row, _all(row)) for row in rows if row]
    colon, then, end = ("：", "；", "。") if asked.chinese else (": ", "; ", ".")
    for name in shared:
        values = then.join(f"{subject} {own[name]}" for subject, own in zip(asked.scope.subjects, cells, strict=True))
        telling.line(f"- {name}{colon}{values}{end}", sources)


def _also(aspect: str) -> list[str]:
    """What the column of an aspect is called in the other language."""
    return [other for pair in _BOTH for one, other in (pair, pair[::-1]) if one in aspect.lower()]


def _row(passages: Sequence[Passage], subject: str) -> Passage | None:
    """The one row that has a cell with just the subject in it, best as its first; what several rows have names none."""
    # Two copies of a table have one row.
    every = {str(row.meta.get("reading")): row for row in passages if row.meta.get("row") and row.meta.get("reading")}
    rows = [(row, [terms(value) for value in _cells(row).values()]) for row in every.values()]
    for wanted in _called(subject):
        found = [(row, cells) for row, cells in rows if wanted in cells]
        first = [(row, cells) for row, cells in found if cells[0] == wanted]
        for some in (first, found):
            if len(some) == 1:
                return some[0][0]
    return None


def _called(subject: str) -> list[list[str]]:
    """How a cell may name a subject: "error E-07" is E-07 in a table."""
    return [terms(subject), terms(subject.rsplit(maxsplit=1)[-1])]


def _cells(row: Passage) -> dict[str, str]:
    """The cells of a row by the names of their columns; what has no name belongs to the cell before it."""
    cells: dict[str, str] = {}
    last = ""
    for part in str(row.meta.get("reading", "")).split("; "):
        name, mark, value = part.partition(": ")
        if mark and name not in cells:
            cells[name] = value
            last = name
        elif last:
            cells[last] += f"; {part}"
    return cells


def _all(row: Passage) -> Span:
    return Span(0, len(row.text))
