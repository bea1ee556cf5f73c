"""What every reply tells a browser not to do, and which browsers' requests are not answered.

A page of another site can make a visitor's browser send requests to a server on the visitor's machine, or, by a name that
it lets point there, even read the replies (DNS rebinding). So the ``Host`` must be one of those that the server is known
by, and a request that a browser sends for another site is refused, unless that site was named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglan.serve.addresses import is_own
from raglan.serve.problems import problem

__all__ = ["POLICY", "OwnSite", "SafeHeaders"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What probes ask for, by whatever address they have; it tells nothing.
_PROBES = frozenset({"/healthz", "/readyz"})
_FOREIGN = frozenset({"cross-site", "same-site"})


class SafeHeaders:
    """An ASGI application around another, whose replies carry the headers that keep browsers out of mischief.

    What does not say how long it may be kept is not kept at all.
    """

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._application(scope, receive, told)


class OwnSite:
    """An ASGI application around another, which answers what is asked of it under its own name, by its own page.

    ``hosts`` are the names that it has, without ports; ``None`` for any. ``origins`` are other sites whose pages may ask:
    ``https://intranet.example``.
    """

    def __init__(
        self, application: ASGIApp, *, hosts: Collection[str] | None = None, origins: Collection[str] = ()
    ) -> None:
        self._application = application
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in _PROBES:
            headers = Headers(scope=scope)
            if not self._is_called(_host(headers.get("host", ""))):
                told = "the server is not known by this name; --allow-host NAME makes it so"
                await problem(421, "host", told)(scope, receive, send)
                return
            if self._is_foreign(scope, headers):
                told = "requests from pages of other sites are not answered; --allow-origin SITE makes an exception"
                await problem(403, "origin", told)(scope, receive, send)
                return
        await self._application(scope, receive, send)

    def _is_called(self, host: str) -> bool:
        return self._hosts is None or host in self._hosts or ("localhost" in self._hosts and is_own(host))

    def _is_foreign(self, scope: Scope, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin not in self._origins and not self._is_own(origin, headers)
        # To follow a link to the page is fine from anywhere.
        opens = scope["method"] == "GET" and scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
        return headers.get("sec-fetch-site") in _FOREIGN and not opens

    def _is_own(self, origin: str, headers: Headers) -> bool:
        try:
            site = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        # A proxy may ask under another name than the browser did.
        return site == headers.get("host", "").lower() or (self._hosts is not None and _host(site) in self._hosts)


def _host(header: str) -> str:
    """The name in a ``Host`` header, without its port.

    >>> _host("LOCALHOST:8080"), _host("[::1]:80"), _host("a:b:c")
    ('localhost', '::1', '')
    """
    try:
        found = urlsplit(f"//{header}")
        sane = "@" not in header and found.port != 0
    except ValueError:
        return ""
    return (found.hostname or "") if sane else ""
