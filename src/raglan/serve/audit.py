"""Who read and changed what: a log that is only ever added to, for whoever has to answer for it later.

A line is a JSON object: when, which key, from where, what was done, to which documents, with what result. It holds no text
of a document, no question and no name of a file that does not exist. The files, one a month, lie in ``audit`` in the store's
folder; they may be moved away, and made append-only by the file system.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglan.serve.keys import Key

__all__ = ["Audit", "Audited", "Record", "touched"]

_LONGEST = 500  # characters of one id of a document
_MOST = 1_000  # documents in one line
_BLOCK = 1 << 16
# Of these nothing can be told that anybody would have to answer for.
_QUIET = frozenset({"/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/about", "/v1/models", ""})


@dataclass(frozen=True, slots=True)
class Record:
    """One line: ``at`` is ISO 8601, ``did`` the method and the template of the route, ``documents`` are ids."""

    at: str
    key: str
    name: str
    address: str
    did: str
    status: int
    request: str = ""
    documents: tuple[str, ...] = ()


class Audit:
    """The log of the store in ``folder``. Several processes may add to it at once."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder / "audit", clock

    def now(self) -> str:
        """The time as a record has it."""
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")

    def add(self, record: Record, *, durable: bool) -> None:
        """Keep a record; with ``durable`` it is on the disk when this returns."""
        line = json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        self._folder.mkdir(exist_ok=True)
        # One call to the system for a whole line: lines of several processes never mix.
        file = os.open(self._folder / f"{record.at[:7]}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
            if durable:
                os.fsync(file)
        finally:
            os.close(file)

    def last(self, count: int) -> list[Record]:
        """The ``count`` last records, newest first."""
        found: list[Record] = []
        places = sorted(self._folder.glob("*.jsonl"), reverse=True) if count > 0 else []
        for place in places:
            for line in _backwards(place):
                with suppress(ValueError, TypeError):
                    one = json.loads(line)
                    found.append(Record(**{**one, "documents": tuple(one["documents"])}))
                if len(found) == count:
                    return found
        return found


class Audited:
    """An ASGI application around another, that keeps a record of every request but those for nothing that matters.

    What a request changed is on record before its reply is sent.
    """

    def __init__(self, application: ASGIApp, audit: Audit) -> None:
        self._application, self._audit = application, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        status, kept, at = 0, False, self._audit.now()

        async def told(message: Message) -> None:
            nonlocal status, kept
            if message["type"] == "http.response.start":
                status = message["status"]
                if _changes(scope):
                    await run_in_threadpool(self._keep, scope, state, status, at)
                    kept = True
            await send(message)

        try:
            await self._application(scope, receive, told)
        finally:
            if not kept:
                self._keep(scope, state, status, at)

    def _keep(self, scope: Scope, state: dict[str, Any], status: int, at: str) -> None:
        route = str(getattr(scope.get("route"), "path", "") or "")
        if route in _QUIET or route.startswith("/static"):
            return
        key: Key | None = state.get("key")
        record = Record(
            at,
            key.id if key else "",
            key.name if key else "",
            str((scope.get("client") or ("",))[0]),
            f"{scope['method']} {route}",
            status,
            str(state.get("request", "")),
            _ids(state, scope, status),
        )
        self._audit.add(record, durable=_changes(scope))


def touched(state: Any, documents: Iterable[str]) -> None:
    """Say in a request's ``state`` which documents, by id, its reply tells of or its work changed."""
    known = getattr(state, "documents", ())
    state.documents = tuple(dict.fromkeys([*known, *documents]))


def _changes(scope: Scope) -> bool:
    return scope["method"] in {"PUT", "DELETE", "PATCH"} or (
        scope["method"] == "POST" and scope["path"] in {"/v1/documents", "/v1/feedback"}
    )


def _ids(state: dict[str, Any], scope: Scope, status: int) -> tuple[str, ...]:
    # A name that was asked for and is not there is not a document.
    named = scope.get("path_params", {}).get("name") if 200 <= status < 300 else None
    every = dict.fromkeys([*([str(named)] if named else []), *state.get("documents", ())])
    return tuple(one[:_LONGEST] for one in every)[:_MOST]


def _backwards(place: Path) -> Iterator[bytes]:
    """The lines of a file, last first."""
    with place.open("rb") as file:
        at, rest = file.seek(0, os.SEEK_END), b""
        while at > 0:
            size = min(_BLOCK, at)
            at -= size
            file.seek(at)
            rest, *lines = (file.read(size) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line)
        if rest:
            yield rest
