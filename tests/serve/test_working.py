"""A client that goes stops the work that was done for it."""

import asyncio
import threading
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from anyio import CapacityLimiter
from starlette.requests import ClientDisconnect, Request

from raglan.serve.answering import Stopped
from raglan.serve.metrics import Metrics
from raglan.serve.observing import Observer
from raglan.serve.working import awaited, stepped, threaded


def request(gone):
    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    app = SimpleNamespace(state=SimpleNamespace(observer=Observer(Metrics())))
    return Request({"type": "http", "headers": [], "app": app}, receive)


def test_work_comes_back():
    async def run():
        return await threaded(request(asyncio.Event()), lambda stop: 7, CapacityLimiter(1))

    assert asyncio.run(run()) == 7


def test_work_is_told_to_stop():
    begun, stopped = threading.Event(), threading.Event()

    def work(stop):
        begun.set()
        try:
            while True:
                stop.check()
        except Stopped:
            stopped.set()
            raise

    async def run():
        gone = asyncio.Event()
        task = asyncio.create_task(threaded(request(gone), work, CapacityLimiter(1)))
        await asyncio.to_thread(begun.wait, 10)
        gone.set()
        with pytest.raises(ClientDisconnect):
            await task

    asyncio.run(run())
    assert stopped.wait(10)


def test_work_that_has_not_begun_never_does():
    async def run():
        gone, done = asyncio.Event(), []
        threads = CapacityLimiter(1)
        await threads.acquire()
        task = asyncio.create_task(threaded(request(gone), lambda stop: done.append(1), threads))
        await asyncio.sleep(0)
        gone.set()
        with pytest.raises(ClientDisconnect):
            await task
        threads.release()
        await asyncio.sleep(0)
        return done

    assert asyncio.run(run()) == []


def test_steps_are_taken_until_nobody_takes_them():
    taken, closed = [], threading.Event()

    def steps():
        try:
            for number in range(100):
                taken.append(number)
                yield number
        finally:
            closed.set()

    async def run():
        async for step in stepped(steps(), CapacityLimiter(1)):
            if step == 2:
                break

    asyncio.run(run())
    assert taken == [0, 1, 2]
    assert closed.wait(10)


def test_what_is_waited_for_is_cancelled():
    async def run():
        future: Future[int] = Future()
        gone = asyncio.Event()
        task = asyncio.create_task(awaited(request(gone), future))
        await asyncio.sleep(0)
        gone.set()
        with pytest.raises(ClientDisconnect):
            await task
        return future

    assert asyncio.run(run()).cancelled()
