"""Batches that are worked on ahead come in order, and a run that goes on gets those that it would have got."""

import threading
from collections.abc import Callable

import pytest

from raglan.train.ahead import Ahead
from raglan.train.batches import Batches


def source() -> Batches[int, list[int]]:
    return Batches(range(20), 4, list, seed=3)


def plain(batch: list[int]) -> list[int]:
    return batch


def made(ready: Callable[[list[int]], list[int]] = plain) -> Ahead[list[int]]:
    return Ahead(source(), ready)


def test_batches_come_as_without() -> None:
    one, other = source(), made()
    assert [next(one) for _ in range(12)] == [next(other) for _ in range(12)]
    assert len(other) == len(one)


def test_they_are_made_ready_elsewhere() -> None:
    names = set()

    def ready(batch: list[int]) -> list[int]:
        names.add(threading.current_thread().name)
        return [-one for one in batch]

    found = made(ready)
    assert all(one <= 0 for one in next(found))
    assert threading.current_thread().name not in names


@pytest.mark.parametrize("given", [0, 1, 7])
def test_the_place_is_that_of_what_was_given(given: int) -> None:
    one, other = made(), made()
    for _ in range(given):
        next(one)
    next(other)
    other.load_state_dict(one.state_dict())
    assert [next(one) for _ in range(6)] == [next(other) for _ in range(6)]


def test_what_fails_ahead_fails_when_it_is_its_turn() -> None:
    def ready(batch: list[int]) -> list[int]:
        raise RuntimeError(str(batch))

    with pytest.raises(RuntimeError, match=r"\["):
        next(made(ready))
