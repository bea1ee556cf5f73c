import pytest

from raglan.serve.admission import Busy, Queue


def test_only_so_many_are_let_in():
    depths: list[int] = []
    queue = Queue(2, told=depths.append)
    with queue.place(), queue.place():
        with pytest.raises(Busy, match="try again in 1 s"), queue.place():
            raise AssertionError
        assert queue.depth == 2
    with queue.place():
        assert queue.depth == 1
    assert depths == [1, 2, 1, 0, 1, 0]


def test_the_wait_grows_with_what_requests_take():
    now = iter(range(0, 4_000, 40))
    queue = Queue(1, clock=lambda: next(now))
    for _ in range(30):
        with queue.place():
            pass
    with queue.place(), pytest.raises(Busy) as busy, queue.place():
        raise AssertionError
    assert 5 <= busy.value.retry_after <= 60
