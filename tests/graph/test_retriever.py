"""Along names: what a found passage leads to is found, and what was named exactly stays on top."""

import pytest

from raglan.build.parts import assembled
from raglan.config import Config, Spec
from raglan.errors import StoreError
from raglan.graph.following import refreshed
from raglan.graph.network import network
from raglan.graph.retriever import GraphRetriever, Linked
from raglan.search.lexical import LexicalIndex
from raglan.store.adding import add_passages
from raglan.store.graph import GraphTables
from raglan.store.store import Store
from raglan.types import Hit, Query
from tests.samples import document, ids

TOLD = [
    *document("film.md", ["The Glass Harbour was directed by Mina Torres in 1987."], title="The Glass Harbour", year=1),
    *document("person.md", ["Mina Torres grew up in Valparaíso and studied law."], title="Mina Torres", year=2),
    *document("other.md", ["Olaf Berg grew up in Bergen and studied music."], title="Olaf Berg", year=2),
    *document("noise.md", ["Harbours are built of stone, glass and patience."], title="Harbours", year=2),
    *document("园林.md", ["《留园记》由王明教授所著，讲述苏州大学的园林。"], title="留园记", year=3),
    *document("大学.md", ["苏州大学位于江苏省，校园有湖。"], title="苏州大学", year=3),
    *document("别的.md", ["浙江大学位于浙江省，校园有山。"], title="浙江大学", year=3),
]


@pytest.fixture
def store():
    made = Store()
    add_passages(made, TOLD)
    yield made
    made.close()


def linked(store, weight=1.0):
    words = LexicalIndex(store)
    return Linked(words, GraphRetriever(store, words), weight=weight)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Where was the director of The Glass Harbour raised?", "film.md:0", "person.md:0"),
        ("留园记讲述的是哪里？", "园林.md:0", "大学.md:0"),
    ],
)
def test_what_a_found_passage_leads_to(store, text, first, second):
    [hits] = GraphRetriever(store, LexicalIndex(store)).search([Query(text)], 3)
    assert first in ids(hits)
    assert second in ids(hits)
    assert hits == sorted(hits, key=lambda hit: -hit.score)
    assert {hit.by for hit in hits} == {"graph"}


def test_a_filter_holds_for_what_is_led_to(store):
    [hits] = linked(store).search([Query("The Glass Harbour", where={"year": 1})], 10)
    assert "person.md:0" not in ids(hits)


def test_the_shares_of_a_walk_sum_to_one_at_most_and_start_where_it_starts(store):
    made = network(refreshed(store))
    shares = made.rank({0: 1.0}, {})
    assert 0 < shares.sum() <= 1 + 1e-9
    assert made.rank({}, {}).sum() == 0
    assert made.rank({}, {"no such name": 1.0}).sum() == 0


def test_the_walk_is_what_the_matrix_says(store):
    """The power of the whole transition matrix, computed plainly, gives the same."""
    np = pytest.importorskip("numpy")
    made = network(refreshed(store))
    p, n = len(made.passages), len(made.names)
    edges = np.zeros((p + n, p + n))
    edges[made.rows, p + made.columns] = made.weights
    edges[p + made.columns, made.rows] = made.weights
    moves = edges / np.maximum(edges.sum(axis=0, keepdims=True), 1e-12)
    start = np.eye(p + n)[0]
    at = start
    for _ in range(12):
        at = 0.5 * start + 0.5 * moves @ at
    assert np.allclose(made.rank({0: 1.0}, {}, damping=0.5), at[:p])


def test_what_was_named_exactly_stays_on_top(store):
    class Named:
        def search(self, queries, k):
            there = {one.id: one for one in TOLD}
            hits = [Hit(there["noise.md:0"], 1.2, "words+exact"), Hit(there["film.md:0"], 0.9, "words")]
            return [hits for _ in queries]

    [hits] = Linked(Named(), GraphRetriever(store, Named())).search([Query("harbour")], 5)
    assert hits[0].passage.id == "noise.md:0"
    assert hits[0].score > 1


def test_no_passage_twice_and_no_more_than_asked(store):
    for k in (0, 1, 3, 50):
        [hits] = linked(store).search([Query("Mina Torres studied")], k)
        assert len(hits) <= k
        assert len(set(ids(hits))) == len(hits)


def test_it_follows_the_store(store):
    retriever = linked(store)
    query = Query("Where was the director of The Glass Harbour raised?")
    assert "person.md:0" in ids(retriever.search([query], 3)[0])
    store.drop(["person.md"])
    assert "person.md:0" not in ids(retriever.search([query], 10)[0])


def test_it_is_a_part_by_configuration(store):
    config = Config().using("encoder", Spec("none")).using("graph", Spec("pagerank", {"weight": 0.5}))
    made = assembled(store, config)
    assert isinstance(made.rag.retriever, Linked)
    assert made.rag.retriever.weight == 0.5
    plain = assembled(store, Config().using("encoder", Spec("none")))
    assert not isinstance(plain.rag.retriever, Linked)


def test_without_hits_nothing_is_found(store):
    assert linked(store).search([Query("zzz")], 5) == [[]]


def test_a_store_that_cannot_be_written_is_searched_all_the_same(store, monkeypatch):
    retriever = linked(store)
    query = Query("Where was the director of The Glass Harbour raised?")
    before = ids(retriever.search([query], 3)[0])
    add_passages(store, document("more.md", ["Something else."]))

    def locked(self, *_, **__):
        raise StoreError("another process is writing", path="store")

    monkeypatch.setattr(GraphTables, "keep", locked)
    assert ids(retriever.search([query], 3)[0]) == before


def test_the_best_of_the_first_search_stay(store):
    words = LexicalIndex(store)
    query = Query("Where was the director of The Glass Harbour raised?")
    [first] = words.search([query], 10)
    for kept in (1, 3):
        [hits] = Linked(words, GraphRetriever(store, words), kept=kept).search([query], 10)
        assert ids(hits)[: min(kept, len(first))] == ids(first)[:kept]
