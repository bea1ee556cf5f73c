"""What documents are about, from what was read out of them: key phrases, names, definitions, dates, and near documents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from raglan.graph.found import KINDS
from raglan.graph.phrases import ranked
from raglan.graph.versions import Disagreement, Near, disagreements, nearest
from raglan.store.graph import FactRow, GraphTables, MentionRow
from raglan.types import Span

__all__ = ["About", "Digest", "Noted", "digest"]

_SAME = 0.95  # likeness from which on documents without a differing figure are called duplicates
_DEFINES = frozenset(["copular", "meaning", "zh 是", "zh 指"])
_NAMES = tuple(kind for kind in KINDS if kind not in ("date", "quantity", "phrase"))
_MOST = 12


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that is said, in one form where that is known, and where: the id of a passage and characters in it."""

    said: str
    value: str
    passage: str
    span: Span


@dataclass(frozen=True, slots=True)
class About:
    """What one document is about; ``newest`` is the last date that it names, in ISO 8601, or empty."""

    document: str
    title: str
    passages: int
    phrases: tuple[Noted, ...]
    names: tuple[Noted, ...]
    definitions: tuple[Noted, ...]
    dates: tuple[Noted, ...]
    quantities: tuple[Noted, ...]
    newest: str


@dataclass(frozen=True, slots=True)
class Digest:
    """All documents, what they are about together, and which are near each other."""

    documents: tuple[About, ...]
    phrases: tuple[str, ...]
    duplicates: tuple[Near, ...]
    versions: tuple[Near, ...]
    disagreements: tuple[Disagreement, ...]


def digest(tables: GraphTables) -> Digest:
    """Read what is in the tables together; no text but that of near documents is looked at again."""
    places, ids = tables.documents(), tables.ids()
    titles = dict(places.values())
    counts = Counter(document for document, _ in places.values())
    rows: dict[str, list[MentionRow]] = defaultdict(list)
    for row in tables.mentions():
        rows[places[row.passage][0]].append(row)
    facts: dict[str, list[FactRow]] = defaultdict(list)
    for fact in tables.facts():
        facts[places[fact.passage][0]].append(fact)
    spread = Counter(name for own in rows.values() for name in {row.name for row in own if row.kind == "phrase"})
    about = tuple(_about(name, titles[name], counts[name], rows[name], facts[name], (spread, ids)) for name in counts)
    whole = Counter({row.name: spread[row.name] for own in rows.values() for row in own if row.kind == "phrase"})
    said = {row.name: row.said for own in rows.values() for row in own if row.kind == "phrase"}
    pairs = nearest(tables)
    differing = tuple(disagreements(tables, pairs))
    apart = {(one.one, one.other) for one in differing}
    same = tuple(pair for pair in pairs if pair.likeness >= _SAME and (pair.one, pair.other) not in apart)
    versions = tuple(pair for pair in pairs if pair not in same)
    return Digest(about, tuple(said[name] for name in ranked(whole, {}, 1)), same, versions, differing)


def _about(
    name: str,
    title: str,
    passages: int,
    rows: Sequence[MentionRow],
    facts: Sequence[FactRow],
    known: tuple[Counter[str], dict[int, str]],
) -> About:
    spread, ids = known
    phrases = [row for row in rows if row.kind == "phrase"]
    best = ranked(Counter(row.name for row in phrases), spread, max(1, len(spread)), most=8)
    first = {row.name: row for row in reversed(phrases)}
    dates = sorted({row.name: row for row in reversed(rows) if row.kind == "date"}.values(), key=lambda row: row.name)
    return About(
        name,
        title,
        passages,
        tuple(_noted(first[one], ids) for one in best),
        tuple(_noted(row, ids) for row in _often([row for row in rows if row.kind in _NAMES])),
        tuple(_defined(fact, ids) for fact in facts if fact.rule in _DEFINES)[:_MOST],
        tuple(_noted(row, ids) for row in dates),
        tuple(_noted(row, ids) for row in _often([row for row in rows if row.kind == "quantity"])),
        dates[-1].name if dates else "",
    )


def _often(rows: Sequence[MentionRow]) -> list[MentionRow]:
    """The names that occur most, where they stand first."""
    counts = Counter(row.name for row in rows)
    first = {row.name: row for row in reversed(rows)}
    return [first[name] for name in sorted(first, key=lambda name: (-counts[name], first[name]))][:_MOST]


def _noted(row: MentionRow, ids: dict[int, str]) -> Noted:
    return Noted(row.said, row.name, ids[row.passage], Span(row.start, row.stop))


def _defined(fact: FactRow, ids: dict[int, str]) -> Noted:
    chinese = fact.rule.startswith("zh")
    said = f"{fact.head}{fact.relation}{fact.tail}" if chinese else f"{fact.head} {fact.relation} {fact.tail}"
    return Noted(said, fact.head, ids[fact.passage], Span(fact.start, fact.stop))
