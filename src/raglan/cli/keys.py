"""``raglan keys``: who may ask a server, and whose documents they see."""

from __future__ import annotations

import time
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from raglan.build.place import is_store, store_for
from raglan.cli.render import print_json, warn
from raglan.errors import ConfigError, RaglanError
from raglan.serve.access import prune
from raglan.serve.keys import Key, Keys

__all__ = ["keys"]

_DAY = 24 * 3600


def keys(args: Namespace) -> int:
    """Make, list or withdraw keys."""
    known = Keys(_store(args.path))
    try:
        if args.what == "list":
            _list(known, as_json=args.json)
        elif not args.name:
            raise ConfigError(f"raglan keys {args.what} needs the name of the key: raglan keys {args.what} STORE NAME")
        elif args.what == "add":
            _add(known, args)
        elif not known.revoke(args.name):
            raise RaglanError(f"there is no key {args.name!r} that opens anything; raglan keys list names them")
        else:
            prune(_store(args.path), known, time.time())
    finally:
        known.close()
    return 0


def _store(path: Path) -> Path:
    place = store_for(path)
    if not is_store(place):
        raise ConfigError(f"{path} has no store yet; raglan index makes one")
    return place


def _add(known: Keys, args: Namespace) -> None:
    expires = time.time() + args.days * _DAY if args.days else None
    key, secret = known.add(args.name, args.scope or ["read"], args.group, expires=expires)
    if args.json:
        print_json({**_object(key), "key": secret})
        return
    warn("the key is shown this once and cannot be shown again")
    print(secret)


def _list(known: Keys, *, as_json: bool) -> None:
    found = known.all()
    if as_json:
        print_json({"keys": [_object(key) for key in found]})
        return
    for key in found:
        groups = ", ".join(sorted(key.groups)) or "-"
        state = "" if key.alive(time.time()) else "  (opens nothing)"
        print(f"{key.id}  {key.name}  scopes: {', '.join(sorted(key.scopes))}  groups: {groups}{state}")


def _object(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "groups": sorted(key.groups),
        "created": _when(key.created),
        "expires": _when(key.expires),
        "used": _when(key.used),
        "revoked": _when(key.revoked),
    }


def _when(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None
