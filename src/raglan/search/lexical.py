"""Search by words: BM25 over names and text, through tantivy, following a store.

tantivy goes on counting dropped passages in its statistics until it merges its segments; so after drops the index is
built anew, at once while that takes a moment, and at the latest when a share of it is dead: its ranking is then that of
an index made from scratch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.search.follow import Follower
from raglan.search.living import living
from raglan.search.seal import Seal, SealedFile, sealed_file, write_seal
from raglan.search.view import body, names
from raglan.store.adding import add_passages
from raglan.store.rows import tags
from raglan.store.store import Change, Store
from raglan.text.surrogates import mended
from raglan.text.words import analyzer, characters, content_terms, pairs, terms
from raglan.types import Hit, Meta, Passage, Query

if TYPE_CHECKING:
    import tantivy

__all__ = ["LexicalIndex", "WordFiles"]

_HEAP = 64_000_000
_SMALL = 5_000  # up to so many passages a rebuild takes a moment, and follows every drop
_DEAD = 0.02  # above, the largest share of dropped passages that may still sway the counts
_BATCH = 2_000
_LONG_NAME = 500
_SINGLE = 0.4  # weight of a single Chinese character beside a pair; docs/benchmarks.md


class WordFiles:
    """tantivy's files: what a :class:`raglan.search.follow.Follower` drives. Fields: names, body, characters, tags, key."""

    identity = "words-5"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder: Path | None = None
        self.index: Any = None

    def load(self, folder: Path | None, seal: Seal) -> None:
        """Open tantivy's index, or make it."""
        import tantivy

        self._folder = folder
        path = str(folder) if folder else None
        # What was sealed is only opened: made anew, it would stand in the way of a process that is building it.
        index = tantivy.Index.open(path) if path and seal.files else tantivy.Index(_schema(), path=path)
        index.register_tokenizer("terms", analyzer())
        index.reload()
        self.index = index

    def worn(self, dead: int, live: int) -> bool:
        """Rebuild after any drop while small; above, when the dead begin to sway the counts.

        What went from a view may be hidden from it now: that must not sway anything.
        """
        return dead > 0 and (live <= _SMALL or self._store.limited or dead > _DEAD * live)

    def apply(self, came: Sequence[Change], gone: Sequence[int], seal: Seal, seq: int) -> Iterator[Seal]:
        """One commit for all."""
        import tantivy

        writer = self.index.writer(heap_size=_HEAP, num_threads=1)
        for key in gone:
            writer.delete_documents_by_query(tantivy.Query.term_query(self.index.schema, "key", key))
        for start in range(0, len(came), _BATCH):
            keys = [change.key for change in came[start : start + _BATCH]]
            for key, passage in self._store.get(keys).items():
                writer.add_document(_entry(key, passage))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        yield self._sealed(seal, seq, seal.dead + len(gone))

    def _sealed(self, old: Seal, seq: int, dead: int) -> Seal:
        if self._folder is None:
            return Seal(seq, self.identity, dead)
        # Segment files never change: the sums of those that were there before are known.
        names = sorted(
            path.name for path in self._folder.iterdir() if path.suffix != ".lock" and "seal" not in path.name
        )
        files = tuple(sealed_file(self._folder, name, _unchanged(old, name)) for name in names)
        seal = Seal(seq, self.identity, dead, files)
        write_seal(self._folder, seal)
        return seal


class LexicalIndex:
    """BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over the passages of ``store``.

    Without a store it keeps one of its own, in memory. ``names`` is the weight of title and headings beside the text.
    """

    def __init__(self, store: Store | None = None, *, names: float = 0.5) -> None:
        self.store = Store() if store is None else store
        self._names = names
        self._files = WordFiles(self.store)
        self.follower = Follower(self.store, "words", self._files)

    def add(self, passages: Iterable[Passage]) -> None:
        """Keep passages in the store and make them findable."""
        add_passages(self.store, passages)
        self.follower.refresh()

    def drop(self, documents: Iterable[str]) -> None:
        """Forget documents, in the store too."""
        self.store.drop(documents)
        self.follower.refresh()

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """For each query at most ``k`` hits, best first."""
        return self.each([(self.words(query.text), query.where) for query in queries], k)

    def words(self, text: str) -> tantivy.Query:
        """Any word of ``text``, in names or body; the more, and the rarer, the better."""
        import tantivy

        parts = []
        for term in content_terms(text):
            parts.append((tantivy.Occur.Should, self.term("body", term)))
            parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(self.term("names", term), self._names)))
        singles = [self.term("characters", character) for character in dict.fromkeys(characters(text))]
        parts += [(tantivy.Occur.Should, tantivy.Query.boost_query(single, _SINGLE)) for single in singles]
        return tantivy.Query.boolean_query(parts)

    def term(self, field: str, term: str) -> tantivy.Query:
        """Passages whose ``field`` holds a word, given as :func:`raglan.text.words.terms` writes it."""
        import tantivy

        return tantivy.Query.term_query(_schema(), field, term)

    def phrase(self, field: str, terms: Sequence[str]) -> tantivy.Query:
        """Passages whose ``field`` holds these words side by side."""
        import tantivy

        if len(terms) == 1:
            return self.term(field, terms[0])
        return tantivy.Query.phrase_query(_schema(), field, list(terms))

    def tagged(self, where: Meta) -> tantivy.Query:
        """Passages whose documents have every named value, or one of a tuple of values."""
        import tantivy

        must = []
        for name, value in where.items():
            values = value if isinstance(value, (tuple, list, set, frozenset)) else (value,)
            one = [(tantivy.Occur.Should, self.term("tags", mended(f"{name}={each}"))) for each in values]
            must.append((tantivy.Occur.Must, tantivy.Query.boolean_query(one)))
        return tantivy.Query.boolean_query(must)

    def filed(self, names: Iterable[str]) -> tantivy.Query:
        """Passages of files with one of these names, written in small letters or in capitals."""
        import tantivy

        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self.term("tags", _file(name))) for name in names])

    def called(self, names: Iterable[Sequence[str]]) -> tantivy.Query | None:
        """Passages one of whose names is exactly one of these, each given by its words as ``terms`` writes them.

        None if no passage has such a name: asking for each first is quicker than a query of many.
        """
        import tantivy

        searcher = self._index.searcher()
        there = [name for words in names if searcher.doc_freq("called", name := " ".join(words))]
        either = [(tantivy.Occur.Should, self.term("called", name)) for name in there]
        return tantivy.Query.const_score_query(tantivy.Query.boolean_query(either), 1.0) if either else None

    def keys(self, wanted: tantivy.Query, where: Meta) -> list[int]:
        """The keys of all passages that satisfy a query made of this index's parts, ascending.

        Some may be gone from the store since a moment ago.
        """
        import tantivy

        searcher, asked = self._index.searcher(), self._among(wanted, where)
        count = searcher.search(asked, 1, count=True).count
        if not count:
            return []
        found = searcher.search(asked, count, count=False, order_by_field="key", order=tantivy.Order.Asc).hits
        return [int(key) for key, _ in found]

    def held(self, field: str, term: str) -> bool:
        """Whether any passage holds a word in ``field``, given as :func:`raglan.text.words.terms` writes it."""
        return bool(self._index.searcher().doc_freq(field, term))

    def starting(self, field: str, prefix: str, limit: int = 200) -> list[str]:
        """Words of ``field`` that begin with ``prefix``."""
        return [term for term, _ in self._index.searcher().terms_with_prefix(field, mended(prefix), limit=limit)]

    def matching(self, wanted: tantivy.Query, where: Meta, k: int, by: str = "words") -> list[Hit]:
        """At most ``k`` hits of a query made of this index's parts, best first."""
        [hits] = self.each([(wanted, where)], k, by)
        return hits

    def each(self, wanted: Sequence[tuple[tantivy.Query, Meta]], k: int, by: str = "words") -> list[list[Hit]]:
        """:meth:`matching` for many queries, each with its filter."""
        searcher = self._index.searcher()
        asked = [self._among(query, where) for query, where in wanted]

        def listed(limits: Mapping[int, int]) -> Iterator[tuple[list[int], list[float]]]:
            for place, limit in limits.items():
                found = searcher.search(asked[place], limit, count=False).hits
                keys = searcher.fast_field_values("key", [address for _, address in found])
                yield keys, [float(score) for score, _ in found]

        return living(self.store, listed, len(wanted), k, by)

    def _among(self, wanted: tantivy.Query, where: Meta) -> tantivy.Query:
        import tantivy

        if not where:
            return wanted
        filtered = tantivy.Query.const_score_query(self.tagged(where), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, filtered)])

    @property
    def _index(self) -> Any:
        self.follower.refresh()
        return self._files.index


@lru_cache(maxsize=1)
def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for field in ("names", "body"):
        builder.add_text_field(field, tokenizer_name="terms", index_option="position")
    builder.add_text_field("characters", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("tags", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("called", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("key", indexed=True, fast=True)
    return builder.build()


def _entry(key: int, passage: Passage) -> Any:
    import tantivy

    entry = tantivy.Document()
    entry.add_unsigned("key", key)
    called, says = " . ".join(names(passage)), body(passage)
    entry.add_text("names", pairs(called))
    for name in names(passage):
        entry.add_text("called", " ".join(terms(name))[:_LONG_NAME])
    entry.add_text("body", pairs(says))
    entry.add_text("characters", " ".join(characters(f"{called} {says}")))
    for name, value in tags(passage.document, passage.meta):
        entry.add_text("tags", f"{name}={value}")
    if "file" in passage.meta:
        entry.add_text("tags", _file(str(passage.meta["file"])))
    return entry


def _file(name: str) -> str:
    return mended(f" file={name.lower()}")


def _unchanged(old: Seal, name: str) -> SealedFile | None:
    return None if name in ("meta.json", ".managed.json") else old.file(name)
