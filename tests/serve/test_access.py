"""Keys to libraries: one view for each set of groups, let go when there are too many, removed when no key needs it."""

import gc
import time

import pytest

from raglan.build.parts import assembled, library
from raglan.serve.access import Views, folder_for, prune
from raglan.serve.keys import Key, Keys
from raglan.store.view import VIEWS, view
from raglan.types import Query

from .oracle import CONFIG, Written, put

READ = frozenset({"read"})


@pytest.fixture
def whole(tmp_path):
    made = library(tmp_path / "store", CONFIG)
    put(made.store, Written("open.txt", ("The boiler is open.",), (), "Open"))
    put(made.store, Written("pay.txt", ("The boiler is secret.",), ("hr",), "Pay"))
    made.encode()
    yield made
    made.close()


def views(whole, most=64):
    return Views(whole, lambda store: assembled(store, CONFIG), most=most)


def key(*groups, scopes=READ):
    return Key("ann", scopes, frozenset(groups))


def found(made):
    return {hit.passage.document for hit in made.rag.search(Query("boiler"), 10)}


def test_a_key_leads_to_what_it_sees(whole):
    all_of = views(whole)
    assert found(all_of.library(key())) == {"open.txt"}
    assert found(all_of.library(key("hr", "x"))) == {"open.txt", "pay.txt"}
    assert all_of.library(key("*")) is all_of.library(key(scopes=frozenset({"admin"}))) is whole
    assert all_of.library(key("a", "b")) is all_of.library(key("b", "a"))


def test_those_used_last_stay(whole):
    few = views(whole, most=2)
    first = few.library(key("a"))
    few.library(key("b"))
    assert few.library(key("a")) is first
    few.library(key("c"))
    assert few.library(key("a")) is first
    few.library(key("d"))
    few.library(key("e"))
    assert found(first) == {"open.txt"}
    assert few.library(key("a")) is not first


def test_what_is_let_go_closes_with_its_last_user(whole):
    few = views(whole, most=1)
    database = few.library(key("a")).store._database
    few.library(key("b"))
    gc.collect()
    with pytest.raises(Exception, match="closed"):
        database.execute("SELECT 1")


def test_open_views_follow(whole):
    some = views(whole)
    library = some.library(key())
    found(library)
    put(whole.store, Written("new.txt", ("A new boiler.",), (), "New"))
    assert library.words.follower.behind > 0
    some.follow()
    assert library.words.follower.behind == 0


def test_views_without_a_key_are_removed(whole, tmp_path):
    folder = tmp_path / "store"
    keys = Keys(folder)
    keys.add("ann", groups=["hr"])
    keys.add("bob", groups=["it"])
    for groups in (["hr"], ["it"], ["gone"]):
        view(whole.store, groups).close()
    keys.revoke("bob")
    assert prune(folder, keys, time.time()) == 2
    assert len(list((folder / VIEWS).iterdir())) == 1
    keys.close()


def test_a_pruned_view_that_is_open_answers_on(whole, tmp_path):
    some = views(whole)
    library = some.library(key("hr"))
    assert found(library) == {"open.txt", "pay.txt"}
    keys = Keys(tmp_path / "store")
    assert prune(tmp_path / "store", keys, 0.0) == 1
    put(whole.store, Written("new.txt", ("A new boiler.",), (), "New"))
    assert found(library) == {"open.txt", "pay.txt", "new.txt"}
    keys.close()


def test_folders_of_groups_differ_and_stay_inside():
    sets: list[list[str]] = [
        ["a"],
        ["a", "b"],
        ["a/b"],
        ["a:b"],
        [".."],
        ["."],
        ["x" * 64, "y" * 64],
        ["x" * 64, "z" * 64],
    ]
    made = [folder_for(groups) for groups in sets]
    assert len(set(made)) == len(made)
    assert all(name.count("/") == 1 and not name.startswith((".", "/")) for name in made)
    assert folder_for(["b", "a", "a"]) == folder_for(["a", "b"])
