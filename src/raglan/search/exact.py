"""What a query names outright must be found: quoted phrases, identifiers, titles and file names.

Vectors blur such names and BM25 lets other words outvote them; so they are looked up on their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raglan.search.lexical import LexicalIndex
from raglan.text.words import RUN, chinese_share, content_terms, terms
from raglan.types import Hit, Passage, Query

if TYPE_CHECKING:
    import tantivy

__all__ = ["Exact", "Name", "named"]

_QUOTED = re.compile(r'"([^"]{2,200})"|“([^”]{2,200})”|「([^」]{2,200})」|『([^』]{2,200})』|《([^》]{2,200})》')
# Letters and digits in one word, joined or not: FX-200, E-07, RFC7231, v2.1. Chinese may stand right beside it.
_CODE = re.compile(
    r"(?<![\wÀ-ɏ-])(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z])[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*(?![\wÀ-ɏ-])", re.ASCII
)
_NO_CODE = re.compile(
    r"\d+(?:st|nd|rd|th|s|am|pm|k|m|kg|km|cm|mm|gb|mb|bn|th-century)|\d+-[a-z]+|[a-z]+-\d{4}", re.IGNORECASE
)
_FILE = re.compile(r"[\w.-]*\w\.(?:md|txt|pdf|docx|pptx|xlsx|csv|jsonl|html?)(?![A-Za-z0-9_])", re.IGNORECASE)


_LONGEST = 20  # words of a name that a longer query may hold
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
    found = [Name("file" if re.search(f"{_FILE.pattern}$", text, _FILE.flags) else "phrase", text) for text in quoted]
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
    """Finds passages by what a query names; a hit's score is the share of the names that it holds, from 0 to 1.

    A title counts as named when the query is that title, or holds all of a title of two words or more, in order.
    """

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits; none where nothing is named."""
        return [self._search(query, k) for query in queries]

    def _search(self, query: Query, k: int) -> list[Hit]:
        import tantivy

        parts = [part for name in named(query.text) if (part := self._lookup(name)) is not None]
        found: dict[str, Hit] = {}
        if parts:
            same = [(tantivy.Occur.Should, tantivy.Query.const_score_query(part, 1.0 / len(parts))) for part in parts]
            for hit in self._index.matching(tantivy.Query.boolean_query(same), query.where, k, by="exact"):
                found[hit.passage.id] = hit
        for passage in self._titled(query, k):
            found.setdefault(passage.id, Hit(passage, 1.0, "exact"))
        return sorted(found.values(), key=lambda hit: -hit.score)[:k]

    def _lookup(self, name: Name) -> tantivy.Query | None:
        import tantivy

        if name.kind == "file":
            return self._index.filed(_spellings(name.text))
        words = terms(name.text)
        if not words:
            return None
        either = [(tantivy.Occur.Should, self._index.phrase(field, words)) for field in ("body", "names")]
        return tantivy.Query.boolean_query(either)

    def _titled(self, query: Query, k: int) -> list[Passage]:
        meant = list(_meant(query.text))
        if not meant:
            return []
        return [hit.passage for hit in self._index.matching(self._index.called(meant), query.where, k, by="exact")]


def _spellings(file: str) -> list[str]:
    """A file's name, and what is left of it if Chinese, or words, before it belong to the sentence."""
    run = RUN.match(file)
    starts = [*range(run.end() + 1 if run else 1), *(blank.end() for blank in re.finditer(r"\s+", file))]
    return [file[start:] for start in starts]


def _meant(text: str) -> Iterator[tuple[str, ...]]:
    """The names that a query may mean: all of its words, and every run of them that is long enough, of itself and beside
    the query.
    """  # noqa: D205
    asked = terms(text)
    if asked:
        yield tuple(asked)
    # A Chinese run of n characters makes n - 1 pairs: three pairs are four characters.
    least = 3 if chinese_share(text) > 0.5 else 2
    weighty = set(content_terms(text))
    for size in range(max(least, math.ceil(_MEANT * len(asked))), min(len(asked), _LONGEST + 1)):
        for at in range(len(asked) - size + 1):
            run = tuple(asked[at : at + size])
            if len(weighty & set(run)) >= least:
                yield run
