"""One POST to a chat server over the standard library: bounded in time and size, verified, tried again when busy.

Proxy settings of the environment are not used and redirects are not followed, so that a key goes to the host that was
named and to no other.
"""

from __future__ import annotations

import io
import json
import os
import re
import ssl
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

from raglan.errors import ConfigError
from raglan.generate.trouble import refused, spoiled, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from socket import socket
    from urllib.parse import SplitResult

    from _typeshed import WriteableBuffer

__all__ = ["Server"]

LIMIT = 8_000_000
_ENDPOINT = "/chat/completions"
_LONGEST_WAIT = 30.0
_SECONDS = re.compile(r"\d{1,9}(?:\.\d+)?")


class Server:
    """Where a chat server is, how its key is found, and how long to wait for it.

    ``timeout`` bounds one try: connecting, sending, and all reads together; looking up the host name comes on top. Only
    429 and 5xx are tried again, ``retries`` times, after what ``Retry-After`` asks for (30 seconds at most) or 0.5, 1,
    2 ... seconds. The key is read from the environment variable ``key_env`` at each call and is kept nowhere.
    """

    def __init__(
        self, base_url: str, *, key_env: str, timeout: float, retries: int, sleep: Callable[[float], None]
    ) -> None:
        parts, self._port = _checked(base_url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._path = quote(parts.path.rstrip("/").removesuffix(_ENDPOINT) + _ENDPOINT, safe="/%:@!$&'()*+,;=~")
        self._query = f"?{parts.query}" if parts.query else ""
        self.name = f"{parts.scheme}://{parts.netloc}{self._path}"
        self._key_env = key_env
        self._timeout = timeout
        self._retries = retries
        self._sleep = sleep

    @contextmanager
    def post(self, payload: Mapping[str, Any]) -> Iterator[HTTPResponse]:
        """The response to ``payload``, with status 200, open for :meth:`read` or :meth:`lines`."""
        body, key = json.dumps(payload).encode(), self._key()
        for attempt in range(self._retries + 1):
            with closing(self._connection()) as connection, closing(self._sent(connection, body, key)) as response:
                with self._named():
                    response.begin()
                if response.status == 200:
                    yield response
                    return
                said = self.read(response).replace(key.encode() or b"\0", b"***")
                wait = _wait(response.getheader("Retry-After", ""), attempt)
            if attempt == self._retries or not (response.status == 429 or response.status >= 500):
                raise refused(self.name, response.status, said, model=str(payload["model"]), key_env=self._key_env)
            self._sleep(wait)

    def read(self, response: HTTPResponse) -> bytes:
        """The whole body."""
        with self._named():
            body = response.read(LIMIT + 1)
        if response.length and len(body) <= LIMIT:
            raise spoiled(self.name, "the connection ended in the middle of the answer", "try again")
        return self._bounded(body, len(body))

    def lines(self, response: HTTPResponse) -> Iterator[bytes]:
        """The body line by line, as it comes."""
        total = 0
        while True:
            with self._named():
                line = response.readline(LIMIT + 1)
            total += len(line)
            if not line:
                return
            yield self._bounded(line, total)

    def _bounded(self, body: bytes, total: int) -> bytes:
        if total > LIMIT:
            raise spoiled(self.name, f"the answer is larger than {LIMIT:,} bytes")
        return body

    def _connection(self) -> HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=self._timeout, context=context)
        return HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _sent(self, connection: HTTPConnection, body: bytes, key: str) -> HTTPResponse:
        headers = {"Content-Type": "application/json", "User-Agent": "raglan"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        began = time.monotonic()
        with self._named():
            connection.request("POST", self._path + self._query, body, headers)
        # HTTPConnection.getresponse would grant each read the whole time-out anew: a trickle could last for ever.
        patient = _Patient(connection.sock, self._timeout - (time.monotonic() - began))
        return HTTPResponse(cast("socket", patient), method="POST")

    def _key(self) -> str:
        if not self._key_env:
            return ""
        key = os.environ.get(self._key_env, "").strip()
        if not key:
            raise ConfigError(f"the environment variable {self._key_env}, which should hold the key, is not set")
        if not (key.isascii() and key.isprintable()):
            raise ConfigError(f"the environment variable {self._key_env} holds characters that no key has")
        return key

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPException) as error:
            raise unreachable(self.name, error, timeout=self._timeout) from error


class _Patient:
    """A socket, as far as a response needs one, whose reads together wait no longer than ``left`` seconds."""

    def __init__(self, sock: socket, left: float) -> None:
        self._sock = sock
        self._left = left

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Reads(self._sock, self._left))


class _Reads(io.RawIOBase):
    def __init__(self, sock: socket, left: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        if self._left <= 0:
            raise TimeoutError
        self._sock.settimeout(self._left)
        began = time.monotonic()
        count = self._raw.readinto(buffer)
        # Only waiting counts: whoever shows a stream may take their time between two pieces.
        self._left -= time.monotonic() - began
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _checked(base_url: str) -> tuple[SplitResult, int | None]:
    if "@" in base_url.partition("://")[2].partition("/")[0]:
        raise ConfigError("base_url must not hold a name or password; name the variable that holds the key in key_env")
    try:
        parts, port = _split(base_url)
    except ValueError as error:
        raise ConfigError(f"base_url {base_url!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not base_url.isprintable() or " " in base_url:
        raise ConfigError(f"base_url {base_url!r} is no address; it looks like https://api.example.org/v1")
    return parts, port


def _split(url: str) -> tuple[SplitResult, int | None]:
    parts = urlsplit(url)
    (parts.hostname or "").encode("idna")  # what connecting would stumble over
    return parts, parts.port


def _wait(asked: str, attempt: int) -> float:
    wait = float(asked) if _SECONDS.fullmatch(asked.strip()) else 0.5 * 2.0**attempt
    return min(wait, _LONGEST_WAIT)
