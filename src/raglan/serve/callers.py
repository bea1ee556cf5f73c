"""Who asks, by the key that came with a request, and what that key may do."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from raglan.serve.keys import EVERY_GROUP, SCOPES, Key, Keys
from raglan.serve.limits import Takes
from raglan.serve.problems import Problem

__all__ = ["ANYBODY", "Admin", "Reads", "Unmasks", "Writes", "admitted", "caller", "key_of", "scoped", "sees_all"]

# Where no key was ever made, whoever reaches this machine's own address may do everything.
ANYBODY = Key("", SCOPES - {"unmask"}, frozenset({EVERY_GROUP}))
_BEARER = HTTPBearer(auto_error=False, description="a key that `raglan keys add` made")
_Given = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


def caller(request: Request, given: _Given) -> Key:  # noqa: ARG001  it is there for the OpenAPI document
    """The key of a request; raises as :func:`key_of` does."""
    key = key_of(request.app.state.keys, request.headers.get("authorization"))
    request.state.key = key
    admitted(request.app.state.rates, key)
    return key


def admitted(rates: Takes, key: Key) -> None:
    """Count a request of ``key``; raises :class:`Problem` 429 where there were too many lately."""
    if wait := rates.take(key.id):
        after = str(max(1, math.ceil(wait)))
        raise Problem(429, "rate", f"too many requests with this key; try again in {after} s", {"Retry-After": after})


def key_of(keys: Keys, authorization: str | None) -> Key:
    """The key in a header. Raises :class:`Problem` 401 where one is needed and none that is good was given."""
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and (key := keys.check(secret.strip())):
        return key
    # Clients of other servers send a key whether one is needed or not.
    if not keys.guarded:
        return ANYBODY
    raise Problem(401, "no_key", "send Authorization: Bearer KEY with a key that is known here and not withdrawn")


def sees_all(keys: Keys, authorization: str | None) -> bool:
    """Whether who sends such a header may see every document; without a key that is known, only while none is needed."""
    try:
        return key_of(keys, authorization).sees_all
    except Problem:
        return False


def _scoped(scope: str) -> Callable[[Key], Awaitable[Key]]:
    # It only looks: a thread would cost more.
    async def needs(key: Annotated[Key, Depends(caller)]) -> Key:
        return scoped(key, scope)

    return needs


def scoped(key: Key, scope: str) -> Key:
    """``key``, if it has ``scope``; raises :class:`Problem` 403 if not."""
    if not key.may(scope):
        raise Problem(403, "scope", f"this key has no scope {scope!r}; ask whoever administers the server for one")
    return key


Reads = Annotated[Key, Depends(_scoped("read"))]
Writes = Annotated[Key, Depends(_scoped("write"))]
Admin = Annotated[Key, Depends(_scoped("admin"))]
Unmasks = Annotated[Key, Depends(_scoped("unmask"))]
