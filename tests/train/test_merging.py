"""What there is to learn from, against the searches themselves; and nDCG, against the oracle and the real ranking."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import ir_measures
import numpy as np
import pytest
from ir_measures import nDCG

from raglan.datasets.dataset import Dataset
from raglan.encode.hashing import HashingEncoder
from raglan.metrics.retrieval import dcg_share, ranked
from raglan.protocols import Merge
from raglan.search.dense import DenseIndex
from raglan.search.exact import Exact, Mentions
from raglan.search.hybrid import Hybrid, lifted, raised
from raglan.search.learned import FEATURES, features, learned
from raglan.search.learned import weights as per_query
from raglan.search.lexical import LexicalIndex
from raglan.search.merge import minmax, scaled
from raglan.store.store import Store
from raglan.train import merging
from raglan.train.merging import Lists, Searches, gathered, ndcg, packed
from raglan.types import Example, Hit, Query
from tests.laws import hit
from tests.samples import WRITTEN, document, drawn, ids

from .samples import drawn as lists_drawn

# Much is said of the valve, in many words, and two passages are called after it.
CALLED = [
    *document("valve.md", ["Zeppelins fly over the sea. " * 9, "It rains. " * 5], title="Red valve", kind="note"),
    *(one for n in range(30) for one in document(f"v{n}.txt", [f"Red and valve: clean red, clean valve, {n}."])),
]
CORPUS = [*WRITTEN, *CALLED, *drawn(60, seed=4)]


# Each with the documents, and which of their passages, that are relevant to it.
QUESTIONS: dict[str, dict[tuple[str, int], int]] = {
    "How long does the warranty last?": {("warranty.md", 0): 3, ("warranty.md", 1): 1},
    "boiler pump valve": {("machine.txt", 0): 2},
    "电池的保修期是多久？": {("保修.md", 1): 2, ("保修.md", 0): 1, ("warranty.md", 1): 0},
    "What does E-07 mean?": {("machine.txt", 1): 1, ("机器.txt", 1): 1},
    "warranty": {("warranty.md", 1): 1},
    '"steam wand", "never touch" or E-07': {("machine.txt", 2): 2, ("machine.txt", 1): 1, ("machine.txt", 0): 1},
    "is the coffee machine fx 200 hot": {("machine.txt", 2): 1},
    # What these mention, both searches rank low.
    "clean red red valve and red machine": {("valve.md", 0): 1, ("v3.txt", 0): 1},
    "Should I clean the red valve?": {("valve.md", 0): 2, ("valve.md", 1): 1},
    "clean the red valve E-07": {("valve.md", 0): 1},
    "保修条款有几年": {("保修.md", 0): 1},
    "café 保修": {("mixed.txt", 1): 1, ("v1.txt", 0): 1},
}


def passages(name: str) -> list[str]:
    """The ids of a document's passages, in order."""
    return [one.id for one in CORPUS if one.document == name]


def asked() -> Dataset:
    grades = [{passages(name)[at]: grade for (name, at), grade in one.items()} for one in QUESTIONS.values()]
    examples = tuple(Example(Query(text)) for text in QUESTIONS)
    return Dataset("small", examples, CORPUS, grades=dict(enumerate(grades)))


@pytest.fixture
def searches() -> Iterator[Searches]:
    words = LexicalIndex(Store())
    words.add(CORPUS)
    vectors = DenseIndex(HashingEncoder(), words.store)
    vectors.follower.refresh()
    yield Searches(words, vectors, Mentions(words), Exact(words))
    words.store.close()


def really(searches: Searches, merge: Merge, data: Dataset) -> list[float]:
    """nDCG@10 of what a library finds."""
    hybrid = Hybrid(
        [searches.words, searches.vectors],
        merge,
        exact=searches.exact,
        mentions=searches.mentions,
        depth=searches.depth,
    )
    found = hybrid.search([one.query for one in data.examples], 10)
    rows = ranked([ids(hits) for hits in found], [data.grades[at] for at in range(len(data.examples))])
    return [float(value) for value in dcg_share(rows, 10)]


@pytest.mark.parametrize("depth", [100, 12])
def test_ndcg_is_that_of_what_a_library_finds(searches: Searches, depth: int) -> None:
    searches = replace(searches, depth=depth)
    data = asked()
    lists = gathered(data, searches)
    assert len(lists) == len(QUESTIONS)
    for dense, mentions in ((0.4, 0.35), (0.8, 0.0), (0.0, 2.0), (1.0, 0.1)):
        expected = really(searches, minmax(dense=dense, mentions=mentions), data)
        assert ndcg(lists, dense, mentions).tolist() == pytest.approx(expected)
    each = [_weights(searches, one.query) for one in data.examples]
    weight, bonus = np.array(each).T
    assert np.ptp(weight) > 0.1, "each question has its own"
    expected = really(searches, learned(), data)
    assert ndcg(lists, weight, bonus).tolist() == pytest.approx(expected)
    assert len(set(expected)) > 5


def _weights(searches: Searches, query: Query) -> tuple[float, float]:
    found = [one.search([query], searches.depth)[0] for one in (searches.words, searches.vectors, searches.mentions)]
    decided = per_query(query, found)
    assert decided is not None
    return decided


def test_the_sample_holds_all_that_a_library_does(searches: Searches) -> None:
    lists = gathered(asked(), searches)
    assert (lists.mentions > 0).any(axis=1).sum() >= 4
    assert (lists.lift > 1).any()
    assert ((lists.lift > 0).any(axis=1) & (lists.mentions > 0).any(axis=1)).any()
    # A mention that the merge alone would leave below the third place, and that is relevant.
    queries = [Query(text) for text in QUESTIONS]
    both = [searches.words, searches.vectors]
    merged, without = (
        Hybrid(both, minmax(mentions=0), mentions=mentions).search(queries, 3) for mentions in (searches.mentions, None)
    )
    assert sum(ids(one) != ids(other) for one, other in zip(merged, without, strict=True)) >= 2


def test_features_are_those_that_the_merge_looks_at(searches: Searches) -> None:
    data = asked()
    lists = gathered(data, searches)
    for at, one in enumerate(data.examples):
        found = [s.search([one.query], 100)[0] for s in (searches.words, searches.vectors, searches.mentions)]
        assert lists.features[at].tolist() == features(one.query, *found)


def test_columns_are_what_was_found(searches: Searches) -> None:
    data = asked()
    lists = gathered(data, searches)
    for at, one in enumerate(data.examples):
        named, *found = (
            s.search([one.query], 100)[0] for s in (searches.exact, searches.words, searches.vectors, searches.mentions)
        )
        names = sorted({hit.passage.id for hits in (named, *found) for hit in hits})
        assert lists.there[at].sum() == len(names)
        for column, hits in zip((lists.words, lists.vectors, lists.mentions), found, strict=True):
            expected = dict(zip(ids(hits), scaled([hit.score for hit in hits]), strict=True)) if hits else {}
            assert column[at, : len(names)].tolist() == [expected.get(name, 0.0) for name in names]
            assert not column[at, len(names) :].any()
        above = {hit.passage.id: hit.score for hit in lifted([], named)}
        assert lists.lift[at, : len(names)].tolist() == [above.get(name, 0) for name in names]
        wanted = {name: grade for name, grade in data.grades[at].items() if grade > 0}
        assert lists.grades[at, : len(names)].tolist() == [wanted.get(name, 0) for name in names]


def test_which_questions_teach(searches: Searches) -> None:
    known = ("warranty.md:0",)
    examples = (
        Example(Query("warranty"), positives=known),
        Example(Query("boiler")),
        Example(Query("zeppelinarium"), positives=known),
        Example(Query("pump"), positives=("of another corpus",)),
        Example(Query("valve"), positives=known),
        Example(Query("kettle"), positives=known),
        Example(Query("water", where={"kind": "nothing"}), positives=known),
    )
    grades = {4: {"v1.txt:0": 2, "v2.txt:0": 0}, 5: {"v1.txt:0": 0}}
    lists = gathered(Dataset("odd", examples, grades=grades), searches)
    # The first, the one whose passage is not here, and the one with grades, which take the place of positives.
    assert [len(terms) for terms in (lists, lists.ideal)] == [3, 3]
    assert lists.ideal.tolist() == [1.0, 1.0, 2.0]
    assert ndcg(lists, 0.5, 0.0)[1] == 0.0
    assert lists.grades.sum(axis=1).tolist() == [1.0, 0.0, 2.0]


class Silent:
    """A search that cannot read any query."""

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        return [[] for _ in queries]


def test_where_one_search_is_silent_nothing_is_to_balance(searches: Searches) -> None:
    assert len(gathered(asked(), replace(searches, vectors=Silent()))) == 0
    assert len(gathered(asked(), replace(searches, words=Silent()))) == 0
    assert len(gathered(asked(), replace(searches, mentions=Silent(), exact=Silent()))) == len(QUESTIONS)


def test_ideal_counts_what_was_not_found(searches: Searches) -> None:
    grades = {0: {"warranty.md:0": 1, **{f"gone {n}": 3 for n in range(12)}}}
    lists = gathered(Dataset("x", (Example(Query("warranty")),), grades=grades), searches)
    assert lists.ideal.tolist() == pytest.approx([3 * (1 / np.log2(np.arange(2, 12))).sum()])


def test_questions_come_in_batches(searches: Searches, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gathered(asked(), searches)
    monkeypatch.setattr(merging, "_BATCH", 5)
    parts = gathered(asked(), searches)
    for name in Lists.__slots__:
        assert np.array_equal(getattr(parts, name), getattr(whole, name))


def test_no_questions(searches: Searches) -> None:
    lists = gathered(Dataset("none"), searches)
    assert len(lists) == 0
    assert lists.features.shape == (0, len(FEATURES))
    assert ndcg(lists, 0.5, 0.5).tolist() == []
    assert len(packed([]).at(np.array([], int))) == 0


# Against plain Python, over lists drawn by chance.


def ordered(lists: Lists, at: int, weight: float, bonus: float) -> list[str]:
    """The ranking of one question: scores summed one by one, then raised and lifted as a search does."""
    names = [f"c{n:02}" for n in range(lists.there.shape[1]) if lists.there[at, n]]
    columns = [column[at].tolist() for column in (lists.words, lists.vectors, lists.mentions, lists.lift)]
    rows = {name: [column[n] for column in columns] for n, name in enumerate(names)}
    total = 1 + bonus if any(row[2] for row in rows.values()) else 1.0
    merged = [hit(name, (weight * v + (1 - weight) * w + bonus * m) / total) for name, (w, v, m, _) in rows.items()]
    merged.sort(key=lambda one: (-one.score, one.passage.id))
    mentioned = [hit(name, 1.0, "mentions") for name, row in rows.items() if row[2]]
    named = [hit(name, row[3] / 2, "exact") for name, row in rows.items() if row[3]]
    return [one.passage.document for one in lifted(raised(merged, mentioned), named)]


def test_ndcg_is_that_of_the_oracles() -> None:
    lists, chance = lists_drawn(400, 24, seed=6), np.random.default_rng(6)
    weight, bonus = chance.random(400), chance.random(400) * 2
    found = ndcg(lists, weight, bonus)
    rankings = [ordered(lists, at, weight[at], bonus[at]) for at in range(400)]
    grades = [{f"c{n:02}": int(row[n]) for n in np.flatnonzero(row)} for row in lists.grades]
    assert found == pytest.approx(dcg_share(ranked(rankings, grades), 10), abs=1e-9)
    qrels = {str(at): one for at, one in enumerate(grades)}
    runs = {str(at): {name: -float(rank) for rank, name in enumerate(one)} for at, one in enumerate(rankings)}
    values = {line.query_id: line.value for line in ir_measures.iter_calc([nDCG @ 10], qrels, runs)}
    assert found == pytest.approx([values[str(at)] for at in range(400)], abs=1e-9)
    assert len(set(np.round(found, 6))) > 200


def test_one_number_serves_all_rows() -> None:
    lists = lists_drawn(50, 12, seed=7)
    assert np.array_equal(ndcg(lists, 0.3, 0.2), ndcg(lists, np.full(50, 0.3), np.full(50, 0.2)))


def test_some_of_the_questions() -> None:
    lists, rows = lists_drawn(30, 12, seed=8), np.array([4, 4, 29, 0])
    assert np.array_equal(ndcg(lists.at(rows), 0.3, 0.2), ndcg(lists, 0.3, 0.2)[rows])
