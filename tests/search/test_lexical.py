"""Search by words: what counts, and what large stores may put off."""

import pytest

from raglan.search import lexical
from raglan.search.lexical import LexicalIndex
from raglan.store.store import Store
from raglan.types import Query
from tests.samples import drawn, ids, passage


def found(index: LexicalIndex, text: str, k: int = 10) -> list[str]:
    [hits] = index.search([Query(text)], k)
    return [hit.passage.document for hit in hits]


def test_names_count_beside_the_text(store: Store) -> None:
    index = LexicalIndex(store)
    index.add(
        [
            passage("The boiler is hot.", "text.txt", title="x"),
            passage("It is hot.", "title.txt", title="Boiler"),
            passage("It is hot.", "heading.txt", title="x", headings=("Care", "Boiler")),
            passage("It is hot.", "boiler.txt"),
            passage("It is hot.", "none.txt", title="y"),
        ]
    )
    names = found(index, "boiler")
    assert names[0] == "text.txt"
    assert set(names) == {"text.txt", "title.txt", "heading.txt", "boiler.txt"}
    assert found(LexicalIndex(store, names=5.0), "boiler")[0] != "text.txt"


def test_a_table_row_is_found_by_how_it_reads(store: Store) -> None:
    index = LexicalIndex(store)
    index.add([passage("X200 | 49", "prices.csv", reading="Model: X200; Price: 49")])
    assert found(index, "price") == ["prices.csv"]


def test_rare_words_and_more_words_count_more(store: Store) -> None:
    index = LexicalIndex(store)
    index.add([passage(f"water pump {number}", f"{number}") for number in range(9)])
    index.add([passage("water zeppelin pump", "both"), passage("a zeppelin alone in the sky", "rare")])
    assert found(index, "water zeppelin")[:2] == ["both", "rare"]


def test_a_single_chinese_character_is_found(store: Store) -> None:
    index = LexicalIndex(store)
    index.add([passage("水箱已空", "a"), passage("电池的保修期", "b")])
    assert found(index, "水") == ["a"]


def test_large_stores_may_put_off_rebuilding_but_never_find_what_is_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "_SMALL", 100)
    index = LexicalIndex(store)
    index.add(drawn(600))
    names = store.documents()
    made = index._files.index
    index.drop(names[:3])
    [hits] = index.search([Query("boiler 保修")], 600)
    assert not {hit.passage.document for hit in hits} & set(names[:3])
    assert index._files.index is made
    index.drop(names[3:40])
    fresh = LexicalIndex(Store())
    fresh.add(list(store.get(store.keys()).values()))
    [hits] = index.search([Query("boiler 保修")], 600)
    [expected] = fresh.search([Query("boiler 保修")], 600)
    assert sorted(ids(hits)) == sorted(ids(expected))
    assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-4)
    assert index._files.index is not made


def test_deep_searches_skip_what_is_dropped_meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index = LexicalIndex(store)
    index.add([passage(f"boiler {number}", f"{number}") for number in range(30)])
    assert len(found(index, "boiler", 30)) == 30
    # As if another process were indexing: this one searches what it has.
    monkeypatch.setattr(index.follower, "refresh", lambda: None)
    store.drop([str(number) for number in range(25)])
    assert sorted(found(index, "boiler", 5)) == ["25", "26", "27", "28", "29"]
