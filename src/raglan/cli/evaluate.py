"""``raglan eval``: is it good, is it better than another, and a test set from one's own documents."""

from __future__ import annotations

import gc
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from raglan.build.metrics import metrics, usual
from raglan.build.over import opened
from raglan.build.parts import Library, library
from raglan.build.place import store_for
from raglan.build.progress import Progress
from raglan.build.systems import Clock, Systems, writes
from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.config import Config, Spec
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.made import made as questions_of
from raglan.datasets.parts import sampled, split
from raglan.datasets.saving import save
from raglan.errors import ConfigError, DataError
from raglan.evaluate.gates import Gate
from raglan.evaluate.given import Asking
from raglan.evaluate.measure import evaluate
from raglan.evaluate.page import save_page
from raglan.evaluate.report import Report, Score
from raglan.metrics.value import Undefined
from raglan.store.adding import add_passages

__all__ = ["evaluation"]

_RANKING = ("words", "vectors", "minmax", "rrf", "learned")
_MADE = 200


def evaluation(args: Namespace) -> int:
    """Measure, print and write what was asked for; 1 if a gate fails."""
    if args.make:
        return _make(args)
    if args.data is None:
        raise ConfigError("name a labelled set, or a folder of documents to make one from: raglan eval --make FOLDER")
    gates = [Gate.of(gate) for gate in args.gate]
    data = _data(args)
    names = _systems(args, data)
    wanted = [name.strip() for name in (args.metrics or "").split(",") if name.strip()]
    measured = usual(data, answering=any(map(writes, names)), chosen=wanted)
    chosen_metrics = metrics([*measured, *(gate.metric for gate in gates)])
    # Millions of small values live until the end, and none of them in a cycle: looking for cycles all the time is waste.
    gc.set_threshold(200_000, 20, 20)
    ticker = Ticker()
    made = _library(args, data, ticker, vectors=names != ["words"])
    if args.over and args.evidence == "gold":
        documents = made.store.documents()
        data = replace(data, passages=[one for name in documents for one in made.store.passages(name).values()])
    clock = Clock()
    makers = Systems(made, clock)
    asking = Asking(gold=args.evidence == "gold", workers=args.workers, clock=clock)
    report = evaluate(
        {told: makers.of(name) for told, name in _shown_as(names).items()},
        data,
        chosen_metrics,
        seed=args.seed,
        asking=asking,
        watch=lambda name, done, total: ticker(Progress(f"asking {name}", done, total)),
    )
    report = replace(report, passages=len(made.store))
    ticker.close()
    made.close()
    return _told(args, report, gates)


def _told(args: Namespace, report: Report, gates: list[Gate]) -> int:
    if args.save:
        report.save(args.save)
    if args.html:
        save_page(report, args.html)
    if args.json:
        print_json(report.brief())
    else:
        _print(report)
    for name, outcome in report.systems.items():
        if outcome.failed:
            at, why = next(iter(outcome.failed.items()))
            warn(f"{name}: {len(outcome.failed)} questions failed and count as unanswered; {report.rows[at].id}: {why}")
    faults = [fault for gate in gates for fault in gate.faults(report)]
    for fault in faults:
        warn(f"raglan: {fault}")
    return 1 if faults else 0


def _data(args: Namespace) -> Dataset:
    problems: list[DataError] = []
    data = load(args.data, args.form, bad=problems.append)
    if problems:
        warn(f"{len(problems)} malformed rows left out; the first: {problems[0]}")
    if not data.examples:
        raise DataError("holds no question that can be used", place=str(args.data))
    return data if args.limit is None else sampled(data, args.limit, args.seed)


def _systems(args: Namespace, data: Dataset) -> list[str]:
    if args.systems:
        names = list(dict.fromkeys(name.strip() for name in args.systems.split(",") if name.strip()))
    else:
        writer = ["sentence"] if any(one.answers for one in data.examples) else []
        names = writer if args.evidence == "gold" else [*_RANKING, *writer]
    if args.evidence == "gold" and not all(map(writes, names)):
        idle = ", ".join(name for name in names if not writes(name))
        raise ConfigError(
            f"--evidence gold leaves nothing to search: leave out {idle or 'it'}, name systems that answer"
        )
    if not names:
        raise ConfigError("--systems names none")
    return names


def _shown_as(names: list[str]) -> dict[str, str]:
    """Systems by what they are called in a report: a file by its name, unless something else is called so."""
    short = [Path(name).stem if name.endswith(".toml") else name for name in names]
    return {told if short.count(told) == 1 else name: name for told, name in zip(short, names, strict=True)}


def _library(args: Namespace, data: Dataset, ticker: Ticker, *, vectors: bool) -> Library:
    """Over the documents that are named, or else over the passages that come with the questions."""
    config = Config.read(args.config) if args.config else Config()
    if args.encoder or not vectors:
        config = config.using("encoder", Spec(args.encoder or "none"))
    if args.over:
        made, _ = opened(args.over, store=args.store or store_for(args.over), config=config, watch=ticker)
    else:
        made = library(args.store, config)
        add_passages(made.store, data.passages)
        made.words.follower.refresh()
    if not len(made.store):
        raise DataError(
            "brings no passages; name the documents that its questions are about: --over PATH", place=str(args.data)
        )
    made.encode(ticker, adopt=not args.encoder)
    return made


def _make(args: Namespace) -> int:
    """Questions from the documents of a folder, in two halves that share no document."""
    place = store_for(args.make)
    made, _ = opened(args.make, store=place, config=Config())
    passages = [p for name in made.store.documents() for p in made.store.passages(name).values()]
    made.close()
    folder = args.store or place / "questions"
    whole = questions_of(args.make.resolve().name, passages, seed=args.seed, most=args.limit or _MADE)
    if not whole.examples:
        raise DataError("says nothing that a question could be made of", place=str(args.make))
    save(whole, folder)
    parts = split(whole, seed=args.seed)
    for name, half in zip(("train", "dev"), parts, strict=True):
        # The corpus above serves both.
        save(replace(half, passages=()), folder / name)
    counts = {"questions": len(whole.examples), "train": len(parts[0].examples), "dev": len(parts[1].examples)}
    if args.json:
        print_json({"folder": str(folder), "passages": len(passages), **counts})
    else:
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        print(f"{folder}: {told}, about {len(passages)} passages; raglan eval {folder} compares settings on them")
    return 0


def _print(report: Report) -> None:
    first, *others = report.systems
    print(
        f"{report.data}: {len(report.rows)} questions, {report.passages} passages; 95 % intervals, seed {report.seed}\n"
    )
    width = max(map(len, report.systems))
    for metric in report.metrics:
        print(metric)
        for name, outcome in report.systems.items():
            if metric in outcome.scores:
                print(f"  {name:{width}}  {_shown(outcome.scores[metric])}{_against(report, name, metric, first)}")
    seconds = ", ".join(f"{name} {outcome.seconds:.1f}" for name, outcome in report.systems.items())
    print(f"\nseconds for all questions: {seconds}")
    if others:
        print(f"* differs from {first} (paired randomisation test, p < 0.05)")


def _shown(score: Score) -> str:
    if isinstance(score.value, Undefined):
        return str(score.value)
    interval = f"  {score.low:.3f} to {score.high:.3f}" if score.low is not None and score.high is not None else ""
    return f"{score.value:.3f}{interval}  of {score.rows}"


def _against(report: Report, name: str, metric: str, first: str) -> str:
    contest = report.systems[name].contests.get(metric)
    if contest is None:
        return ""
    star = "*" if contest.p < 0.05 else ""
    rows = f", {contest.wins} won, {contest.losses} lost" if contest.wins is not None else ""
    return f"  {contest.difference:+.3f}{star} on {first}{rows}"
