"""Versions of one document among what a search found: which of them yields, and where they say different things.

All of it is seen in the passages that were found and in the heads of their documents, so a store need not have been read
(:mod:`raglan.graph`): a pair of documents costs a look at two titles and names, and only those that go together are looked
at further. Two statements disagree as in :mod:`raglan.graph.versions`: the same sentence but for its value; or, of documents
of one title or name, the only ones that give what is asked in the same unit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from raglan.generate.wanted import has_wanted, subject, wanted
from raglan.graph.claims import PLAIN, WORDS, Claim, claims, closest
from raglan.graph.sketch import alike, sketched
from raglan.graph.versions import VERSION, apart, plainly
from raglan.search.view import body, names
from raglan.store.store import Store
from raglan.talk.mention import telling
from raglan.talk.outdated import HEAD, older_name, outdated, replaced, replacing
from raglan.text.words import terms
from raglan.types import Citation, Hit, Passage, Query, Span

__all__ = ["Said", "Versions", "asks_value"]

_NEAR = 0.4  # likeness of passages from which on their documents may be versions of one, whatever they are called
_SHARED = 2  # words that two statements of one thing have in common at least
_AS_WELL = 0.8  # of its score that a passage of a current version must have, to do for one of an older
_VALUES = ("duration", "money", "percent", "number", "date")


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says, ``value`` being that which another one gives otherwise; ``older`` if it calls itself so."""

    passage: Passage
    span: Span
    value: str
    older: bool


def asks_value(query: Query) -> bool:
    """Whether a question asks for a number, a date or an amount."""
    return wanted(query.text) in _VALUES


class Versions:
    """Looks at versions among hits; ``store`` knows how documents begin."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store

    def current(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        """``hits`` without those of an older version for which a current one does as well.

        It does if a passage of it holds all words of the question that the older one says, and was found about as well.
        """
        older = self.older([hit.passage for hit in hits])
        return [hit for hit in hits if not _does_as_well(query, hit, hits, older.get(hit.passage.document, ()))]

    def older(self, passages: Sequence[Passage]) -> dict[str, set[str]]:
        """For each document that is out of date those among others of ``passages`` that take its place."""
        first: dict[str, Passage] = {}
        for passage in passages:
            first.setdefault(passage.document, passage)
        if len(first) < 2:
            return {}
        heads = self.heads(passages)
        gone = {name for name, one in first.items() if outdated(_title(one), name, heads[name]) is not None}
        found: dict[str, set[str]] = {}
        for name, one in first.items():
            told = replacing(heads[name]) if name not in gone else []
            for other in first.values():
                if other is not one and name not in gone and _yields(other, one, told, gone):
                    found.setdefault(other.document, set()).add(name)
        return found

    def heads(self, passages: Iterable[Passage]) -> dict[str, str]:
        """How the documents of ``passages`` begin, by id; what is not known of it is blank."""
        found: dict[str, str] = {}
        for one in passages:
            before = found.get(one.document, " " * HEAD)
            # Without a store the passages themselves must do.
            start, end = one.span.start, one.span.start + len(one.text)
            found[one.document] = (before[:start] + one.text + before[end:])[:HEAD] if start < HEAD else before
        if self._store is not None:
            marks = ",".join("?" * len(found))
            statement = f"SELECT id, substr(text, 1, {HEAD}) FROM document WHERE id IN ({marks})"  # noqa: S608 (marks)
            found |= {name: str(head) for name, head in self._store.rows(statement, *found)}
        return found

    def stated(self, query: Query, passages: Sequence[Passage]) -> Iterator[tuple[str, Citation]]:
        """Values in statements of ``passages`` that hold all words of what ``query`` asks, titles and headings counted."""
        asked, kind = set(telling(subject(query.text))), wanted(query.text)
        for passage in passages:
            named = set(terms(" ".join(names(passage))))
            for claim in claims(passage):
                if asked and asked <= named | set(terms(claim.said)):
                    for _, said in claim.values:
                        if has_wanted(kind, said, query.text):
                            yield said, Citation(Span(0, len(said)), passage, claim.place[1])

    def others(self, query: Query, hits: Sequence[Hit], text: str, citation: Citation) -> tuple[str, list[Said]]:
        """The value of the answer ``text`` that is cited here, and what other versions among ``hits`` give instead."""
        claim, at = _answering(query, text, citation)
        if claim is None:
            return "", []
        found: dict[str, list[Passage]] = {}
        for hit in hits:
            found.setdefault(hit.passage.document, []).append(hit.passage)
        asked = _Asked(query, claim, at, citation.passage, found.pop(citation.passage.document, []))
        older = self.older([hit.passage for hit in hits])
        told = []
        for name, passages in found.items():
            is_older = citation.passage.document in older.get(name, ())
            if other := asked.otherwise(passages, sure=is_older):
                passage, there, value = other
                told.append(Said(passage, there.place[1], value, is_older))
        return claim.values[at][1], told


@dataclass(frozen=True, slots=True)
class _Asked:
    """A claim of a passage, and the place ``at`` of the value in it that was asked for; ``mine`` are of its document."""

    query: Query
    claim: Claim
    at: int
    passage: Passage
    mine: Sequence[Passage]

    def otherwise(self, passages: Sequence[Passage], *, sure: bool) -> tuple[Passage, Claim, str] | None:
        """The statement of another document that gives another value, with its passage; ``None`` if it gives none.

        It is a version if it is ``sure`` to be one, or called alike, or the same sentences stand around.
        """
        if not sure and apart(_title(self.passage), _title(passages[0])):
            return None
        own = set(self.claim.bones)
        told = [(one, passage) for passage in passages for one in _sharing(passage, own)]
        same = [pair for pair in told if pair[0].bones == self.claim.bones]
        if not same and (near := closest(self.claim, [one for one, _ in told])):
            same = [pair for pair in told if pair[0] is near[0]]
        if same:
            return self._same(same, sure=sure or _called_alike(self.passage, passages[0]))
        return self._given(told) if sure or _filed_alike(self.passage, passages[0]) else None

    def _same(self, same: Sequence[tuple[Claim, Passage]], *, sure: bool) -> tuple[Passage, Claim, str] | None:
        """The same sentence; what both versions say somewhere is no disagreement."""
        own = self.claim.found[self.at]
        if any(one.found[self.at] == own for one, _ in same):
            return None
        claim, passage = same[0]
        return (passage, claim, claim.values[self.at][1]) if sure or _alike(self.passage, passage) else None

    def _given(self, told: Sequence[tuple[Claim, Passage]]) -> tuple[Passage, Claim, str] | None:
        """The only statement with what is asked in the same unit, where its words say as much of that as the claim's."""
        asked = set(telling(self.query.text)) & set(terms(self.claim.said))
        unit, own = _unit(self.claim, self.at), self.claim.found[self.at]
        fitting = [
            (passage, one, value)
            for one, passage in told
            if asked and asked <= set(terms(one.said))
            for at, (form, value) in enumerate(one.values)
            if _unit(one, at) == unit and unit not in ("number", "date") and form != own
        ]
        values = {one.found for mine in self.mine for one in claims(mine) if asked <= set(terms(one.said))}
        known = {form for found in values for form in found}
        fresh = [pair for pair in fitting if not known & set(pair[1].found)]
        return fresh[0] if len(fitting) == len(fresh) == 1 else None


def _unit(claim: Claim, at: int) -> str:
    marks = [bone for bone in claim.bones if bone.startswith("⟨")]
    return marks[at].strip("⟨⟩")


def _answering(query: Query, text: str, citation: Citation) -> tuple[Claim | None, int]:
    """The statement that is cited, and the place of the value in it that the answer ``text`` gives."""
    for claim in claims(citation.passage, citation.quote.overlaps):
        at = _told(claim, query.text, citation.span.of(text))
        # What the title tells of is what the document is about, and not told otherwise by another.
        if at is not None and not any(one in claim.values[at][1] for one in PLAIN.findall(_title(citation.passage))):
            return claim, at
    return None, 0


def _told(claim: Claim, question: str, answer: str) -> int | None:
    """The place of the first value that the answer gives, of the kind that is asked for where there is one."""
    kind = wanted(question)
    told = [
        at for at, (_, said) in enumerate(claim.values) if _whole(said, answer) or _whole(answer.strip(" .。"), said)
    ]
    if kind in _VALUES:
        told = [at for at in told if has_wanted(kind, claim.values[at][1], question)]
    return told[0] if told else None


def _whole(part: str, text: str) -> bool:
    """Whether a text holds a part, and not as some digits of a longer number."""
    return bool(part) and re.search(rf"(?<![\d.,]){re.escape(part)}(?!\d)", text) is not None


def _sharing(passage: Passage, words: set[str]) -> Iterator[Claim]:
    """The statements of a passage that may say the same: most do not, and are not looked at for values."""
    return claims(passage, lambda at: len(words.intersection(WORDS.findall(at.of(passage.text).lower()))) >= _SHARED)


def _title(passage: Passage) -> str:
    return str(passage.meta.get("title") or "")


def _yields(one: Passage, other: Passage, told: Sequence[str], gone: Collection[str]) -> bool:
    """Whether ``one`` is out of date and ``other`` its version, or says, in ``told``, that it takes its place."""
    if (told and replaced(told, _title(one), one.document)) or older_name(one.document, other.document):
        return True
    return one.document in gone and (_called_alike(one, other) or _of_one_thing(one, other))


def _does_as_well(query: Query, hit: Hit, hits: Sequence[Hit], newer: Collection[str]) -> bool:
    if not newer:
        return False
    asked = set(telling(query.text))
    own = asked & set(terms(body(hit.passage)))
    return any(
        own <= set(terms(" ".join([*names(one.passage), body(one.passage)])))
        for one in hits
        if one.passage.document in newer and min(one.score, 1.0) >= _AS_WELL * min(hit.score, 1.0)
    )


def _called_alike(one: Passage, other: Passage) -> bool:
    """Whether titles, or the files' names, are one but for years, versions and words such as "old"."""
    titles = [" ".join(WORDS.findall(VERSION.sub("", _title(passage).lower()))) for passage in (one, other)]
    return titles[0] == titles[1] != "" or (_filed_alike(one, other) and not apart(_title(one), _title(other)))


def _filed_alike(one: Passage, other: Passage) -> bool:
    """The same of the files' names alone: many texts of a collection may share a title."""
    named = [plainly(PurePosixPath(passage.document).name) for passage in (one, other)]
    return named[0] == named[1]


def _of_one_thing(one: Passage, other: Passage) -> bool:
    """Whether one title has all words of the other."""
    return bool(_title(one) and _title(other)) and not apart(_title(one), _title(other))


def _alike(one: Passage, other: Passage) -> bool:
    return alike(sketched(one.text), sketched(other.text)) >= _NEAR
