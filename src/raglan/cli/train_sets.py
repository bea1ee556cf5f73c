"""The labelled sets that ``raglan train`` is given, what of each is held out, and what their questions search in."""

from __future__ import annotations

import random
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from raglan.build.parts import Library, library
from raglan.build.place import is_store, store_for
from raglan.cli.encoder import encoder_spec
from raglan.cli.render import warn
from raglan.cli.terminal import Ticker
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, split
from raglan.errors import ConfigError, DataError
from raglan.store.adding import add_passages
from raglan.store.store import Store
from raglan.train.feedback import heard

__all__ = ["all_loaded", "configured", "halves", "limited", "loaded", "searchable"]

_HELD_OUT = 0.2


def loaded(args: Namespace, path: Path) -> Dataset:
    """The set at ``path``, or what people said of the answers of a store; malformed rows are told and left out."""
    if is_store(path):
        return _heard(path)
    problems: list[DataError] = []
    try:
        data = load(path, args.form, bad=problems.append)
    except DataError as error:
        store = store_for(path) if path.is_dir() else path
        if not is_store(store):
            raise
        told = f"holds no labelled set; to learn from what was said of answers, name its store: {store}"
        raise DataError(told, place=str(path)) from error
    if problems:
        warn(f"{data.name}: {len(problems)} malformed rows left out; the first: {problems[0]}")
    return data


def _heard(path: Path) -> Dataset:
    folder = path.resolve()
    name = folder.parent.name if folder.name.startswith(".raglan") else folder.name
    with closing(Store(path)) as store:
        found = heard(store, name=f"{name}/feedback")
    told = [f"{count} {why}" for why, count in found.left.items()]
    if not found.data.examples:
        why = ", ".join(told) or "nobody has said anything of an answer yet"
        raise DataError(f"holds no feedback that something could be learned from ({why})", place=str(path))
    for one in told:
        warn(f"{found.data.name}: left out: {one}")
    return found.data


def all_loaded(args: Namespace) -> list[Dataset]:
    """All sets that were named, in their order. Raises :class:`ConfigError` for two of one name."""
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
    return limited(first, args), limited(second, args)


def limited(data: Dataset, args: Namespace) -> Dataset:
    """At most ``--limit`` of its questions."""
    if args.limit is None or args.limit >= len(data.examples):
        return data
    # Drawn, for rows that stand together are about the same.
    places = random.Random(args.seed).sample(range(len(data.examples)), args.limit)  # noqa: S311 (no secret)
    return chosen(data, sorted(places))


def configured(args: Namespace) -> Config:
    """The configuration that is named, with the encoder that is named."""
    config = Config.read(args.config) if args.config else Config()
    return config.using("encoder", encoder_spec(args.encoder)) if args.encoder else config


def searchable(args: Namespace, path: Path, data: Dataset, config: Config, ticker: Ticker) -> Library:
    """The library that the questions of ``data`` search, encoded: the store at ``path``, or one of its passages.

    The latter lies in memory or, with ``--work``, in a folder. A store keeps the encoder that it has.
    """
    mine = is_store(path)
    work = args.work / data.name.replace("/", "-") if args.work else None
    made = library(path if mine else work, config)
    try:
        if not mine:
            add_passages(made.store, data.passages)
        made.words.follower.refresh()
        made.encode(ticker, adopt=not (mine or args.encoder))
    except BaseException:
        made.close()
        raise
    return made
