"""API keys: who may ask, write and administer, and which groups' documents each may see.

They stand in ``serve.sqlite`` in the store's folder, each as a hash only. A key is 32 bytes of chance, so that a plain hash
is enough; it is shown once, when it is made, and cannot be shown again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from raglan.errors import ConfigError, StoreError

__all__ = ["DATABASE", "EVERY_GROUP", "GROUP_PATTERN", "SCOPES", "Key", "Keys", "group_names"]

DATABASE = "serve.sqlite"
SCOPES = frozenset({"read", "write", "admin", "unmask"})
EVERY_GROUP = "*"
_SIGNS, _LONG = "._@:/-", 64  # that a group's name may have beside letters, marks and digits; characters of one
# The same for the OpenAPI document.
GROUP_PATTERN = r"(?:\*|[\p{L}\p{M}\p{N}._@:/-]{1,64})"
_NAME = re.compile(r"[\w.@: -]{1,64}")
# The second part tells keys apart and is no secret; the third is.
_FORM = re.compile(r"rgl_([0-9a-f]{12})([A-Za-z0-9_-]{43})")
_Found = TypeVar("_Found")
_PATIENCE = 30.0  # seconds to wait for another process
_SEEN = 60.0  # seconds between two notes of when a key was last used
_TABLE = """
CREATE TABLE IF NOT EXISTS key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    groups TEXT NOT NULL,
    created REAL NOT NULL,
    expires REAL,
    used REAL,
    revoked REAL
) WITHOUT ROWID
"""
_ALL = "SELECT name, scopes, groups, id, created, expires, used, revoked, hash FROM key"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key but its secret. Times are seconds since 1970; ``expires``, ``used``, ``revoked`` may be none.

    ``id`` is the beginning of the key, which tells it apart and opens nothing.
    """

    name: str
    scopes: frozenset[str]
    groups: frozenset[str] = frozenset()
    id: str = ""
    created: float = 0.0
    expires: float | None = None
    used: float | None = None
    revoked: float | None = None

    def may(self, scope: str) -> bool:
        """Whether the key has a scope; ``admin`` has all but ``unmask``, which must be given by name."""
        return scope in self.scopes or ("admin" in self.scopes and scope != "unmask")

    @property
    def sees_all(self) -> bool:
        """Whether every document may be seen, whatever its groups."""
        return "admin" in self.scopes or EVERY_GROUP in self.groups

    def alive(self, now: float) -> bool:
        """Whether it opens anything at ``now``."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class Keys:
    """The keys of the store in ``folder``. Usable from several threads and processes; a revocation holds at once in all."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / DATABASE
        self._clock = clock
        self._guard = threading.Lock()
        # Made when the first key is: to look whether there are keys must leave no file behind.
        self._database: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        with self._guard:
            if self._database is not None:
                self._database.close()
            self._database = None

    @property
    def guarded(self) -> bool:
        """Whether a key was ever made: from then on nothing is open without one, even if all are revoked."""
        return bool(self._rows("SELECT 1 FROM key LIMIT 1"))

    def add(
        self, name: str, scopes: Iterable[str] = ("read",), groups: Iterable[str] = (), *, expires: float | None = None
    ) -> tuple[Key, str]:
        """A new key, and the secret to hand over; ``expires`` is in seconds since 1970.

        Raises :class:`ConfigError` for a name that is taken or has other characters than letters, digits, blanks and
        ``._@:-``, for scopes that there are none of, and for groups as :func:`group_names` does.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(f"the key's name {name!r} must be 1 to 64 letters, digits, blanks or ._@:-")
        key = Key(
            name, _scopes(scopes), frozenset(group_names(groups)), secrets.token_hex(6), self._clock(), expires=expires
        )
        secret = f"rgl_{key.id}{secrets.token_urlsafe(32)}"
        row = (key.id, name, _hashed(secret), _packed(key.scopes), _packed(key.groups), key.created, expires)
        statement = "INSERT INTO key(id, name, hash, scopes, groups, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)"
        try:
            self._run(statement, row, make=True)
        except sqlite3.IntegrityError:
            raise ConfigError(f"there is a key called {name!r} already; choose another name") from None
        return key, secret

    def check(self, secret: str) -> Key | None:
        """The key that ``secret`` is; ``None`` for one that is unknown, revoked or expired."""
        found = _FORM.fullmatch(secret)
        rows = self._rows(f"{_ALL} WHERE id = ?", found[1]) if found else []
        # A key that is not there takes as long as one that is.
        known = rows[0][-1] if rows else bytes(32)
        if not hmac.compare_digest(known, _hashed(secret)) or not rows:
            return None
        key, now = _key(rows[0]), self._clock()
        if not key.alive(now):
            return None
        self._note(key, now)
        return key

    def opens(self, key: Key) -> bool:
        """Whether ``key``, which opened something a moment ago, still does; so does who needed none."""
        if not key.id:
            return True
        rows = self._rows("SELECT revoked, expires FROM key WHERE id = ?", key.id)
        return bool(rows) and replace(key, revoked=rows[0][0], expires=rows[0][1]).alive(self._clock())

    def revoke(self, name: str) -> bool:
        """Let a key, by name or id, open nothing from now on; whether there was one that did."""
        statement = "UPDATE key SET revoked = ? WHERE (name = ? OR id = ?) AND revoked IS NULL"
        return self._run(statement, (self._clock(), name, name)) > 0

    def all(self) -> list[Key]:
        """Every key that was ever made, oldest first."""
        return [_key(row) for row in self._rows(f"{_ALL} ORDER BY created, name")]

    def _note(self, key: Key, now: float) -> None:
        # Not at every request: a server that only reads should not have to write.
        if key.used is None or now - key.used >= _SEEN:
            self._run("UPDATE key SET used = ? WHERE id = ?", (now, key.id))

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._guard:
            database = self._open(make=False)
            return self._tried(lambda: database.execute(statement, values).fetchall()) if database else []

    def _run(self, statement: str, values: Collection[object], *, make: bool = False) -> int:
        with self._guard:
            database = self._open(make=make)
            return self._tried(lambda: database.execute(statement, tuple(values)).rowcount) if database else 0

    def _open(self, *, make: bool) -> sqlite3.Connection | None:
        if self._database is None and (make or self._path.exists()):
            self._database = self._tried(lambda: _connected(self._path))
        return self._database

    def _tried(self, work: Callable[[], _Found]) -> _Found:
        try:
            return work()
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"the keys cannot be used ({error})", path=str(self._path)) from error


def group_names(groups: Iterable[str]) -> tuple[str, ...]:
    """``groups`` in order, each once. Raises :class:`ConfigError` for what is no name of a group.

    A name has 1 to 64 letters (of any language, with their marks), digits and ``._@:/-``; ``*`` alone means every group.

    >>> group_names(["hr", "研发", "hr", "विभाग"])
    ('hr', 'विभाग', '研发')
    """
    if isinstance(groups, str):
        groups = [groups]
    names = set()
    for name in groups:
        if name != EVERY_GROUP and not (0 < len(name) <= _LONG and all(map(_may_name, name))):
            raise ConfigError(f"the group {name[:80]!r} must be 1 to 64 letters, digits or ._@:/-")
        names.add(unicodedata.normalize("NFC", name))
    return tuple(sorted(names))


def _may_name(character: str) -> bool:
    kind = unicodedata.category(character)
    # A newer Unicode may have letters that this Python does not know yet.
    return character in _SIGNS or kind[0] in "LMN" or kind == "Cn"


def _scopes(scopes: Iterable[str]) -> frozenset[str]:
    found = frozenset(scopes)
    if not found or found - SCOPES:
        wrong = ", ".join(sorted(found - SCOPES)) or "none"
        raise ConfigError(f"scopes are {wrong}; there are {', '.join(sorted(SCOPES))}")
    return found


def _connected(path: Path) -> sqlite3.Connection:
    # Hashes are no secrets, but nobody else needs them.
    path.touch(mode=0o600)
    database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA synchronous=FULL")
        database.execute(_TABLE)
    except BaseException:
        database.close()
        raise
    return database


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _packed(names: Iterable[str]) -> str:
    return json.dumps(sorted(names), ensure_ascii=False)


def _key(row: Sequence[Any]) -> Key:
    name, scopes, groups, *rest = row[:-1]
    return Key(name, frozenset(json.loads(scopes)), frozenset(json.loads(groups)), *rest)
