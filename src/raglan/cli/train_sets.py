"""The labelled sets that ``raglan train`` is given, and what of each is held out."""

from __future__ import annotations

import random
from argparse import Namespace
from pathlib import Path

from raglan.cli.render import warn
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, split
from raglan.errors import ConfigError, DataError

__all__ = ["all_loaded", "halves", "loaded"]

_HELD_OUT = 0.2


def loaded(args: Namespace, path: Path) -> Dataset:
    """The set at ``path``; malformed rows are told and left out."""
    problems: list[DataError] = []
    data = load(path, args.form, bad=problems.append)
    if problems:
        warn(f"{data.name}: {len(problems)} malformed rows left out; the first: {problems[0]}")
    return data


def all_loaded(args: Namespace) -> list[Dataset]:
    """All sets that were named. Raises :class:`ConfigError` for two of one name."""
    found: dict[str, Dataset] = {}
    for path in args.data:
        data = loaded(args, path)
        if data.name in found:
            raise ConfigError(f"{path} is the second set called {data.name!r}; rename it, or name each set once")
        found[data.name] = data
    return list(found.values())


def halves(args: Namespace, data: Dataset) -> tuple[Dataset, Dataset]:
    """What is learned from and what is held out, a fifth of the documents; of each at most ``--limit`` questions."""
    first, second = split(data, share=1 - _HELD_OUT, seed=args.seed)
    return _limited(first, args), _limited(second, args)


def _limited(data: Dataset, args: Namespace) -> Dataset:
    if args.limit is None or args.limit >= len(data.examples):
        return data
    # Drawn, for rows that stand together are about the same.
    places = random.Random(args.seed).sample(range(len(data.examples)), args.limit)  # noqa: S311 (no secret)
    return chosen(data, sorted(places))
