"""How much one caller may take: requests a second, bytes of a body, seconds of a request.

Each is a bound on what the server is ready to lose to one caller, whether he means harm or has a loop in his program.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglan.serve.problems import problem

__all__ = ["BodyLimit", "RateLimit", "Rates", "Takes", "TimeLimit"]

_MOST = 10_000  # callers that are remembered
_LATE = "the server took longer than it may; ask for less, or try again"
Most = Callable[[Scope], int]


class Rates:
    """Token buckets by name: ``rate`` requests a second on average, ``burst`` at once. Usable from several threads.

    Of callers beyond ``most`` those that were silent longest are forgotten, and may start anew.
    """

    def __init__(
        self, rate: float, burst: int, *, clock: Callable[[], float] = time.monotonic, most: int = _MOST
    ) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError(f"rate is {rate} and burst {burst}; both must be above 0")
        self._rate, self._burst, self._clock, self._most = rate, burst, clock, most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, name: str) -> float:
        """One request of ``name``: 0 if it is let in, else after how many seconds it would be."""
        with self._guard:
            now = self._clock()
            left, since = self._buckets.pop(name, (float(self._burst), now))
            left = min(self._burst, left + (now - since) * self._rate)
            wait = max(0.0, (1 - left) / self._rate)
            self._buckets[name] = (left if wait else left - 1, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return wait


class Takes(Protocol):
    """What counts requests by name, as :class:`Rates` does."""

    def take(self, name: str) -> float:
        """One request of ``name``: 0 if it is let in, else after how many seconds it would be."""


class RateLimit:
    """An ASGI application around another, that lets so many requests a second in from each address; ``free`` paths all."""

    def __init__(
        self, application: ASGIApp, rates: Takes, *, free: frozenset[str] = frozenset({"/healthz", "/readyz"})
    ) -> None:
        self._application, self._rates, self._free = application, rates, free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say when to come again."""
        if scope["type"] == "http" and scope["path"] not in self._free:
            wait = self._rates.take((scope.get("client") or ("",))[0])
            if wait:
                after = {"Retry-After": str(max(1, math.ceil(wait)))}
                await problem(429, "rate", f"too many requests; try again in {after['Retry-After']} s", after)(
                    scope, receive, send
                )
                return
        await self._application(scope, receive, send)


class BodyLimit:
    """An ASGI application around another, which no body reaches that has more bytes than ``most`` allows a request.

    A body is counted while it comes: the rest of one that is too long is not read.
    """

    def __init__(self, application: ASGIApp, most: Most) -> None:
        self._application, self._most = application, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say that its body is too long."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most, said = self._most(scope), headers.get("content-length", "")
        if said and "transfer-encoding" in headers:
            # Who stands before the server may go by the one, and the server by the other.
            told = "a body has Content-Length or Transfer-Encoding, not both"
            await problem(400, "not_understood", told, {"Connection": "close"})(scope, receive, send)
            return
        if said and not (said.isascii() and said.isdigit()):
            await problem(400, "not_understood", "Content-Length must be a number of bytes")(scope, receive, send)
            return
        counted = _Counted(receive, send, most)
        if not said or int(said) <= most:
            try:
                await self._application(scope, counted.receive, counted.send)
            except Exception:
                # It may well fail where its caller seems to have gone.
                if not counted.over:
                    raise
            if not counted.over:
                return
        if not counted.begun:
            told = f"the body has more than {most:,} bytes; send less at a time"
            # What is left of the body is never read: nothing else can come on this connection.
            await problem(413, "too_large", told, {"Connection": "close"})(scope, receive, send)


class _Counted:
    """A body as it comes: once it is too long, the application is told that its caller has gone, and heard no more."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._left = receive, send, most
        self.begun = False

    @property
    def over(self) -> bool:
        return self._left < 0

    async def receive(self) -> Message:
        if self.over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.over else message

    async def send(self, message: Message) -> None:
        if self.over and not self.begun:
            return
        self.begun = True
        await self._send(message)


class TimeLimit:
    """An ASGI application around another, whose replies begin in ``first`` seconds and end in ``last``.

    The time runs while a body comes, so that nobody holds a place by sending it drop by drop.
    """

    def __init__(self, application: ASGIApp, *, first: Callable[[Scope], float], last: float) -> None:
        self._application, self._first, self._last = application, first, last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or break off."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        begun, end = False, asyncio.get_running_loop().time() + self._last

        async def told(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                limit.reschedule(end)
            await send(message)

        try:
            async with asyncio.timeout(self._first(scope)) as limit:
                await self._application(scope, receive, told)
        except TimeoutError:
            if not limit.expired():
                raise
            # Of a reply that has begun the rest is missing, which the connection's end tells.
            if not begun:
                await problem(503, "late", _LATE, {"Retry-After": "5"})(scope, receive, send)
