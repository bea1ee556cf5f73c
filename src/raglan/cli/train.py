"""``raglan train``: parts that learn from labelled sets."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

from raglan.build.parts import Library, library
from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.config import Config, Spec
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, split
from raglan.errors import ConfigError, DataError
from raglan.search.exact import Exact, Mentions
from raglan.store.adding import add_passages
from raglan.train.merge import fitted
from raglan.train.merging import Lists, Searches, gathered
from raglan.train.trial import Trial, kept, trial, trust

__all__ = ["training"]

_HELD_OUT = 0.2


def training(args: Namespace) -> int:
    """Fit, try on what was held out, and keep what is better; 1 if it is not."""
    ticker = Ticker()
    seen: dict[str, Lists] = {}
    held: dict[str, Lists] = {}
    for path in args.data:
        name, first, second = _lists(args, path, ticker)
        seen[name], held[name] = first, second
    ticker.close()
    if not any(len(one) for one in seen.values()):
        raise DataError(
            "no question has a known passage and is found anything for", place=", ".join(map(str, args.data))
        )
    fit = fitted(seen, seed=args.seed)
    trials = {name: trial(lists, fit) for name, lists in held.items() if len(lists)}
    faults = kept(trials) if trials else ["nothing could be held out to try it on"]
    if not faults:
        _write(args.output, fit.table())
    reasons = trust(list(held.values()), fit)
    if args.json:
        print_json({"kept": not faults, "faults": faults, "sets": {n: asdict(t) for n, t in trials.items()}})
    else:
        _print(trials, reasons)
    for fault in faults:
        warn(f"rejected: {fault}")
    if not faults and not args.json:
        print(f'\nkept: {args.output}; in a configuration: merge = {{ use = "learned", weights = "{args.output}" }}')
    return 1 if faults else 0


def _lists(args: Namespace, path: Path, ticker: Ticker) -> tuple[str, Lists, Lists]:
    """What the searches find for the questions of one set, those to learn from and those held out."""
    problems: list[DataError] = []
    data = load(path, args.form, bad=problems.append)
    if problems:
        warn(f"{data.name}: {len(problems)} malformed rows left out; the first: {problems[0]}")
    first, second = (_limited(part, args.limit) for part in split(data, share=1 - _HELD_OUT, seed=args.seed))
    made = _library(args, data, ticker)
    assert made.vectors is not None
    searches = Searches(made.words, made.vectors, Mentions(made.words), Exact(made.words))
    lists = gathered(first, searches), gathered(second, searches)
    made.close()
    return data.name, *lists


def _limited(data: Dataset, limit: int | None) -> Dataset:
    # By document they were drawn at random already; the first of them are as good as any.
    return chosen(data, range(min(limit or len(data.examples), len(data.examples))))


def _library(args: Namespace, data: Dataset, ticker: Ticker) -> Library:
    config = Config.read(args.config) if args.config else Config()
    if args.encoder:
        config = replace(config, specs={**config.specs, "encoder": Spec(args.encoder)})
    if config.specs["encoder"].use == "none":
        raise ConfigError("a merge weighs words against vectors: it needs an encoder")
    made = library(args.work / data.name.replace("/", "-") if args.work else None, config)
    add_passages(made.store, data.passages)
    made.words.follower.refresh()
    made.encode(ticker, adopt=not args.encoder)
    return made


def _write(path: Path, table: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole: a merge in use is never half written.
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(table) + "\n", encoding="utf-8")
    part.replace(path)


def _print(trials: dict[str, Trial], reasons: list[tuple[str, float]]) -> None:
    print("nDCG@10 on held-out questions, and the weight of vectors (mean, tenth and ninetieth percent)\n")
    width = max([4, *map(len, trials)])
    print(f"{'':{width}}  asked  words  vectors  rrf    minmax  learned  weight")
    for name, one in trials.items():
        told = f"{one.words:.3f}  {one.vectors:.3f}    {one.rrf:.3f}  {one.minmax:.3f}   {one.learned:.3f}"
        print(f"{name:{width}}  {one.questions:5}  {told}    {one.weight:.2f} ({one.low:.2f} to {one.high:.2f})")
    print("\nvectors are trusted more the " + "; the ".join(_reason(*reason) for reason in reasons))


def _reason(feature: str, related: float) -> str:
    return f"{'higher' if related > 0 else 'lower'} “{feature}” is ({related:+.2f})"
