"""What a query names must be found: quoted phrases, identifiers, titles and file names.

Vectors blur such names and BM25 lets other words outvote them; so they are looked up on their own. What is named outright
comes first. What is only mentioned, for its title's words stand in a longer query, or for many passages hold the same
identifier, may be meant or not: a merge weighs it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.search.lexical import LexicalIndex
from raglan.text.words import RUN, chinese_share, content_terms, terms
from raglan.types import Hit, Query

if TYPE_CHECKING:
    import tantivy

__all__ = ["Exact", "Mentions", "Name", "named"]

_QUOTED = re.compile(r'"([^"]{2,200})"|“([^”]{2,200})”|「([^」]{2,200})」|『([^』]{2,200})』|《([^》]{2,200})》')
# Letters and digits in one word, joined or not: FX-200, E-07, RFC7231, v2.1. Chinese may stand right beside it.
_CODE = re.compile(
    r"(?<![\wÀ-ɏ-])(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z])[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*(?![\wÀ-ɏ-])", re.ASCII
)
_NO_CODE = re.compile(
    r"\d+(?:st|nd|rd|th|s|am|pm|k|m|kg|km|cm|mm|gb|mb|bn|th-century)|\d+-[a-z]+|[a-z]+-\d{4}", re.IGNORECASE
)
# From the beginning of a run alone: from every place in one it would take the square of the run's length.
_FILE = re.compile(
    r"(?<![\w.-])[\w.-]*\w\.(?:md|txt|pdf|docx|pptx|xlsx|csv|jsonl|html?)(?![A-Za-z0-9_])", re.IGNORECASE
)


_ENDS_AS_FILE = re.compile(rf"{_FILE.pattern}$", _FILE.flags)
_LONGEST = 20  # words of a name that a longer query may hold
_COMMON = 20  # passages; what more of them hold identifies none
_MEANT = 0.25  # of a query's words at least: in a long query a title's words may stand by chance


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a query names: ``kind`` is ``phrase``, ``code`` or ``file``."""

    kind: str
    text: str


def named(query: str) -> list[Name]:
    """What ``query`` names outright.

    >>> named('Does "steam wand" in manual.pdf explain E-07 in the 1990s?')
    [Name(kind='phrase', text='steam wand'), Name(kind='file', text='manual.pdf'), Name(kind='code', text='E-07')]
    """
    quoted = [next(part for part in match.groups() if part) for match in _QUOTED.finditer(query)]
    # The name of a file that holds blanks can only be told in quotes.
    found = [Name("file" if _ENDS_AS_FILE.search(text) else "phrase", text) for text in quoted]
    rest = _QUOTED.sub(" ", query)
    found += [Name("file", match.group()) for match in _FILE.finditer(rest)]
    rest = _FILE.sub(" ", rest)
    found += [Name("code", code) for code in _codes(rest)]
    return list(dict.fromkeys(found))


def _codes(text: str) -> Iterator[str]:
    for match in _CODE.finditer(text):
        if not _NO_CODE.fullmatch(match.group()):
            yield match.group()


class Exact:
    """Finds passages by what a query names outright; a hit's score is the share of the names that it holds, from 0 to 1.

    A title counts as named when the query is that title. An identifier that many passages hold counts as mentioned.
    """

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits; none where nothing is named."""
        found: list[dict[str, Hit]] = [{} for _ in queries]
        # A title adds to what is named, and changes no score.
        for wanted in (self._parts, self._title):
            for place, hits in _asked(self._index, queries, wanted, k, "exact"):
                for hit in hits:
                    found[place].setdefault(hit.passage.id, hit)
        return [sorted(hits.values(), key=lambda hit: -hit.score)[:k] for hits in found]

    def _parts(self, text: str) -> tantivy.Query | None:
        """Passages that hold what ``text`` names, scored by the share of it; none if it names nothing."""
        import tantivy

        parts = [part for name, part in _lookups(self._index, text) if not _common(self._index, name, part)]
        same = [(tantivy.Occur.Should, tantivy.Query.const_score_query(part, 1.0 / len(parts))) for part in parts]
        return tantivy.Query.boolean_query(same) if same else None

    def _title(self, text: str) -> tantivy.Query | None:
        asked = terms(text)
        return self._index.called([asked]) if asked else None


class Mentions:
    """Finds passages by what a longer query mentions: a title of two words or more, in order; a common identifier.

    Hits are by ``mentions`` and all have the score 1.
    """

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits; none where nothing is mentioned."""
        found: list[dict[str, Hit]] = [{} for _ in queries]
        for wanted in (self._titles, self._codes):
            for place, hits in _asked(self._index, queries, wanted, k, "mentions"):
                for hit in hits:
                    found[place].setdefault(hit.passage.id, hit)
        return [list(hits.values())[:k] for hits in found]

    def _titles(self, text: str) -> tantivy.Query | None:
        return self._index.called(_within(text))

    def _codes(self, text: str) -> tantivy.Query | None:
        import tantivy

        parts = [part for name, part in _lookups(self._index, text) if _common(self._index, name, part)]
        either = [(tantivy.Occur.Should, part) for part in parts]
        return tantivy.Query.const_score_query(tantivy.Query.boolean_query(either), 1.0) if either else None


def _asked(
    index: LexicalIndex,
    queries: Sequence[Query],
    wanted: Callable[[str], tantivy.Query | None],
    k: int,
    by: str,
) -> Iterator[tuple[int, list[Hit]]]:
    """The hits of those queries, by their places, that ask for anything."""
    asked = [(place, part) for place, query in enumerate(queries) if (part := wanted(query.text)) is not None]
    hits = index.each([(part, queries[place].where) for place, part in asked], k, by=by)
    return zip((place for place, _ in asked), hits, strict=True)


def _lookups(index: LexicalIndex, text: str) -> Iterator[tuple[Name, tantivy.Query]]:
    import tantivy

    for name in named(text):
        if name.kind == "file":
            yield name, index.filed(_spellings(name.text))
        elif words := terms(name.text):
            either = [(tantivy.Occur.Should, index.phrase(field, words)) for field in ("body", "names")]
            yield name, tantivy.Query.boolean_query(either)


def _common(index: LexicalIndex, name: Name, part: tantivy.Query) -> bool:
    return name.kind == "code" and len(index.matching(part, {}, _COMMON + 1)) > _COMMON


def _spellings(file: str) -> list[str]:
    """A file's name, and what is left of it if Chinese, or words, before it belong to the sentence."""
    run = RUN.match(file)
    starts = [*range(run.end() + 1 if run else 1), *(blank.end() for blank in re.finditer(r"\s+", file))]
    return [file[start:] for start in starts]


def _within(text: str) -> Iterator[tuple[str, ...]]:
    """The titles that a query may mention: every run of its words that is long enough, of itself and beside the query."""
    asked = terms(text)
    # A Chinese run of n characters makes n - 1 pairs: three pairs are four characters.
    least = 3 if chinese_share(text) > 0.5 else 2
    weighty = set(content_terms(text))
    for size in range(max(least, math.ceil(_MEANT * len(asked))), min(len(asked) - 1, _LONGEST) + 1):
        for at in range(len(asked) - size + 1):
            run = tuple(asked[at : at + size])
            if len(weighty & set(run)) >= least:
                yield run
