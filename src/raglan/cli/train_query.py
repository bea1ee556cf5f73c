"""``raglan train query``: a matrix that moves the vectors of questions, fitted in seconds, to labels or to feedback."""

from __future__ import annotations

import datetime as dt
import math
import shlex
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from raglan.build.encoders import chosen
from raglan.build.place import is_store
from raglan.build.progress import Pace
from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.cli.train_sets import all_loaded, configured, limited, searchable
from raglan.cli.train_verdict import print_verdict
from raglan.config import Config, Spec
from raglan.encode.adapter import refuse_other, save
from raglan.errors import ConfigError
from raglan.models.adapter import read_adapter
from raglan.plugins import make
from raglan.protocols import Encoder
from raglan.store.store import Store
from raglan.train.adapting import Settings
from raglan.train.known import Known
from raglan.train.querying import Adaptation, train_query

__all__ = ["train_query_side"]


def train_query_side(args: Namespace) -> int:
    """Fit, try on what was held out, and write the adapter if it is better; 1 if it is not."""
    refuse_other(args.output)
    config = configured(args)
    sets = [limited(data, args) for data in all_loaded(args, args.data)]
    spec, encoder = _encoder(config, [path for path in args.data if is_store(path)])
    ticker = Ticker()
    known = Known(encoder, told=_encoding(ticker))
    for path, data in zip(args.data, sets, strict=True):
        if is_store(path) or args.work:
            with closing(searchable(args, path, data, config.using("encoder", spec), ticker)) as made:
                known.recall(made.store)
    done = train_query(sets, known, Settings(seed=args.seed))
    ticker.close()
    if done.verdict.kept:
        save(args.output, done.adapter.matrix, spec, known.identity, _facts(args, done))
    _tell(args, done, spec, known.identity)
    return 0 if done.verdict.kept else 1


def _encoder(config: Config, stores: list[Path]) -> tuple[Spec, Encoder]:
    """The encoder that is named, or made the vectors of ``stores``, or is the default; of an adapted one, what it adapts."""
    found: dict[str, tuple[Spec, Encoder]] = {}
    places: list[Path | None] = [*stores] or [None]
    for place in places:
        with closing(Store(place)) as store:
            spec, encoder = chosen(config, store)
        if encoder is None:
            raise ConfigError("an adapter moves the questions of an encoder: name one with --encoder NAME")
        found[encoder.identity] = spec, encoder
    if len(found) > 1:
        told = " and ".join(spec.use for spec, _ in found.values())
        raise ConfigError(
            f"the stores have vectors of different encoders, {told}: train on one, or name --encoder NAME"
        )
    [(spec, encoder)] = found.values()
    if spec.use != "adapted":
        return spec, encoder
    below = read_adapter(Path(spec.options["model"]))
    return Spec(below.use, below.options), make("encoder", below.use, below.options)


def _encoding(ticker: Ticker) -> Callable[[int, int], None]:
    paces: dict[int, Pace] = {}

    def told(done: int, total: int) -> None:
        paces.setdefault(total, Pace("vectors", total, ticker)).at(done)

    return told


def _facts(args: Namespace, done: Adaptation) -> dict[str, object]:
    return {
        "recipe": shlex.join(["raglan", "train", *sys.argv[2:]]),
        "seed": args.seed,
        "date": str(dt.datetime.now(tz=dt.UTC).date()),
        "data": [{"name": name, "questions": one.questions} for name, one in done.verdict.sets.items()],
        "metrics": done.verdict.card(),
    }


def _tell(args: Namespace, done: Adaptation, spec: Spec, identity: str) -> None:
    verdict, adapter = done.verdict, done.adapter
    for why, count in done.left.items():
        warn(f"left out: {count} {why}")
    if args.json:
        how = {"penalty": None if math.isinf(adapter.penalty) else adapter.penalty, "push": adapter.push}
        whose = {"encoder": {"use": spec.use, "options": dict(spec.options), "identity": identity}}
        print_json({**verdict.table(), "rows": len(done.rows.rows), "left_out": dict(done.left), **how, **whose})
    elif verdict.sets:
        print_verdict(verdict)
    for fault in verdict.faults:
        warn(f"rejected: {fault}")
    if verdict.kept and not args.json:
        model = f'{{ use = "adapted", model = "{args.output.absolute()}" }}'
        print(f"\nkept: {args.output}; --encoder {args.output} tries it, in a configuration: encoder = {model}")
