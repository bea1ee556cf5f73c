"""Every passage that mentions a subject, not the best k: what counting, listing, comparing and summarising rest on.

A passage mentions a subject if it holds every word of it, in its text or in its names (title, headings, file), as search by
words compares them: English stemmed, Chinese by pairs. What has hyphens or dots (FX-200) must stand in one piece.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from raglan.search.lexical import LexicalIndex
from raglan.store.store import Place
from raglan.text.words import RUN, content_terms, terms
from raglan.types import Block, Meta, Passage

if TYPE_CHECKING:
    import tantivy

__all__ = ["Matching"]

_TABLES = frozenset({".csv", ".tsv", ".jsonl", ".json", ".ndjson", ".xlsx", ".xls", ".ods"})
_FILES = 100_000  # names of files that are looked through for a table's
_SHEETS = 20  # passages that are looked at for a sheet's name
_AT_ONCE = 500  # passages in memory
_BOTH = (
    ("ticket", "工单"),
    ("question", "问题"),
    ("order", "订单"),
    ("invoice", "发票"),
    ("contract", "合同"),
    ("customer", "客户"),
    ("product", "产品"),
    ("employee", "员工"),
    ("complaint", "投诉"),
    ("email", "邮件"),
    ("case", "案例"),
    ("record", "记录"),
    ("supplier", "供应商"),
    ("project", "项目"),
    ("error code", "错误代码"),
    ("spare part", "备件"),
    ("machine", "机器"),
)
_ALSO = {one: (other,) for pair in _BOTH for one, other in (pair, pair[::-1])}
_GLUE = re.compile("[的了和与與及或在]")
_OWNER = re.compile(r"['’]s?\b")


class _Table(NamedTuple):
    """A table whose rows a noun names: ``name`` for people, and the query that finds its passages."""

    name: str
    passages: tantivy.Query


class Matching:
    """Finds in ``index`` where all passages that mention a subject stand, and reads them a few at a time."""

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def table(self, noun: str) -> str:
        """The name of the table whose rows are called ``noun``, empty if there is none.

        "Tickets" are the rows of support-tickets.jsonl, or of a sheet Tickets; several files are one table.
        """
        table = self._table(noun)
        return table.name if table else ""

    def _table(self, noun: str) -> _Table | None:
        # A table of tickets is one of 工单, whichever language is asked in.
        ways = [called for one in (noun, *_ALSO.get(noun.lower().removesuffix("s"), ())) if (called := terms(one))]
        names = [name for name in self._file_names() if PurePosixPath(name).suffix.lower() in _TABLES] if ways else []
        files = [name for name in names if any(_ends(name, called) for called in ways)]
        if files:
            return _Table(", ".join(files), self._index.filed(files))
        return next((sheet for called in ways if (sheet := self._sheet(called))), None)

    def _file_names(self) -> list[str]:
        return [name.partition("=")[2] for name in self._index.starting("tags", "file=", _FILES)]

    def _sheet(self, called: Sequence[str]) -> _Table | None:
        hits = self._index.matching(self._index.phrase("names", called), {"kind": "xlsx"}, _SHEETS)
        for heading in dict.fromkeys(str(one) for hit in hits for one in hit.passage.meta.get("headings", ())):
            words = terms(heading)
            if list(called) in (words[: len(called)], words[-len(called) :]):
                found = self._index.called([words])
                return _Table(heading, found) if found is not None else None
        return None

    def places(self, subject: str, where: Meta, noun: str = "") -> list[Place]:
        """Where the passages that mention ``subject`` stand, in the order of documents and text.

        If ``noun`` names a table's rows, it is these alone. An empty subject means all, one without a word none.
        """
        import tantivy

        wanted = self._wanted(subject) if subject.strip() else tantivy.Query.all_query()
        if wanted is None:
            return []
        if table := self._table(noun):
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, table.passages)])
        return self._index.store.places(self._index.keys(wanted, where))

    def named(self, subject: str, where: Meta) -> list[Place]:
        """Where the passages of the documents stand that are called ``subject``, by title, first heading or file.

        None where none is. A heading further down names a part, and not the document.
        """
        called = terms(subject)
        files = [name for name in self._file_names() if called and terms(PurePosixPath(name).stem) == called]
        found = self._index.called([called]) if called else None
        hits = self._index.matching(found, where, _SHEETS) if found is not None else []
        documents = [hit.passage.document for hit in hits if self._is_called(hit.passage, called)]
        either = [self._index.filed([subject, *files])]
        if documents:
            either.append(self._index.tagged({"document": tuple(documents)}))
        return self._index.store.places(self._index.keys(_any(either), where))

    def _is_called(self, passage: Passage, called: Sequence[str]) -> bool:
        if terms(str(passage.meta.get("title", ""))) == called:
            return True
        first = next(iter(self._index.store.passages(passage.document).values()))
        return any(terms(str(heading)) == called for heading in first.meta.get("headings", ())[:1])

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, Passage]]:
        """The passages at these places, in this order; those that are gone meanwhile are left out."""
        for start in range(0, len(places), _AT_ONCE):
            part = places[start : start + _AT_ONCE]
            there = self._index.store.get([place.key for place in part])
            yield from ((place, there[place.key]) for place in part if place.key in there)

    def rows(self, places: Sequence[Place]) -> dict[tuple[str, int], list[Place]]:
        """The rows of tables among ``places``, each with its passages: a long row is cut into several.

        A row is known by its document and where it begins there; in JSON lines, where each is a document of its own, by that
        and -1. Names of columns, and what stands above them, are no rows.
        """
        tables: dict[str, list[tuple[int, bool]]] = {}
        found: dict[tuple[str, int], list[Place]] = {}
        for place in places:
            if place.row:
                if place.document not in tables:
                    tables[place.document] = self._rows(place.document)
                table = tables[place.document]
                start, told = table[bisect_right(table, (place.start, True)) - 1] if table else (place.start, True)
                if told:
                    found.setdefault((place.document, start), []).append(place)
            elif place.document != place.file:
                found.setdefault((place.document, -1), []).append(place)
        return found

    def _rows(self, document: str) -> list[tuple[int, bool]]:
        """Where each row of a document begins, and whether it is one: below the names of columns, if there are such."""
        read = self._index.store.document(document)
        sheets: list[list[Block]] = [[]]
        for block in read.layout if read else ():
            if block.kind == "heading":
                sheets.append([])
            elif block.kind == "row":
                sheets[-1].append(block)
        found = []
        for sheet in sheets:
            named = any(block.reading for block in sheet)
            found += [(block.span.start, bool(block.reading) or not named) for block in sheet]
        return sorted(found)

    def _wanted(self, subject: str) -> tantivy.Query | None:
        import tantivy

        parts = [self._either(words) for words in _words(subject)]
        parts += [part for run in RUN.findall(subject) for piece in _GLUE.split(run) for part in self._chinese(piece)]
        # A file may be meant by its whole name, which no title need repeat.
        either = [self._index.filed([subject])]
        if parts:
            either.append(tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts]))
        return _any(either)

    def _either(self, words: Sequence[str]) -> tantivy.Query:
        return _any([self._index.phrase(field, words) for field in ("body", "names")])

    def _chinese(self, piece: str) -> list[tantivy.Query]:
        """What passages must hold for a run of Chinese: its pairs.

        A pair that no passage holds is one between two words rather than a word, where both its characters stand in other
        pairs that are held: 磨豆机故障 need not stand in one piece.
        """
        if len(piece) < 2:
            return [self._index.term("characters", piece)] if piece else []
        pairs = [piece[at : at + 2] for at in range(len(piece) - 1)]
        held = [any(self._index.held(field, pair) for field in ("body", "names")) for pair in pairs]
        needed = [
            pair
            for at, pair in enumerate(pairs)
            if held[at] or at == 0 or at == len(pairs) - 1 or not (held[at - 1] and held[at + 1])
        ]
        return [self._either([pair]) for pair in dict.fromkeys(needed)]


def _any(either: Sequence[tantivy.Query]) -> tantivy.Query:
    import tantivy

    return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in either])


def _words(subject: str) -> Iterator[list[str]]:
    """The words of ``subject`` that are not Chinese; those that hyphens join, together."""
    text = _OWNER.sub(" ", RUN.sub(" ", subject))
    said = set(content_terms(text))
    yield from (words for word in text.split() if said & set(words := terms(word)))


def _ends(name: str, called: Sequence[str]) -> bool:
    """Whether a file's name, without figures, ends with these words: support-tickets-2026 with "tickets"."""
    words = [term for term in terms(PurePosixPath(name).stem) if not term.isdigit()]
    return words[-len(called) :] == list(called)
