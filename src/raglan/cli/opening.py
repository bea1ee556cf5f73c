"""The library that a command asks, and the question that it is asked."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from raglan.build.over import opened
from raglan.build.parts import Library
from raglan.build.place import store_for
from raglan.build.privacy import plain_roots
from raglan.build.sync import Skipped
from raglan.cli.render import warn
from raglan.cli.terminal import Ticker
from raglan.config import Config, Spec
from raglan.errors import ConfigError, RaglanError
from raglan.types import Query

__all__ = ["asked", "configured", "ready", "tell_renewing", "tell_skipped"]


def asked(args: Namespace, text: str) -> Query:
    """The query of a command; raises :class:`ConfigError` for one without words and for filters that are none."""
    if not text.strip():
        raise ConfigError("the question is empty")
    where: dict[str, tuple[str, ...]] = {}
    for pair in args.where:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ConfigError(f"--where {pair!r} must be NAME=VALUE, for example file=manual.pdf")
        where[name] = (*where.get(name, ()), value)
    return Query(text, where=where)


def ready(args: Namespace) -> Library:
    """The library for a command that asks: in step with the folder, and encoded unless the user is in a hurry."""
    ticker = Ticker()
    place = args.store or store_for(args.path)
    made, report = opened(args.path, store=place, config=configured(args, place), watch=ticker)
    if report is not None:
        tell_skipped([one for one in report.skipped if one.new])
        known = sum(not one.new for one in report.skipped)
        if known:
            warn(f"skipped as before: {known}; raglan index {shlex.quote(str(args.path))} says which")
        if not len(made.store):
            raise RaglanError(f"{args.path}: no document could be read")
        tell_renewing(made)
        try:
            # An encoder tried out on a question does not take the place of the store's own.
            made.encode(ticker, adopt=not args.encoder)
        except KeyboardInterrupt:
            ticker.close()
            warn("stopped encoding; answering by words and the vectors that are there. Again: Ctrl-C")
    elif made.vectors is not None:
        made.vectors.follower.look()
        if made.serving is not made.vectors:
            warn(
                "another encoder than before, or other weights: old vectors answer until raglan index has made new ones"
            )
        elif made.vectors.follower.behind:
            warn("some passages have no vector yet and are found by words alone; raglan index completes them")
    for root in plain_roots(made.store, made.config):
        warn(f"what was read from {root} holds personal data that is to be masked; raglan index reads it again")
    ticker.close()
    return made


def tell_renewing(made: Library) -> None:
    """Say why everything is encoded again, if it is."""
    if made.renewing:
        warn("another encoder than before, or other weights: encoding anew")


def tell_skipped(skipped: Sequence[Skipped]) -> None:
    """A line for each file that is not in the store."""
    for one in skipped:
        warn(f"skipped {one.path}: {one.reason}" + (f"; {one.hint}" if one.hint else ""))


def configured(args: Namespace, place: Path) -> Config:
    """The configuration of a command on the store in ``place``: its file, and over that what the options say."""
    own = place / "raglan.toml"
    config = Config.read(args.config) if args.config else _found(own) if own.is_file() else Config()
    if args.encoder:
        config = config.using("encoder", Spec(args.encoder))
    if args.command == "search" and args.segments and config.specs["segmenter"].use == "none":
        config = config.using("segmenter", Spec("neighbours"))
    return _overridden(config, args) if args.command == "ask" else config


def _found(own: Path) -> Config:
    """A configuration that lies with a store. It may have come with somebody's documents: it must not reach out."""
    config = Config.read(own)
    if "base_url" in config.specs["generator"].options:
        raise ConfigError(f"{own} lets a server write the answers; if you want that, name the file: --config {own}")
    return config


def _overridden(config: Config, args: Namespace) -> Config:
    if args.k is not None:
        if args.k < 1:
            raise ConfigError(f"-k is {args.k}, must be at least 1")
        config = replace(config, k=args.k)
    if args.threshold is not None:
        if not 0 <= args.threshold <= 1:
            raise ConfigError(f"--threshold is {args.threshold}, must be from 0 to 1")
        config = replace(config, threshold=args.threshold, risk=0.0)
    if args.risk is not None:
        if not 0 < args.risk < 1:
            raise ConfigError(f"--risk is {args.risk}, must be between 0 and 1")
        config = replace(config, risk=args.risk)
    return config
