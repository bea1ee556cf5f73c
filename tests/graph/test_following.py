"""The graph after any edits is the graph made from scratch; a delete takes exactly what rested on it alone."""

import random
import sqlite3
from itertools import islice
from pathlib import Path

import pytest

from raglan.graph.extract import IDENTITY
from raglan.graph.following import follow, refreshed
from raglan.graph.view import graph
from raglan.store.graph import GraphTables, Rows
from raglan.store.store import Store
from raglan.types import Document, Passage
from tests.samples import document

TEXTS = [
    "Acme Corporation (AC) was founded in 1998 by Ann Lee.",
    "Acme Corporation is a maker of boilers in Leeds.",
    "The warranty lasts 24 months from the date of purchase.",
    "Ann Lee is an engineer from Suzhou (苏州).",
    "苏州大学是江苏省的一所大学，位于苏州市，成立于1900年。",
    "保修期为二十四个月。咖啡机FX-200是一种商用咖啡机。",
    "Leeds is a city in England. Never touch the FX-200 while it is hot.",
    "",
]


def put(store: Store, name: str, texts: list[str]) -> None:
    passages: list[Passage] = document(name, texts, title=name)
    text = " ".join(texts)
    store.put(Document(name, text, name, meta={"title": name}), passages, file=name)


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was read, with passages by their ids."""
    tables = refreshed(store)
    ids = tables.ids()
    found: dict[str, list[tuple[object, ...]]] = {
        "mentions": [(ids[row.passage], *row[1:]) for row in tables.mentions()],
        "facts": [(ids[row.passage], *row[1:]) for row in tables.facts()],
        "aliases": list(tables.aliases()),
        "sketches": [(name, *hashes) for name, hashes in tables.sketches().items()],
    }
    return {name: sorted(table, key=repr) for name, table in found.items()}


@pytest.mark.parametrize("seed", range(6))
def test_edited_is_as_made_anew(seed, tmp_path):
    chance = random.Random(seed)
    folder = tmp_path / "store"
    store = Store(folder)
    kept: dict[str, list[str]] = {}
    for _ in range(25):
        name = f"d{chance.randrange(5)}"
        if chance.random() < 0.3:
            store.drop([name])
            kept.pop(name, None)
        else:
            kept[name] = chance.sample(TEXTS, chance.randint(1, 4))
            put(store, name, kept[name])
        if chance.random() < 0.3:
            # Killed somewhere in between: what was kept is kept, the rest is read later.
            list(islice(follow(store, batch=2), chance.randint(0, 3)))
        if chance.random() < 0.2:
            store.close()
            store = Store(folder)
    fresh = Store()
    for name in sorted(kept):
        put(fresh, name, kept[name])
    assert rows(store) == rows(fresh)
    one, other = (graph(GraphTables(each)) for each in (store, fresh))
    assert [(f.head, f.relation, f.tail, f.count) for f in one.facts] == [
        (f.head, f.relation, f.tail, f.count) for f in other.facts
    ]
    store.close()
    fresh.close()


def test_a_fact_counts_what_it_rests_on():
    store = Store()
    put(store, "one", TEXTS[:2])
    put(store, "two", [TEXTS[0], TEXTS[3]])

    def counts():
        return {(f.said.head, f.relation): f.count for f in graph(refreshed(store)).facts}

    assert counts()["Acme Corporation", "founded by"] == 2
    store.drop(["one"])
    assert counts()["Acme Corporation", "founded by"] == 1
    assert ("Acme Corporation", "is") not in counts()
    store.drop(["two"])
    assert counts() == {}
    store.close()


def test_a_delete_is_exact_before_anything_follows():
    store = Store()
    put(store, "one", TEXTS)
    tables = refreshed(store)
    assert tables.facts()
    store.drop(["one"])
    assert (tables.mentions(), tables.facts(), tables.aliases(), tables.sketches()) == ([], [], [], {})
    store.close()


def test_a_process_that_dies_while_keeping_leaves_what_was_there(tmp_path, monkeypatch):
    folder = tmp_path / "store"
    store = Store(folder)
    put(store, "one", TEXTS)
    next(iter(follow(store, batch=3)))
    list(islice(follow(store, batch=3), 2))
    before = rows_as_they_are(folder)

    def dies(self, values):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "set", dies)
        with pytest.raises(KeyboardInterrupt):
            list(follow(store))
    store.close()
    assert rows_as_they_are(folder) == before
    again, fresh = Store(folder), Store()
    put(fresh, "one", TEXTS)
    assert rows(again) == rows(fresh)
    again.close()
    fresh.close()


def rows_as_they_are(folder: Path) -> list[object]:
    database = sqlite3.connect(folder / "store.sqlite")
    try:
        return [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("mention", "fact", "setting")]
    finally:
        database.close()


def test_other_rules_begin_anew():
    store = Store()
    put(store, "one", TEXTS)
    first = rows(store)
    store.set({"graph.identity": "older"})
    tables = GraphTables(store)
    assert tables.read(IDENTITY) == 0
    assert rows(store) == first
    store.close()


def test_who_comes_second_keeps_nothing():
    store = Store()
    put(store, "one", TEXTS)
    tables = refreshed(store)

    assert not tables.keep(Rows([], [], [], []), since=0, until=1, identity=IDENTITY)
    store.close()
