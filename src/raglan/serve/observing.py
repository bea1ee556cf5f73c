"""Every request counted, logged and traced, at one place around the application."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from raglan.serve.logs import REQUEST, note, request_id
from raglan.serve.metrics import Metrics
from raglan.serve.traces import Nothing, Tracer

__all__ = ["Observed", "Observer"]

_HEADER = b"x-request-id"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Observer:
    """Where it is told what a request took: the counters, and what keeps spans."""

    metrics: Metrics
    tracer: Tracer = field(default_factory=Nothing)

    def stages(self, seconds: Mapping[str, float]) -> None:
        """Keep spans of the stages of the request under way, in order, of which the last has just ended."""
        left = sum(seconds.values())
        for name, took in seconds.items():
            left -= took
            self.tracer.past(name, {"request": REQUEST.get()}, seconds=took, ago=left)


class Observed:
    """An ASGI application around another: request ids, counts, one log line and one span a request.

    ``X-Request-Id`` is taken from the client where it is sane, made otherwise, and is in every reply. The log tells the
    template of a route and never a path: ids of documents may be names of people. Those of ``quiet`` routes, which a probe
    asks for all the time, are not logged where they succeed.
    """

    def __init__(
        self,
        application: Application,
        observer: Observer,
        *,
        quiet: frozenset[str] = frozenset({"/healthz", "/metrics", "/readyz"}),
    ) -> None:
        self._application, self._observer, self._quiet = application, observer, quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        name = request_id(_wanted(scope))
        scope.setdefault("state", {})["request"] = name
        token = REQUEST.set(name)
        status, began = 500, time.perf_counter()

        async def told(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *(pair for pair in message.get("headers", ()) if pair[0].lower() != _HEADER),
                    (_HEADER, name.encode()),
                ]
            await send(message)

        try:
            with self._observer.metrics.running(), self._observer.tracer.span("request", {"request": name}):
                await self._application(scope, receive, told)
        finally:
            self._done(scope, status, time.perf_counter() - began)
            REQUEST.reset(token)

    def _done(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _template(scope), str(scope["method"])
        self._observer.metrics.request(route, method, status, seconds)
        if route in self._quiet and status < 400:
            return
        line: Mapping[str, str | int | float] = {
            "route": route or "none", "method": method, "status": status, "seconds": round(seconds, 6)
        }  # fmt: skip
        note("request", line)


def _wanted(scope: Scope) -> str:
    for header, value in scope["headers"]:
        if header.lower() == _HEADER:
            return bytes(value).decode("latin-1")
    return ""


def _template(scope: Scope) -> str:
    """The path of the route that matched, as it was declared; empty if none did."""
    return str(getattr(scope.get("route"), "path", "") or "")
