"""Work for a request on a thread, given up when the client goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import Future
from typing import TypeVar, cast

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request

from raglan.serve.answering import Stop, Stopped

__all__ = ["awaited", "stepped", "threaded"]

T = TypeVar("T")


async def threaded(request: Request, work: Callable[[Stop], T], threads: CapacityLimiter) -> T:
    """What ``work`` returns, done on one of ``threads``.

    If the client goes, the work is stopped and :class:`ClientDisconnect` raised.
    """
    stop, came = Stop(), time.perf_counter()

    def begun() -> T:
        request.app.state.observer.metrics.took("queue", time.perf_counter() - came)
        stop.check()
        return work(stop)

    try:
        return await _unless_gone(request, to_thread.run_sync(begun, limiter=threads), stop.ask)
    except Stopped as error:
        raise ClientDisconnect from error


async def awaited(request: Request, future: Future[T]) -> T:
    """What ``future`` holds in the end; it is cancelled if the client goes."""
    return await _unless_gone(request, asyncio.wrap_future(future), future.cancel)


async def stepped(steps: Iterator[T], threads: CapacityLimiter) -> AsyncIterator[T]:
    """``steps``, each done on one of ``threads``; where nobody takes the next, the iterator is closed and does no more."""
    done = object()
    try:
        while (step := await to_thread.run_sync(next, steps, done, limiter=threads)) is not done:
            yield cast("T", step)
    finally:
        if isinstance(steps, Generator):
            steps.close()


async def _unless_gone(request: Request, wanted: Awaitable[T], stop: Callable[[], object]) -> T:
    work, gone = asyncio.ensure_future(wanted), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise ClientDisconnect
    finally:
        gone.cancel()
        if not work.done():
            stop()
            work.cancel()
            work.add_done_callback(_unheard)


def _unheard(work: asyncio.Future[T]) -> None:
    # What comes of it is nobody's any more; asyncio would complain that nobody looked.
    if not work.cancelled():
        work.exception()


async def _gone(request: Request) -> None:
    """Returns when the client has hung up; its request is read by then."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
