"""Is everything in place? Versions, shipped weights, and, for a store, whether its parts agree."""

from __future__ import annotations

import platform
from argparse import Namespace
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from raglan.build.parts import Library, library
from raglan.build.place import is_store
from raglan.cli.render import print_json
from raglan.errors import ModelError, RaglanError, StoreError
from raglan.models.shipped import SHIPPED, shipped

__all__ = ["doctor"]

Finding = tuple[bool, str, str]


def doctor(args: Namespace) -> int:
    """Print one line a check; 1 if any failed."""
    findings = [*_packages(), *_weights(), *(_store(args.path) if args.path else [])]
    if args.json:
        print_json({"checks": [{"ok": ok, "check": what, "finding": said} for ok, what, said in findings]})
    else:
        for ok, what, said in findings:
            print(f"{'ok  ' if ok else 'FAIL'}  {what}: {said}")
    return 0 if all(ok for ok, _, _ in findings) else 1


def _packages() -> list[Finding]:
    found: list[Finding] = [
        (True, "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    ]
    for line in requires("raglan") or []:
        name = line.partition(";")[0].split(">")[0].split("<")[0].split("=")[0].strip()
        if "extra ==" in line:
            continue
        try:
            found.append((True, name, version(name)))
        except PackageNotFoundError:
            found.append((False, name, "not installed; pip install --upgrade raglan brings it"))
    return found


def _weights() -> list[Finding]:
    found: list[Finding] = []
    for name in SHIPPED:
        try:
            found.append((True, name, f"{len(shipped(name)):,} bytes, as shipped"))
        except ModelError as error:
            found.append((False, name, str(error)))
    return found


def _store(path: Path) -> list[Finding]:
    place = path if is_store(path) else path / ".raglan"
    if not is_store(place):
        raise StoreError("is no store; name the folder that raglan index printed", path=str(path))
    try:
        made = library(place)
    except RaglanError as error:
        return [(False, "store", str(error))]
    try:
        return [_whole(made.store.rows("PRAGMA quick_check")), *_followers(made)]
    except RaglanError as error:
        return [(False, "store", str(error))]
    finally:
        made.close()


def _whole(rows: list[tuple[str]]) -> Finding:
    return rows == [("ok",)], "database", "; ".join(row[0] for row in rows)


def _followers(made: Library) -> list[Finding]:
    found: list[Finding] = [(True, "passages", f"{len(made.store)} in {len(made.store.documents())} documents")]
    if made.vectors is not None:
        found.append((True, "encoder", made.vectors.encoder.identity))
    for name, index in (("words", made.words), ("vectors", made.vectors)):
        if index is not None:
            index.follower.look()
            behind = index.follower.behind
            said = "up to date" if not behind else f"{behind} changes behind; raglan index brings it up to date"
            found.append((True, name, said))
    return found
