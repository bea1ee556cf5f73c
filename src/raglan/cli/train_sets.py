"""The labelled sets that ``raglan train`` is given, what of each is held out, and what their questions search in."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from raglan.build.parts import Library, library
from raglan.build.place import is_store, store_for
from raglan.cli.render import warn
from raglan.cli.terminal import Ticker
from raglan.config import Config, Spec
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, sampled, split
from raglan.errors import ConfigError, DataError
from raglan.store.adding import add_passages
from raglan.store.store import Store
from raglan.train.feedback import heard

__all__ = ["all_loaded", "configured", "halves", "limited", "loaded", "searchable", "sides"]

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


def all_loaded(args: Namespace, paths: Sequence[Path]) -> list[Dataset]:
    """The sets at ``paths``, in their order. Raises :class:`ConfigError` for two of one name."""
    found: dict[str, Dataset] = {}
    for path in paths:
        data = loaded(args, path)
        if data.name in found:
            raise ConfigError(f"{path} is the second set called {data.name!r}; rename it, or name each set once")
        found[data.name] = data
    return list(found.values())


def sides(args: Namespace) -> tuple[list[Dataset], list[Dataset]]:
    """The sets to learn from, and those to judge by: what ``--held`` names, or else a fifth of each, under its name.

    A question that is judged by is not learned from, whichever set it stands in too.
    """
    sets = all_loaded(args, args.data)
    if args.held:
        learn, held = ([limited(data, args) for data in some] for some in (sets, all_loaded(args, args.held)))
    else:
        parts = [(data.name, halves(args, data)) for data in sets]
        learn, held = ([replace(pair[side], name=name) for name, pair in parts] for side in (0, 1))
    asked = {one.query.text.strip() for data in held for one in data.examples}
    return [_without(data, asked) for data in learn], held


def _without(data: Dataset, asked: set[str]) -> Dataset:
    places = [at for at, one in enumerate(data.examples) if one.query.text.strip() not in asked]
    if len(places) < len(data.examples):
        count = len(data.examples) - len(places)
        warn(f"{data.name}: left out: {count} questions that are held out to judge by")
    return chosen(data, places)


def halves(args: Namespace, data: Dataset) -> tuple[Dataset, Dataset]:
    """What is learned from and what is held out, a fifth of the documents; of each at most ``--limit`` questions."""
    first, second = split(data, share=1 - _HELD_OUT, seed=args.seed)
    return limited(first, args), limited(second, args)


def limited(data: Dataset, args: Namespace) -> Dataset:
    """At most ``--limit`` of its questions."""
    return data if args.limit is None else sampled(data, args.limit, args.seed)


def configured(args: Namespace) -> Config:
    """The configuration that is named, with the encoder that is named."""
    config = Config.read(args.config) if args.config else Config()
    return config.using("encoder", Spec(args.encoder)) if args.encoder else config


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
