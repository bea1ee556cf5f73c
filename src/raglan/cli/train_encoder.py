"""``raglan train encoder``, ``ranker`` and ``reader``: networks, kept only if they are better on what was held out."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.build.progress import Pace, Progress
from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.cli.train_sets import sides
from raglan.cli.train_verdict import print_verdict
from raglan.errors import ConfigError, ModelError
from raglan.extras import need
from raglan.models.adapter import kind_of
from raglan.models.card import Card, DataSet
from raglan.models.folder import CALIBRATION, supplemented

if TYPE_CHECKING:
    from raglan.train.course import Course, Trained
    from raglan.train.plan import Watch
    from raglan.train.start import Start

__all__ = ["train_network"]

_HARD = {"encoder": 1, "ranker": 7, "reader": 2}
_OWN: dict[str, dict[str, Any]] = {"reader": {"batch": 16, "epochs": 3, "rate": 1e-4}}  # where a Course has others
_A = {"encoder": "an encoder", "ranker": "a ranker", "reader": "a reader"}
_ABOUT = {
    "encoder": "An encoder of questions and passages for retrieval.",
    "ranker": "A ranker of passages.",
    "reader": "A reader of passages: it points at answers, writes them, and sees when there is none.",
}


def train_network(args: Namespace) -> int:
    """Train, judge, and write the model if it is better; 1 if it is not, and if it was stopped."""
    for module in ("torch", "accelerate", "safetensors", "onnx"):
        need(module, "train")
    if args.start is None:
        raise ConfigError(f"name the model that the {args.what} starts from: --from FOLDER")
    _refuse_other(args.output, args.what)
    folder = args.output.resolve()
    work = args.work or folder.with_name(f"{folder.name}.work")
    start, course = _start(args), _course(args, work)
    if args.resume and not (work / "run").is_dir():
        warn(f"raglan: there is no run in {work} to resume; one begins")
    try:
        done = _trained(args, start, course)
        if done.verdict.kept:
            _save(args, start, done, work)
    except KeyboardInterrupt as error:
        # Unless the loop says more, it is raised without words.
        warn(f"raglan: {str(error) or 'stopped'}; the same command with --resume goes on")
        return 1
    _tell(args, done)
    if args.work is None:
        _forget(work)
    return 0 if done.verdict.kept else 1


def _refuse_other(place: Path, what: str) -> None:
    """Before hours of training, not after them: no file of somebody's is replaced, nor another model."""
    kind = kind_of(place)
    if kind == what or not (place.is_file() or (place.is_dir() and any(place.iterdir()))):
        return
    held = f"a model of kind {kind!r}" if kind else "something that is no model"
    raise ConfigError(f"{place} holds {held}: name a new folder, or one that {_A[what]} was saved in")


def _forget(work: Path) -> None:
    """Remove what a run keeps, and nothing else that may lie there."""
    for name in ("run", "states", "curves"):
        shutil.rmtree(work / name, ignore_errors=True)
    with suppress(OSError):
        work.rmdir()


def _start(args: Namespace) -> Start:
    from raglan.train import start

    if args.what != "encoder":
        begin = start.ranker if args.what == "ranker" else start.reader
        return begin(args.start, length=args.length or 0, seed=args.seed)
    return start.encoder(args.start, length=args.length or 0, separate=args.separate)


def _course(args: Namespace, work: Path) -> Course:
    from raglan.train.course import Course
    from raglan.train.retriever import Learning

    given = {"loss": args.loss, "similarity": args.similarity, "frozen": args.frozen, "part": args.part}
    own = {
        "negatives": args.negatives,
        "batch": args.batch,
        "steps": args.steps,
        "epochs": args.epochs,
        "rate": args.rate,
        "keep": args.keep,
    }
    return Course(
        *sides(args),
        work,
        Learning(**_said(given)),
        hard=args.hard or _HARD[args.what],
        refresh=args.refresh,
        seed=args.seed,
        resume=args.resume,
        **{**_OWN.get(args.what, {}), **_said(own)},
    )


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _trained(args: Namespace, start: Start, course: Course) -> Trained:
    from raglan.train.course import train_encoder, train_ranker
    from raglan.train.course_reader import train_reader

    ticker = Ticker()
    reading = partial(train_reader, fusion=args.fusion or "bias")
    trainings: dict[str, Callable[..., Trained]] = {"encoder": train_encoder, "ranker": train_ranker, "reader": reading}
    try:
        return trainings[args.what](
            course,
            start,
            watch=_watches(args, course, ticker),
            told=_stages(ticker),
            warn=lambda text: warn(f"raglan: {text}"),
        )
    finally:
        ticker.close()


def _watches(args: Namespace, course: Course, ticker: Ticker) -> list[Watch]:
    def tick(now: Any) -> None:
        figures = {name: now.report[name] for name in ("loss", "recall@1") if name in now.report}
        note = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
        ticker(Progress("training", now.step, now.steps, now.left, note))

    if args.track is None:
        return [tick]
    from raglan.train.tracking import tensorboard, wandb

    assert course.work is not None
    return [tick, tensorboard(course.work / "curves") if args.track == "tensorboard" else wandb(args.output.name)]


def _stages(ticker: Ticker) -> Callable[[str, int, int], None]:
    """Each stage with the time that is left of it."""
    paces: dict[tuple[str, int], Pace] = {}

    def told(stage: str, done: int, total: int) -> None:
        paces.setdefault((stage, total), Pace(stage, total, ticker)).at(done)

    return told


def _save(args: Namespace, start: Start, done: Trained, work: Path) -> None:
    from raglan.nn.sharing import save

    name = re.sub(r"[^\w.-]+", "-", args.output.resolve().name).lstrip(".-") or args.what
    card = Card(
        name=name,
        about=_ABOUT[args.what],
        licence=start.licence,
        languages=start.languages,
        recipe=shlex.join(["raglan", "train", *sys.argv[2:]]),
        seed=args.seed,
        date=dt.datetime.now(tz=dt.UTC).date(),
        # No form of a labelled set says under which licence it is.
        data=tuple(DataSet(name, "unknown", rows) for name, rows in Counter(row.set for row in done.rows.rows).items()),
        metrics=done.verdict.card(),
        parents=(start.name,),
    )
    try:
        save(done.model.to("cpu"), start.tokenizer, args.output, card, start.reading)
        if done.calibration is not None:
            supplemented(args.output, CALIBRATION, done.calibration.text().encode())
    except ModelError as error:
        raise ModelError(
            f"{error}; what was learned is kept in {work}: the same command with --resume saves it"
        ) from error


def _tell(args: Namespace, done: Trained) -> None:
    verdict = done.verdict
    for why, count in done.rows.left.items():
        warn(f"left out: {count} {why}")
    if done.outcome.recovered:
        warn(done.outcome.recovered)
    if args.json:
        counts = {"rows": len(done.rows.rows), "steps": done.outcome.steps, "left_out": dict(done.rows.left)}
        print_json({**verdict.table(), **counts})
    elif verdict.sets:
        print_verdict(verdict)
    for fault in verdict.faults:
        warn(f"rejected: {fault}")
    if verdict.kept and not args.json:
        print(f"\nkept: {args.output}")
