"""What stands before every request: its size, its time, its rate, the site that it comes from; and what is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Scope

from raglan.serve.audit import Audit, Audited
from raglan.serve.headers import OwnSite, SafeHeaders
from raglan.serve.limits import BodyLimit, RateLimit, Rates, TimeLimit

__all__ = ["Guard", "guarded"]

_UPLOAD = "/v1/documents"
_HEADERS = ("Authorization", "Content-Type", "X-Request-Id")


@dataclass(frozen=True, slots=True)
class Guard:
    """What one caller may take, and by which names the server is called.

    ``rate`` requests a second, ``burst`` at once, hold for each key and for each address, in each worker process, once
    there is a key. ``body`` and ``upload`` are bytes: of any request, and of one that sends files. A reply begins after
    ``seconds`` at the latest, one to files after ``upload_seconds``, and any ends after ``last``. ``hosts`` and ``origins``
    are as :class:`OwnSite` has them.
    """

    hosts: frozenset[str] | None = frozenset({"localhost"})
    origins: tuple[str, ...] = ()
    rate: float = 50.0
    burst: int = 200
    body: int = 4 << 20
    upload: int = 512 << 20
    seconds: float = 120.0
    upload_seconds: float = 900.0
    last: float = 900.0


def guarded(made: FastAPI, audit: Audit, guard: Guard, has_keys: Callable[[], bool]) -> None:
    """Put all that before ``made``; ``has_keys`` says whether a key was ever made."""
    made.state.rates = _Once(guard, has_keys)
    # The last to be added is the first to hear of a request.
    made.add_middleware(TimeLimit, first=partial(_seconds, guard), last=guard.last)
    made.add_middleware(BodyLimit, partial(_bytes, guard))
    made.add_middleware(RateLimit, _Once(guard, has_keys))
    made.add_middleware(Audited, audit)
    if guard.origins:
        made.add_middleware(
            CORSMiddleware,
            allow_origins=guard.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=_HEADERS,
            expose_headers=["X-Request-Id", "Retry-After"],
        )
    made.add_middleware(OwnSite, hosts=guard.hosts, origins=guard.origins)
    made.add_middleware(SafeHeaders)


class _Once:
    """:class:`Rates` from the first key on: before that only this machine's user asks."""

    def __init__(self, guard: Guard, has_keys: Callable[[], bool]) -> None:
        self._rates, self._has_keys = Rates(guard.rate, guard.burst), has_keys
        self._on = False

    def take(self, name: str) -> float:
        """As that has it."""
        self._on = self._on or self._has_keys()
        return self._rates.take(name) if self._on else 0.0


def _sends_files(scope: Scope) -> bool:
    return bool(scope["method"] == "POST" and scope["path"] == _UPLOAD)


def _bytes(guard: Guard, scope: Scope) -> int:
    return guard.upload if _sends_files(scope) else guard.body


def _seconds(guard: Guard, scope: Scope) -> float:
    return guard.upload_seconds if _sends_files(scope) else guard.seconds
