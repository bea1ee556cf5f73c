"""Summaries in a store: after any edits those made from scratch, gone with what they rest on, and cited by characters."""

import random
from itertools import islice

import pytest

from raglan.build.summing import IDENTITY, folders, summaries, summed
from raglan.generate.features import units
from raglan.store.access import grant
from raglan.store.store import Store
from raglan.store.summaries import Summaries, SummaryRow
from raglan.store.view import view
from raglan.types import Document
from tests.samples import document

TEXTS = [
    "The boiler of the machine holds two litres of water. Descale the boiler every three months.",
    "Never touch the steam wand while the machine is hot. The steam wand is cleaned with a cloth.",
    "The warranty of the machine lasts two years from the date of purchase.",
    "The service desk answers every warranty claim within two working days!",
    "咖啡机的锅炉可以装两升水，请每三个月除垢一次。蒸汽管很热，请不要触摸蒸汽管。",
    "保修期为两年，自购买之日起计算，电池除外。服务台在两个工作日内答复保修申请。",
    "Too short.",
    "",
]


def put(store: Store, name: str, texts: list[str], **meta: object) -> None:
    store.put(Document(name, " ".join(texts), name, meta=meta), document(name, texts, **meta), file=name)


def everything(store: Store) -> dict[str, list[SummaryRow]]:
    for _ in summed(store):
        pass
    return summaries(store)


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "store")
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(6))
def test_edited_is_as_made_anew(seed, tmp_path):
    chance = random.Random(seed)
    store = Store(tmp_path / "store")
    kept: dict[str, list[str]] = {}
    for _ in range(25):
        name = f"d{chance.randrange(5)}"
        if chance.random() < 0.3:
            store.drop([name])
            kept.pop(name, None)
        else:
            kept[name] = chance.sample(TEXTS, chance.randint(1, 5))
            put(store, name, kept[name])
        if chance.random() < 0.4:
            # Stopped somewhere in between: what was kept is kept, the rest is summed up later.
            list(islice(summed(store), chance.randint(0, 3)))
        if chance.random() < 0.2:
            store.close()
            store = Store(tmp_path / "store")
    fresh = Store()
    for name in sorted(kept):
        put(fresh, name, kept[name])
    one, other = everything(store), everything(fresh)
    assert one == other
    assert folders(one) == folders(other)
    assert Summaries(store, IDENTITY).due() == []
    store.close()
    fresh.close()


def test_sentences_stand_where_they_say(store):
    put(store, "one", TEXTS, kind="md")
    [rows] = everything(store).values()
    assert len(rows) == 3
    for row in rows:
        found = store.find(row.passage)
        assert found is not None
        assert row.says in {says for span, says in units(found[1]) if (span.start, span.end) == (row.start, row.stop)}


def test_nothing_is_chosen_twice_and_only_what_changed(store, monkeypatch):
    put(store, "one", TEXTS[:3])
    put(store, "two", TEXTS[3:6])
    assert list(summed(store)) == [2, 1, 0]
    assert list(summed(store)) == [0]
    put(store, "two", [*TEXTS[3:6], TEXTS[0]])
    assert Summaries(store, IDENTITY).due() == ["two"]
    assert list(summed(store)) == [1, 0]
    assert Summaries(store, "other rules").due() == ["one", "two"]


def test_a_delete_is_exact_before_anything_follows(store):
    put(store, "one", TEXTS)
    put(store, "two", [TEXTS[2]])
    everything(store)
    store.drop(["one"])
    assert set(summaries(store)) == {"two"}
    assert store.rows("SELECT count(*) FROM summarised") == [(1,)]
    put(store, "two", [TEXTS[4]])
    assert summaries(store) == {}, "a sentence goes with its passage"


def test_order_counts_and_other_people_too(store):
    put(store, "one", TEXTS[:4])
    before = everything(store)
    put(store, "one", [*TEXTS[2:4], *TEXTS[:2]])
    assert Summaries(store, IDENTITY).due() == ["one"]
    assert [row.says for row in everything(store)["one"]] != [row.says for row in before["one"]]
    grant(store, "one", ["hr"])
    assert summaries(store) == {}
    assert set(everything(store)) == {"one"}
    hidden, seen = view(store, []), view(store, ["hr"])
    for table in ("summary", "summarised"):
        assert hidden.rows(f"SELECT count(*) FROM {table}") == [(0,)]
        assert seen.rows(f"SELECT count(*) FROM {table}") != [(0,)]
    assert summaries(hidden) == {}
    assert summaries(seen) == summaries(store)
    hidden.close()
    seen.close()


def test_who_comes_too_late_keeps_nothing(store):
    put(store, "one", TEXTS[:3])
    kept = Summaries(store, IDENTITY)
    state = kept.state("one")
    put(store, "one", TEXTS[2:5])
    row = SummaryRow("one:0", 0, 5, "gone")
    assert not kept.keep("one", state, [row])
    store.drop(["one"])
    assert not kept.keep("one", state, [row])
    assert store.rows("SELECT count(*) FROM summary") == [(0,)]


def test_a_document_without_sentences_is_done(store):
    put(store, "short", ["Too short."])
    store.put(Document("empty", "", "empty"), [])
    assert everything(store) == {}
    assert list(summed(store)) == [0]


def test_a_folder_is_summed_up_from_its_documents(store):
    put(store, "a/one.txt", TEXTS[:2])
    put(store, "a/two.txt", TEXTS[2:4])
    put(store, "a/b/three.txt", [TEXTS[4]])
    put(store, "four.txt", [TEXTS[5]])
    found = everything(store)
    told = folders(found)
    assert list(told) == ["", "a"]
    inside = [row for name, rows in found.items() if name.startswith("a/") for row in rows]
    assert len(told["a"]) == len(told[""]) == 3
    assert all(row in inside for row in told["a"])
    assert folders({}) == {"": []}


def test_what_two_documents_say_alike_is_told_once():
    row = SummaryRow("p", 0, 9, TEXTS[2])
    assert folders({"one": [row], "two": [row]}) == {"": [row]}
