import threading
from concurrent.futures import Future

import numpy as np
import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.serve.batching import Batches, Closed
from raglan.serve.encoding import SharedEncoder


class Held:
    """Work that waits until it is let go, and notes its batches."""

    def __init__(self):
        self.go, self.begun, self.batches = threading.Event(), threading.Event(), []

    def __call__(self, asked):
        self.batches.append(list(asked))
        self.begun.set()
        assert self.go.wait(10)
        if "bad" in asked:
            raise ValueError("bad")
        return [one.upper() for one in asked]


@pytest.fixture
def held():
    work = Held()
    yield work
    work.go.set()


def test_what_comes_while_a_batch_is_worked_on_is_the_next_batch(held):
    batches = Batches(held, name="test", most=3)
    first = batches.submit("a")
    assert held.begun.wait(10)
    rest = [batches.submit(one) for one in "bcdef"]
    held.go.set()
    assert [one.result(10) for one in (first, *rest)] == list("ABCDEF")
    assert held.batches == [["a"], ["b", "c", "d"], ["e", "f"]]
    assert (batches.calls, batches.items) == (3, 6)
    batches.close()


def test_the_urgent_go_first(held):
    batches = Batches(held, name="test", most=2, urgent=str.isdigit)
    batches.submit("a")
    assert held.begun.wait(10)
    rest = [batches.submit(one) for one in ("b", "1", "c", "2")]
    held.go.set()
    assert [one.result(10) for one in rest] == ["B", "1", "C", "2"]
    assert held.batches[1:] == [["1", "2"], ["b", "c"]]
    batches.close()


def test_who_does_not_wait_any_more_costs_nothing(held):
    batches = Batches(held, name="test")
    batches.submit("a")
    assert held.begun.wait(10)
    gone, there = batches.submit("b"), batches.submit("c")
    assert gone.cancel()
    held.go.set()
    assert there.result(10) == "C"
    assert held.batches == [["a"], ["c"]]
    batches.close()


def test_one_bad_request_spoils_no_other(held):
    batches = Batches(held, name="test")
    batches.submit("a")
    assert held.begun.wait(10)
    bad, good = batches.submit("bad"), batches.submit("good")
    held.go.set()
    assert good.result(10) == "GOOD"
    with pytest.raises(ValueError, match="bad"):
        bad.result(10)
    batches.close()


def test_at_the_end_what_waits_is_done_and_nothing_more_is_taken(held):
    batches = Batches(held, name="test")
    waiting: list[Future[str]] = [batches.submit(one) for one in "ab"]
    held.go.set()
    batches.close()
    assert [one.result(0) for one in waiting] == ["A", "B"]
    with pytest.raises(Closed, match="stopping"):
        batches.submit("c")


class Counting(HashingEncoder):
    def __init__(self):
        super().__init__()
        self.calls, self.gate = [], threading.Event()

    def encode(self, texts, *, role):
        self.calls.append((role, list(texts)))
        assert self.gate.wait(10)
        return super().encode(texts, role=role)


def test_texts_of_several_threads_are_encoded_in_one_call():
    plain, counting = HashingEncoder(), Counting()
    shared = SharedEncoder(counting)
    asked = [["one", "two"], ["two", "three"], ["four"]]
    found = {}
    first = threading.Thread(target=lambda: shared.encode(["zero"], role="passage"))
    first.start()
    while not counting.calls:
        pass

    def encode(at):
        found[at] = shared.encode(asked[at], role="passage")

    threads = [threading.Thread(target=encode, args=(at,)) for at in range(3)]
    for thread in threads:
        thread.start()
    while len(shared.batches._waiting) < 3:
        pass
    counting.gate.set()
    for thread in (first, *threads):
        thread.join()
    assert len(counting.calls) == 2
    assert sorted(counting.calls[1][1]) == ["four", "one", "three", "two"]
    for at, texts in enumerate(asked):
        assert np.array_equal(found[at], plain.encode(texts, role="passage"))
    assert shared.encode([], role="query").shape == (0, plain.dim)
    shared.close()


def test_many_long_texts_leave_room_for_others():
    counting = Counting()
    counting.gate.set()
    shared = SharedEncoder(counting)
    texts = [f"{number} " * 2_000 for number in range(10)]
    assert np.array_equal(shared.encode(texts, role="passage"), HashingEncoder().encode(texts, role="passage"))
    assert len(counting.calls) > 1
    shared.close()
