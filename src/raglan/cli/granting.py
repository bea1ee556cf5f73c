"""``raglan index --access``: who may see what is read, granted before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from raglan.build.roots import names_at
from raglan.cli.render import warn
from raglan.serve.keys import group_names
from raglan.store.access import grant, grants
from raglan.store.store import Store

__all__ = ["granted", "groups_given"]


def groups_given(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """The groups that options name, each one or several with commas; none for everybody, ``None`` where nothing was said.

    Raises :class:`raglan.errors.ConfigError` for what is no name of a group.

    >>> groups_given(["hr, legal", "hr"]), groups_given([""]), groups_given(None)
    (('hr', 'legal'), (), None)
    """
    if given is None:
        return None
    return group_names(name.strip() for one in given for name in one.split(",") if name.strip())


def granted(store: Store, path: Path, groups: tuple[str, ...] | None) -> None:
    """Let ``groups`` alone see what lies, and will lie, at ``path``; with ``None`` everything stays as it is.

    Said again, it changes nothing: a grant gives all passages new keys.
    """
    first, *others = names_at(store, path)
    known = grants(store)
    if groups is None:
        _tell(known, first, path)
        return
    for name in (first, *others):
        if known.get(name) != groups:
            grant(store, name, groups)


def _tell(known: dict[str, tuple[str, ...]], name: str, path: Path) -> None:
    """A folder was granted when it was the first; that what comes beside it is for the same people may surprise."""
    rest = known.get("", ())
    if rest and name not in known:
        warn(
            f"{path}: seen by {', '.join(rest)}, as all that is not granted otherwise; --access '' shows it to everybody"
        )
