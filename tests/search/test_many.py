"""Many queries in one call find what each finds alone, to the last bit: the same passages, scores and order."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.protocols import Retriever
from raglan.search import dense
from raglan.search.dense import DenseIndex
from raglan.search.exact import Exact, Mentions
from raglan.search.hybrid import Hybrid
from raglan.search.learned import learned
from raglan.search.lexical import LexicalIndex
from raglan.store.store import Store
from raglan.types import Passage, Query
from tests.samples import ASKED, WRITTEN, document, drawn, ids

COUNT = 300
EVERY = COUNT + 100
# Named and not named, with words and without, in both languages, more than once.
TEXTS = [
    *(query.text for query in ASKED),
    *("", "   ", "?!", "the", "\ud800", "🙂", "zeppelin"),
    *(
        '"steam wand"',
        "What does E-07 mean?",
        "E-07 or FX-200?",
        "保修条款",
        "is the coffee machine fx 200 in manual.txt",
        "what is said of kettle care",
    ),
    *(passage.text for passage in drawn(20, seed=3)),
    *("boiler", "boiler", "电池的保修期是多久？"),
]
PLAIN = [Query(text) for text in TEXTS]
WHERES: list[dict[str, object]] = [{"kind": "manual"}, {"kind": ("manual", "note"), "year": 2022}, {"kind": "poem"}]
FILTERED = [replace(query, where=where) for query in PLAIN for where in WHERES]
MIXED = [*PLAIN[:7], *FILTERED[:20], *PLAIN[7:]]


def vectors(words: LexicalIndex, *, exact: int = 20_000) -> DenseIndex:
    index = DenseIndex(HashingEncoder(), words.store, exact=exact)
    index.follower.refresh()
    return index


OVER: dict[str, Callable[[LexicalIndex], Retriever]] = {
    "words": lambda words: words,
    "vectors": vectors,
    "graph": lambda words: vectors(words, exact=40),
    "exact": Exact,
    "mentions": Mentions,
    "hybrid": lambda words: Hybrid([words, vectors(words)], learned(), exact=Exact(words), mentions=Mentions(words)),
}


def corpus() -> list[Passage]:
    """Passages of one document and of many, some of them word for word the same."""
    same = [
        one
        for number in range(30)
        for one in document(f"same-{number}.txt", ["Rinse the kettle."], title="Kettle care", kind="note")
    ]
    return [*WRITTEN, *drawn(COUNT - len(WRITTEN) - len(same), per_document=7), *same]


@pytest.fixture
def words(store: Store) -> LexicalIndex:
    index = LexicalIndex(store)
    index.add(corpus())
    return index


def like_one_by_one(retriever: Retriever, queries: Sequence[Query], k: int) -> None:
    many = retriever.search(queries, k)
    assert many == [retriever.search([query], k)[0] for query in queries]


@pytest.mark.parametrize("k", [0, 1, 10, EVERY])
@pytest.mark.parametrize("queries", [PLAIN, FILTERED, MIXED, PLAIN[:2]], ids=["plain", "filtered", "mixed", "two"])
@pytest.mark.parametrize("over", OVER.values(), ids=OVER)
def test_many_are_like_one_by_one(
    over: Callable[[LexicalIndex], Retriever], queries: list[Query], k: int, words: LexicalIndex
) -> None:
    like_one_by_one(over(words), queries, k)


@pytest.mark.parametrize("over", OVER.values(), ids=OVER)
def test_where_passages_are_gone(
    over: Callable[[LexicalIndex], Retriever], words: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = over(words)
    gone = words.store.documents()[::2]
    # As if another process had dropped them just now, and nothing had followed yet.
    monkeypatch.setattr(words.follower, "refresh", lambda: None)
    words.store.drop(gone)
    for k in (1, 10, EVERY):
        like_one_by_one(retriever, MIXED, k)
        for hits in retriever.search(MIXED, k):
            assert not {hit.passage.document for hit in hits} & set(gone)
    [some] = retriever.search([Query('"boiler" pump, kettle care')], 10)
    assert len(some) == 10


def test_block_by_block(words: LexicalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    index = vectors(words)
    whole = index.search(MIXED, 10)
    for block, products in ((4 * 256 * 7, 100), (4 * 256, 1), (4 * 256 * 64, 4 * 64 * 3)):
        monkeypatch.setattr(dense, "_BLOCK", block)
        monkeypatch.setattr(dense, "_PRODUCTS", products)
        assert index.search(MIXED, 10) == whole
        like_one_by_one(index, MIXED, 10)


def test_of_equals_the_first_that_came_are_listed(words: LexicalIndex) -> None:
    queries = [Query("Rinse the kettle.")] * 20
    first = [f"same-{number}.txt:0" for number in range(5)]
    index = vectors(words)
    assert [ids(hits) for hits in index.search(queries, 5)] == [first] * 20
    assert ids(index.search(queries[:1], 5)[0]) == first


def test_the_store_is_asked_once(words: LexicalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    get, asked = words.store.get, list[Sequence[int]]()

    def noted(keys: Sequence[int]) -> dict[int, Passage]:
        asked.append(keys)
        return get(keys)

    monkeypatch.setattr(words.store, "get", noted)
    for retriever in (words, vectors(words)):
        asked.clear()
        retriever.search(PLAIN, 10)
        [keys] = asked
        assert len(set(keys)) == len(keys)
