"""Search by vectors: how much the graph finds, what cannot be read, several threads."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.encode.hashing import HashingEncoder
from raglan.search import dense
from raglan.search.dense import DenseIndex
from raglan.search.rows import Rows
from raglan.store.access import grant
from raglan.store.store import Store
from raglan.store.view import view
from raglan.text.words import latin_share
from raglan.types import Passage, Query
from tests.samples import ASKED, WRITTEN, drawn, ids, passage

DIM, CLUSTERS = 32, 60


class Clustered:
    """Vectors around centres, drawn by the number that a text is: what real texts look like, and hard for a graph."""

    dim = DIM
    identity = "clustered"

    def __init__(self) -> None:
        chance = np.random.default_rng(1)
        self._centres = chance.normal(size=(CLUSTERS, DIM))

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        rows = []
        for text in texts:
            number = int(text.split()[-1])
            near = np.random.default_rng(number).normal(size=DIM) * 0.6
            rows.append(self._centres[number % CLUSTERS] + near)
        vectors = np.array(rows, np.float32).reshape(len(texts), DIM)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def numbered(start: int, end: int) -> list[Passage]:
    return [passage(f"number {number}", f"{number}.txt", title="n") for number in range(start, end)]


def test_the_graph_finds_nearly_all(store: Store) -> None:
    encoder = Clustered()
    graph = DenseIndex(encoder, store, exact=500)
    # In steps, so that the graph is extended and some rows lie beyond it.
    for start, end in ((0, 400), (400, 1_500), (1_500, 2_950), (2_950, 3_000)):
        graph.add(numbered(start, end))
    every = DenseIndex(encoder, store, exact=10**6)
    every.follower.refresh()
    queries = [Query(f"number {number}") for number in range(100_000, 100_200)]
    found, true = graph.search(queries, 10), every.search(queries, 10)
    recall = np.mean([len(set(ids(a)) & set(ids(b))) / 10 for a, b in zip(found, true, strict=True)])
    assert recall >= 0.97
    for a, b in zip(found, true, strict=True):
        assert a[0].score == pytest.approx(b[0].score, abs=0.05)


def test_scores_are_cosines(store: Store) -> None:
    index = DenseIndex(HashingEncoder(), store)
    index.add([passage("boiler", "boiler.txt", title="boiler")])
    [[hit]] = index.search([Query("boiler. boiler")], 5)
    assert hit.score == pytest.approx(1.0, abs=1e-3)


class Latin(HashingEncoder):
    """Knows no Chinese, and says so."""

    def covers(self, texts: Sequence[str]) -> list[float]:
        return [latin_share(text) for text in texts]


def test_what_the_encoder_cannot_read_is_left_to_words(store: Store) -> None:
    index = DenseIndex(Latin(), store)
    index.add([passage("the boiler", "en.txt", title="x"), passage("保修期为两年", "zh.txt", title="保修")])
    english, chinese, mixed, numbers = index.search(
        [Query("boiler"), Query("保修期"), Query("boiler 保修期为两年半"), Query("24")], 5
    )
    assert ids(english) == ["en.txt:0"]
    assert chinese == mixed == []
    assert ids(numbers) == ["en.txt:0"]


def test_nothing_that_can_be_read_is_fine(store: Store) -> None:
    index = DenseIndex(Latin(), store)
    index.add([passage("保修期为两年", "zh.txt")])
    assert index.search([Query("boiler"), Query("保修期")], 5) == [[], []]
    assert not index.follower.behind


def test_many_dead_rows_are_cleared_away(store: Store) -> None:
    index = DenseIndex(HashingEncoder(dim=16), store)
    index.add(drawn(2_400))
    names = store.documents()
    index.drop(names[:200])
    assert index._files.count == 2_400
    [hits] = index.search([Query("boiler pump")], 2_400)
    assert len(hits) == 1_800
    index.drop(names[200:400])
    assert index._files.count == 1_200


def test_deep_searches_skip_what_another_process_dropped(store: Store) -> None:
    index = DenseIndex(HashingEncoder(), store)
    index.add([passage(f"boiler {number}", f"{number}.txt") for number in range(30)])
    store.drop([f"{number}.txt" for number in range(25)])
    [hits] = index.search([Query("boiler")], 5)
    assert {hit.passage.document for hit in hits} == {f"{number}.txt" for number in range(25, 30)}


@pytest.mark.parametrize("exact", [20_000, 40])
def test_searching_in_one_thread_while_another_adds(store: Store, exact: int) -> None:
    index = DenseIndex(HashingEncoder(), store, exact=exact)
    index.add([passage("boiler pump 0", "first.txt")])
    troubles: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                [hits] = index.search([Query("boiler pump 0")], 3)
                assert hits[0].passage.document == "first.txt"
        except BaseException as error:  # noqa: BLE001 (told in the other thread)
            troubles.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(0, 300, 30):
        index.add([passage(f"valve {number}", f"{number}.txt") for number in range(start, start + 30)])
    done.set()
    for thread in threads:
        thread.join(30)
    assert not troubles


def test_a_view_is_searched_among_its_own_rows_alone(opened, tmp_path, monkeypatch):
    """Neither a row that is hidden nor a graph that leads over such rows has a say."""
    whole = opened(tmp_path / "store")
    index = DenseIndex(HashingEncoder(), whole, exact=12)
    index.add([replace(one, meta={**one.meta, "access": "hr"}) for one in drawn(60)])
    index.add(drawn(30, seed=1))
    scanned: list[int] = []

    def spying(
        rows: Rows, places: NDArray[np.int64], vectors: NDArray[np.float32], k: int, *, apart: bool = False
    ) -> object:
        scanned.extend(rows.keys[places].tolist())
        return scan(rows, places, vectors, k, apart=apart)

    scan = dense._scan
    monkeypatch.setattr(dense, "_scan", spying)
    limited = view(whole, [])
    found = DenseIndex(HashingEncoder(), limited, exact=12).search([Query("boiler valve")], 10)
    assert sorted(scanned) == limited.keys()
    other = DenseIndex(HashingEncoder(), exact=1_000)
    other.add(drawn(30, seed=1))
    assert found == other.search([Query("boiler valve")], 10)
    limited.close()


def test_what_has_another_key_keeps_its_vector(opened, tmp_path):
    encoded: list[str] = []

    class Counting(HashingEncoder):
        def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
            encoded.extend(texts)
            return super().encode(texts, role=role)

    store = opened(tmp_path / "store")
    index = DenseIndex(Counting(), store)
    index.add(WRITTEN)
    before = index.search(ASKED, 20)
    encoded.clear()
    assert grant(store, "machine.txt", ["hr"]) == ["machine.txt"]
    index.follower.refresh()
    assert encoded == []
    assert index.follower.behind == 0
    after = index.search(ASKED, 20)
    # Equal scores stand in the order of keys, which are others now.
    for one, other in zip(before, after, strict=True):
        assert {hit.passage.id: hit.score for hit in one} == {hit.passage.id: hit.score for hit in other}
