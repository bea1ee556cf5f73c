"""What was masked, sealed, so that who holds the key can turn tokens back.

A token is a tag and a keyed hash: equal data have equal tokens, and without the key nobody can try out which datum gives
which token. The vault is a file of its own beside the store: without it and its key, what the store holds stays masked.
"""

from __future__ import annotations

import base64
import hmac
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from raglan.errors import ConfigError, StoreError
from raglan.extras import need

__all__ = ["Vault", "key_of"]

_LEAST = 32  # characters of a key: 16 bytes as hexadecimal digits
_LENGTH = 10  # hexadecimal digits of a token: among a million data two share one in 1 of 2 000 vaults
_PATIENCE = 30.0
_TABLE = "CREATE TABLE IF NOT EXISTS kept (token TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID"
_PROOF = "key"  # whose sealed value tells whether a key is the right one; no token looks like it


def key_of(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The key of a vault from the environment variable ``name``; raises :class:`ConfigError` if it is not there or short."""
    key = (os.environ if environment is None else environment).get(name, "")
    if len(key) < _LEAST:
        state = f"has {len(key)} characters" if key else "is not set"
        raise ConfigError(
            f"the vault's key, environment variable {name}, {state}; make one of {_LEAST} or more: openssl rand -hex 32"
        )
    return key


class Vault:
    """The sealed file at ``path``, or in memory for ``None``. Needs the extra ``privacy``. Usable from several threads.

    Raises :class:`ConfigError` for another key than the one that the file was made with.
    """

    def __init__(self, path: Path | None, key: str) -> None:
        fernet = need("cryptography.fernet", "privacy")
        self._wrong: type[Exception] = fernet.InvalidToken
        self._key = _derived(key, b"raglan vault: tokens")
        self._seal = fernet.Fernet(base64.urlsafe_b64encode(_derived(key, b"raglan vault: seal")))
        self._place = str(path or ":memory:")
        self._guard = threading.Lock()
        if path is not None:
            path.touch(mode=0o600, exist_ok=True)
        try:
            self._database = sqlite3.connect(
                self._place, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._database.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"cannot be opened as a vault ({error})", path=self._place) from error
        self._prove()

    def _prove(self) -> None:
        with self._transaction():
            self._insert(_PROOF, _PROOF)
        try:
            self._opened(_PROOF)
        except self._wrong:
            raise ConfigError(f"{self._place}: the vault was sealed with another key; give that one") from None

    def keep(self, data: Sequence[tuple[str, str]]) -> list[str]:
        """Tokens for data, each with its tag, and the data sealed under them, durably and all at once."""
        if not data:
            return []
        with self._transaction():
            return [self._kept(tag, value) for tag, value in data]

    def open(self, tokens: Sequence[str]) -> dict[str, str]:
        """What tokens stand for; those that are not of this vault are left out."""
        with self._guard:
            opened = {token: self._opened(token) for token in dict.fromkeys(tokens) if token != _PROOF}
        return {token: value for token, value in opened.items() if value is not None}

    def _kept(self, tag: str, value: str) -> str:
        mark = hmac.new(self._key, f"{tag}\0{value}".encode("utf-8", "surrogatepass"), sha256).hexdigest()
        # Of two data that share their first digits, the second gets a longer token.
        for length in range(_LENGTH, len(mark), 2):
            token = f"[{tag}-{mark[:length]}]"
            there = self._opened(token)
            if there is None:
                self._insert(token, value)
            if there in (None, value):
                return token
        raise StoreError(f"two data have the same token {mark}", path=self._place)

    def _insert(self, token: str, value: str) -> None:
        sealed = self._seal.encrypt(value.encode("utf-8", "surrogatepass"))
        self._database.execute("INSERT OR IGNORE INTO kept VALUES (?, ?)", [token, sealed])

    def _opened(self, token: str) -> str | None:
        row = self._database.execute("SELECT sealed FROM kept WHERE token = ?", [token]).fetchone()
        return self._seal.decrypt(row[0]).decode("utf-8", "surrogatepass") if row else None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guard:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield
                self._database.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError(f"the vault cannot be written ({error})", path=self._place) from error
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            self._database.close()


def _derived(key: str, purpose: bytes) -> bytes:
    return hmac.new(key.encode(), purpose, sha256).digest()
