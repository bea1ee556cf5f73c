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
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from raglan.build.encoders import located
from raglan.cli.render import warn
from raglan.cli.terminal import Ticker
from raglan.cli.train_run import course, forget, stages, tell, watches
from raglan.config import Config, Spec
from raglan.errors import ConfigError, ModelError
from raglan.extras import need
from raglan.generate.attending import ATTENTION, Attending
from raglan.generate.companion import COMPANION
from raglan.generate.fusing import BY_VECTORS
from raglan.models.adapter import kind_of
from raglan.models.card import Card, DataSet
from raglan.models.folder import CALIBRATION, read, supplemented
from raglan.plugins import make
from raglan.protocols import Encoder

if TYPE_CHECKING:
    from raglan.train.course import Course, Trained
    from raglan.train.start import Start

__all__ = ["train_network"]

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
    start, made = _start(args), course(args, work)
    if args.resume and not (work / "run").is_dir():
        warn(f"raglan: there is no run in {work} to resume; one begins")
    try:
        done = _trained(args, start, made)
        if done.verdict.kept:
            _save(args, start, done, work)
    except KeyboardInterrupt as error:
        # Unless the loop says more, it is raised without words.
        warn(f"raglan: {str(error) or 'stopped'}; the same command with --resume goes on")
        return 1
    tell(args, done.verdict, done.rows, done.outcome)
    if args.work is None:
        forget(work)
    return 0 if done.verdict.kept else 1


def _refuse_other(place: Path, what: str) -> None:
    """Before hours of training, not after them: no file of somebody's is replaced, nor another model."""
    kind = kind_of(place)
    if kind == what or not (place.is_file() or (place.is_dir() and any(place.iterdir()))):
        return
    held = f"a model of kind {kind!r}" if kind else "something that is no model"
    raise ConfigError(f"{place} holds {held}: name a new folder, or one that {_A[what]} was saved in")


def _start(args: Namespace) -> Start:
    from raglan.train import start

    if args.what != "encoder":
        begin = start.ranker if args.what == "ranker" else start.reader
        return begin(args.start, length=args.length or 0, seed=args.seed)
    return start.encoder(args.start, length=args.length or 0, separate=args.separate)


def _trained(args: Namespace, start: Start, made: Course) -> Trained:
    from raglan.train.course import train_encoder, train_ranker
    from raglan.train.course_reader import train_reader

    ticker = Ticker()
    reading = partial(train_reader, fusion=args.fusion or "bias", encoder=_vectors(args), joint=_joint(args))
    trainings: dict[str, Callable[..., Trained]] = {"encoder": train_encoder, "ranker": train_ranker, "reader": reading}
    try:
        return trainings[args.what](
            made,
            start,
            watch=watches(args, made, ticker),
            told=stages(ticker),
            warn=lambda text: warn(f"raglan: {text}"),
        )
    finally:
        ticker.close()


def _vectors(args: Namespace) -> Encoder | None:
    """What gives the vectors that a reader's sources are weighed by: the default encoder, unless one is named."""
    if args.fusion not in BY_VECTORS:
        if args.encoder:
            raise ConfigError(f"--encoder weighs by vectors, with --fusion {' or '.join(BY_VECTORS)}; leave it out")
        return None
    spec = located(Spec(args.encoder or Config().specs["encoder"].use))
    found: Encoder = make("encoder", spec.use, spec.options)
    return found


def _joint(args: Namespace) -> Start | None:
    """The encoder whose tower of questions is to learn with a reader."""
    from raglan.train import start

    if not args.joint:
        return None
    if args.fusion not in BY_VECTORS:
        raise ConfigError(
            f"--joint trains what weighs by vectors, with --fusion {' or '.join(BY_VECTORS)}; leave it out"
        )
    place = Path(args.encoder or "")
    if not args.encoder or kind_of(place) != "encoder":
        raise ConfigError(
            f"--joint trains the weights of an encoder's folder, and {args.encoder or 'the default encoder'} is none: name "
            "one that raglan train encoder wrote (--encoder FOLDER)"
        )
    return start.encoder(place, separate=True)


def _save(args: Namespace, start: Start, done: Trained, work: Path) -> None:
    from raglan.nn.sharing import save

    name = re.sub(r"[^\w.-]+", "-", args.output.resolve().name).lstrip(".-") or args.what
    card = _card(args, name, start, done, done.verdict.card())
    try:
        save(done.model.to("cpu"), start.tokenizer, args.output, card, start.reading)
        if done.calibration is not None:
            supplemented(args.output, CALIBRATION, done.calibration.text().encode())
        if done.attending is not None:
            attending = _beside(args, done) if done.joint else _with_companion(args, done.attending)
            supplemented(args.output, ATTENTION, attending.data())
    except (ModelError, OSError) as error:
        raise ModelError(
            f"{error}; what was learned is kept in {work}: the same command with --resume saves it"
        ) from error


def _beside(args: Namespace, done: Trained) -> Attending:
    """Save the encoder that learned with a reader in the reader's folder; what weighs by it."""
    from raglan.nn.sharing import save

    assert done.joint is not None
    assert done.attending is not None
    joint, place = done.joint, args.output / COMPANION
    metrics = {name: one.means() for name, one in done.finds.items()}
    # Under the name that it had, its vectors of passages are known to be the same.
    card = _card(Namespace(what="encoder", seed=args.seed), joint.name, joint, done, metrics)
    save(joint.model.to("cpu"), joint.tokenizer, place, card, joint.reading)
    spec = located(Spec(str(place)))
    encoder: Encoder = make("encoder", spec.use, spec.options)
    return replace(done.attending, encoder=encoder.identity, query=read(place).mark("query.onnx"))


def _with_companion(args: Namespace, attending: Attending) -> Attending:
    """The same; the encoder by which a reader weighs since before goes with it into its new folder."""
    own, place = args.start / COMPANION, args.output / COMPANION
    if attending.query and own.resolve() != place.resolve():
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(own, place)
    return attending


def _card(args: Namespace, name: str, start: Start, done: Trained, metrics: Mapping[str, Mapping[str, float]]) -> Card:
    return Card(
        name=name,
        about=_ABOUT[args.what],
        licence=start.licence,
        languages=start.languages,
        recipe=shlex.join(["raglan", "train", *sys.argv[2:]]),
        seed=args.seed,
        date=dt.datetime.now(tz=dt.UTC).date(),
        # No form of a labelled set says under which licence it is.
        data=tuple(DataSet(name, "unknown", rows) for name, rows in Counter(row.set for row in done.rows.rows).items()),
        metrics=metrics,
        parents=(start.name,),
    )
