"""The sequence part by part: the same as in one piece, and what was never indexed is not counted as lost."""

import random

import pytest

from raglan.store.sequence import lost, net, newest
from raglan.store.store import Store
from raglan.types import Document
from tests.samples import passage


def edited(store: Store, edits: int) -> None:
    """Documents of a few passages that come, change and go."""
    chance = random.Random(edits)
    for number in range(edits):
        name = f"{chance.randrange(12)}.txt"
        if chance.random() < 0.3:
            store.drop([name])
        else:
            texts = [f"{number} {part}" for part in range(chance.randint(1, 4))]
            store.put(Document(name, "\n".join(texts)), [passage(text, name, at) for at, text in enumerate(texts)])


def alive(store: Store, seq: int) -> set[int]:
    """The keys that were there at a change, counted one by one."""
    found: set[int] = set()
    for change in store.changes(0, seq):
        (found.add if change.sign > 0 else found.discard)(change.key)
    return found


@pytest.mark.parametrize("part", [1, 5, 1_000])
def test_what_is_followed_part_by_part_is_what_is_there(store: Store, part: int) -> None:
    edited(store, 60)
    target = store.seq
    for after in range(0, target, 17):
        held, last = alive(store, after), newest(store, after)
        assert lost(store, after, target) == len(held - alive(store, target))
        assert last == max((change.key for change in store.changes(0, after) if change.sign > 0), default=0)
        forgotten = 0
        for start in range(after, target, part):
            came, gone = net(store, start, min(start + part, target), last)
            assert held >= set(gone)
            held = (held - set(gone)) | (store.get([change.key for change in came]).keys())
            forgotten += len(gone)
        assert held == alive(store, target) == set(store.keys())
        assert forgotten == lost(store, after, target)


def test_of_an_empty_store(store: Store) -> None:
    assert (newest(store, 0), lost(store, 0, 0), net(store, 0, 0, 0)) == (0, 0, ([], []))
