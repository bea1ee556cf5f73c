"""Parts by name, through the entry points that built-in parts and a stranger's plugins share.

A group is a kind of part (``raglan.encoder``), an entry a name in it; its constructor's signature says which options it
takes, and nothing else does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from raglan.errors import ConfigError

__all__ = ["factory", "make", "names"]


@cache
def _found(kind: str) -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"raglan.{kind}")}


def names(kind: str) -> list[str]:
    """The names of all parts of a kind, ours and those of plugins."""
    return sorted(_found(kind))


def factory(kind: str, name: str) -> Callable[..., Any]:
    """What makes the part ``name`` of a kind.

    >>> factory("encoder", "hashin")
    Traceback (most recent call last):
    raglan.errors.ConfigError: no encoder is called 'hashin'; did you mean 'hashing'?
    """
    entry = _found(kind).get(name)
    if entry is None:
        raise ConfigError(f"no {kind} is called {name!r}{_meant(name, names(kind))}")
    found: Callable[..., Any] = entry.load()
    return found


def make(kind: str, name: str, options: Mapping[str, Any], parts: Mapping[str, Any] | None = None) -> Any:
    """The part ``name`` of a kind with these ``options``; of ``parts`` it gets those that its signature asks for.

    >>> make("encoder", "hashing", {"dims": 64})
    Traceback (most recent call last):
    raglan.errors.ConfigError: encoder 'hashing' has no option 'dims'; did you mean 'dim'?
    """
    made_by = factory(kind, name)
    takes = inspect.signature(made_by).parameters
    for option in options:
        if option not in takes:
            raise ConfigError(f"{kind} {name!r} has no option {option!r}{_meant(option, list(takes))}")
    given = {part: value for part, value in (parts or {}).items() if part in takes and part not in options}
    try:
        return made_by(**given, **options)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{kind} {name!r} cannot be made of these options: {error}") from error


def _meant(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known)) or 'none'}"
