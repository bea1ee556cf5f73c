"""Documents whose texts or names are near: duplicates, and versions that say different things of the same.

Two statements disagree if they are the same sentence but for a number, a date or a quantity of the same unit; and, in
documents whose names differ by a year or a version only, if they give something called alike another quantity of the same
unit. Which of two is out of date the newest date in each suggests.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from raglan.graph.claims import PLAIN, WORDS, Claim, claims, closest, measured
from raglan.graph.sketch import alike, joined, near
from raglan.store.graph import FactRow, GraphTables
from raglan.text.words import content_terms
from raglan.types import Span

__all__ = ["VERSION", "Disagreement", "Near", "apart", "disagreements", "nearest", "plainly"]

_NEAR = 0.4  # likeness from which on two documents may be versions of one
VERSION = re.compile(
    r"[\s_-]*(?:[(（]?\b(?:v|version|rev)[\s._-]?\d+(?:\.\d+)*\b[)）]?|[(（](?:old|new|copy|draft|"
    r"final|superseded|旧|舊|新|\d+)[)）]"
    r"|(?<![a-z])(?:old|new|copy|draft|final|superseded)(?![a-z])|(?<!\d)(?:19|20)\d\d(?:[-_]?\d\d){0,2}(?!\d)\s"
    r"?年?|(?:旧|舊|新|修订|修訂|第\S{1,2})?版)"
)


@dataclass(frozen=True, slots=True)
class Near:
    """Two documents (ids), and the estimated share of three-word sequences, figures left out, that they have in common."""

    one: str
    other: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two versions say of the same thing: values, and the passages (ids) with the characters of the statements."""

    one: str
    other: str
    values: tuple[str, str]
    said: tuple[str, str]
    places: tuple[tuple[str, Span], tuple[str, Span]]


def nearest(tables: GraphTables, *, least: float = _NEAR) -> list[Near]:
    """The pairs of documents that are at least so alike, most alike first."""
    sketches = tables.sketches()
    names = list(sketches)
    whole = [joined(sketches[name]) for name in names]
    pairs = {(a, b): share for a, b, share in near(whole, least)}
    called: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        called[plainly(name)].append(place)
    for places in called.values():
        for a, b in pairwise(places):
            pairs.setdefault((a, b), alike(whole[a], whole[b]))
    found = (Near(names[a], names[b], share) for (a, b), share in pairs.items())
    return sorted(found, key=lambda one: (-one.likeness, one.one, one.other))


def plainly(name: str) -> str:
    """A document's name without years, versions and what says that it is old or new.

    >>> plainly("terms/warranty-2021.md"), plainly("terms/Warranty (old) v2.md"), plainly("保修说明2021版.md")
    ('terms/warranty.md', 'terms/warranty.md', '保修说明.md')
    """
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if dot and "/" not in ending else (name, "")
    plain = VERSION.sub("", stem.lower())
    # A name that is nothing but a number is no version of another such.
    return (
        (re.sub(r"[\s_-]+$", "", plain) or stem) + ending.lower()
        if re.search(r"[^\W\d_]", plain.rpartition("/")[2])
        else name
    )


def disagreements(tables: GraphTables, pairs: Sequence[Near]) -> Iterator[Disagreement]:
    """What near documents say differently, in the order of their texts."""
    titles = dict(tables.documents().values())
    for pair in pairs:
        if apart(titles.get(pair.one, ""), titles.get(pair.other, "")):
            continue
        found = list(_sentences(tables, pair))
        if _series(titles, found):
            continue
        yield from found
        if plainly(pair.one) == plainly(pair.other):
            told = {place for one in found for place in one.places}
            yield from (one for one in _quantities(tables, pair) if told.isdisjoint(one.places))


def apart(one: str, other: str) -> bool:
    """Whether titles tell that two documents are of two things: each has a word that the other lacks.

    >>> apart("Warranty", "Warranty terms 2021 (superseded)"), apart("Cabinet of Ann Lee", "Cabinet of Bo Ek")
    (False, True)
    >>> apart("Squadron 740", "Squadron 812")
    True
    """
    plain = [VERSION.sub("", title.lower()) for title in (one, other)]
    words = [{*WORDS.findall(title), *re.findall(r"\d+", title)} for title in plain]
    return bool(words[0] - words[1]) and bool(words[1] - words[0])


def _series(titles: Mapping[str, str], found: Sequence[Disagreement]) -> bool:
    """Whether what differs is what the documents are about: "1982 in Norway" and "1983 in Norway" are no versions."""
    return any(
        any(number in one.values[side] for number in PLAIN.findall(titles.get(name, "")))
        for one in found
        for side, name in enumerate((one.one, one.other))
    )


def _sentences(tables: GraphTables, pair: Near) -> Iterator[Disagreement]:
    others = _claims(tables, pair.other)
    by_bones: dict[tuple[str, ...], list[Claim]] = defaultdict(list)
    for claim in others:
        by_bones[claim.bones].append(claim)
    for claim in _claims(tables, pair.one):
        found = by_bones.get(claim.bones) or closest(claim, others)
        # What both versions say somewhere is no disagreement.
        if found and all(one.found != claim.found for one in found):
            yield _disagreement(pair, claim, found[0])


def _quantities(tables: GraphTables, pair: Near) -> Iterator[Disagreement]:
    """Facts that give a quantity to what is called alike: the subject begins with the same word, the unit is the same."""
    ids = tables.ids()
    sides = [_given(tables, name) for name in (pair.one, pair.other)]
    for what in sides[0]:
        # Several quantities of a kind in one document are of several things.
        if what in sides[1] and len(sides[0][what]) == len(sides[1][what]) == 1:
            [(value, said, row)], [(other, told, there)] = sides[0][what], sides[1][what]
            if value != other:
                places = tuple((ids[one.passage], Span(one.start, one.stop)) for one in (row, there))
                facts = tuple(f"{one.head} {one.relation} {one.tail}" for one in (row, there))
                yield Disagreement(pair.one, pair.other, (said, told), (facts[0], facts[1]), (places[0], places[1]))


def _given(tables: GraphTables, document: str) -> dict[tuple[str, str], list[tuple[str, str, FactRow]]]:
    found: dict[tuple[str, str], list[tuple[str, str, FactRow]]] = defaultdict(list)
    for row in tables.facts(document=document):
        first = next(iter(sorted(measured(row.tail))), None)
        words = content_terms(row.head)
        if first and words and first[3] not in ("date", "number"):
            found[words[0], first[3]].append((first[2], row.tail[first[0] : first[1]], row))
    return found


def _disagreement(pair: Near, claim: Claim, other: Claim) -> Disagreement:
    differ = [at for at, (a, b) in enumerate(zip(claim.values, other.values, strict=True)) if a[0] != b[0]]
    values = tuple(", ".join(one.values[at][1] for at in differ) for one in (claim, other))
    return Disagreement(
        pair.one, pair.other, (values[0], values[1]), (claim.said, other.said), (claim.place, other.place)
    )


def _claims(tables: GraphTables, document: str) -> list[Claim]:
    return [claim for passage in tables.store.passages(document).values() for claim in claims(passage)]
