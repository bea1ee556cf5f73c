"""``raglan train merge``: how far to trust words and vectors, question by question."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.cli.train_sets import configured, halves, loaded, searchable
from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError, DataError
from raglan.search.exact import Exact, Mentions
from raglan.train.merge import fitted
from raglan.train.merging import Lists, Searches, gathered
from raglan.train.trial import Trial, kept, trial, trust

__all__ = ["train_merge"]


def train_merge(args: Namespace) -> int:
    """Fit, try on what was held out, and keep what is better; 1 if it is not."""
    ticker = Ticker()
    seen: dict[str, Lists] = {}
    held: dict[str, Lists] = {}
    for path in args.data:
        data = loaded(args, path)
        if data.name in seen:
            raise ConfigError(f"{path} is the second set called {data.name!r}; rename it, or name each set once")
        seen[data.name], held[data.name] = _lists(args, path, data, ticker)
    ticker.close()
    try:
        fit = fitted(seen, seed=args.seed)
    except ValueError as error:
        raise DataError(str(error), place=", ".join(map(str, args.data))) from error
    trials = {name: trial(lists, fit) for name, lists in held.items() if len(lists)}
    faults = kept(trials) if trials else ["nothing could be held out to try it on"]
    if not faults:
        _write(args.output, fit.table())
    if args.json:
        print_json({"kept": not faults, "faults": faults, "sets": {n: asdict(t) for n, t in trials.items()}})
    elif trials:
        _print(trials, trust([lists for lists in held.values() if len(lists)], fit))
    for fault in faults:
        warn(f"rejected: {fault}")
    if not faults and not args.json:
        print(f'\nkept: {args.output}; in a configuration: merge = {{ use = "learned", weights = "{args.output}" }}')
    return 1 if faults else 0


def _lists(args: Namespace, path: Path, data: Dataset, ticker: Ticker) -> tuple[Lists, Lists]:
    """What the searches find for the questions of one set, those to learn from and those held out."""
    first, second = halves(args, data)
    config = configured(args)
    if config.specs["encoder"].use == "none":
        raise ConfigError("a merge weighs words against vectors: it needs an encoder")
    with closing(searchable(args, path, data, config, ticker)) as made:
        assert made.vectors is not None
        searches = Searches(made.words, made.vectors, Mentions(made.words), Exact(made.words))
        return gathered(first, searches), gathered(second, searches)


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
