"""Following part by part, with an end to what is held in memory: the index is that of one piece."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.search import follow
from raglan.search.dense import DenseIndex
from raglan.search.lexical import LexicalIndex
from raglan.store.adding import add_passages
from raglan.store.store import Store
from tests.samples import ASKED, WRITTEN, differ, drawn

from .conftest import Opened

Index = LexicalIndex | DenseIndex


def dense(store: Store) -> DenseIndex:
    return DenseIndex(HashingEncoder(), store)


over_each = pytest.mark.parametrize("over", [LexicalIndex, dense], ids=["words", "vectors"])


def edit(store: Store, seed: int) -> None:
    """Some come; of those that were there some go, and some come and go again."""
    add_passages(store, drawn(30, seed=seed))
    store.drop([f"drawn-{seed}-3.txt", f"drawn-{seed - 1}-6.txt"])


def same(one: Index, other: Index) -> None:
    for index in (one, other):
        index.follower.refresh()
    for ours, theirs in zip(one.search(ASKED, 200), other.search(ASKED, 200), strict=True):
        assert ours
        assert not differ(ours, theirs), differ(ours, theirs)


@over_each
@pytest.mark.parametrize("part", [5, 13, 1_000])
def test_parts_make_the_same_index(
    over: Callable[[Store], Index], part: int, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_PART", part)
    store = opened(None)
    add_passages(store, WRITTEN)
    index = over(store)
    for seed in range(3):
        edit(store, seed)
        left = list(index.follower.catch_up())
        assert left == sorted(left, reverse=True)
        assert left[-1] == index.follower.behind == 0
    same(index, over(store))


@over_each
def test_stopped_between_two_parts_it_goes_on(
    over: Callable[[Store], Index], opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_PART", 10)
    store = opened(tmp_path)
    add_passages(store, drawn(50))
    steps = over(store).follower.catch_up()
    left = list(islice(steps, 4))
    del steps
    assert 0 < left[-1] < left[0]
    again = over(opened(tmp_path))
    assert next(again.follower.catch_up()) == left[-1]
    fresh = opened(None)
    add_passages(fresh, store.get(store.keys()).values())
    same(again, over(fresh))


def test_what_went_before_it_was_indexed_is_no_reason_to_build_anew(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_PART", 5)
    store = opened(None)
    edit(store, 0)
    edit(store, 1)
    index = LexicalIndex(store)
    index.follower.refresh()
    assert index.follower.seal is not None
    assert index.follower.seal.dead == 0
    store.drop(["drawn-0-0.txt"])
    index.follower.refresh()
    assert index.follower.seal.dead == 0, "a small one is built anew at once"
