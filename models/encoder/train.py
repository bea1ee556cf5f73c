"""Trains the English encoder that ships: all-MiniLM-L6-v2, its two upper layers taught by four fifths of the training sets.

    python -m models.encoder.train --data DATA --start FOLDER --work WORK -o MODEL

``--start`` holds the published weights, their tokenizer and config (see README.md beside this file). Four layers stay as
they are and run once a text; batches are of one set each; hard negatives are mined anew each epoch. What comes out is judged
by all questions of the development sets, before and after; an hour and a quarter on two cores. Stopped, it goes on with
``--resume``. Pack what it writes with recipe.py.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from models.encoder.recipe import PUBLISHED

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import split
from raglan.models.card import Card, DataSet
from raglan.models.folder import Reading
from raglan.nn.sharing import save
from raglan.train import start
from raglan.train.course import Course, Trained, train_encoder
from raglan.train.plan import Progress
from raglan.train.retriever import Learning

LEARNED = {
    "squad": "CC-BY-SA-4.0",
    "nq": "CC-BY-SA-3.0",
    "policy": "MIT",
    "covid": "Apache-2.0",
    "selqa": "Apache-2.0",
    "medquad": "CC-BY-4.0",
    "musique": "CC-BY-4.0",
    "hotpot-mini": "CC-BY-SA-4.0",
}
SHARE = 0.8  # of the documents; what a merge and an answerer learn from must be new to the encoder
KEEP = 0.3  # of the published weights: without, CISI loses 3 points, with .4 MedQuAD gains 13 instead of 21
JUDGED = ("squad", "nq", "policy", "covid", "selqa", "medquad", "hotpot", "ir-cisi", "ir-cranfield", "ir-med")


def main() -> None:
    """Train, judge, and write what is better."""
    args = parser(__doc__, steps=600).parse_args()
    found = hashlib.sha256((args.start / "model.safetensors").read_bytes()).hexdigest()
    if found != PUBLISHED:
        raise SystemExit(f"{args.start}: the weights' sha256 is {found}, not {PUBLISHED}: not the published ones")
    begun = start.encoder(args.start, length=256)
    course = Course(
        learned(args.data),
        [load(args.data / name / "dev") for name in JUDGED],
        args.work,
        Learning(frozen=4),
        negatives="mined",
        refresh=True,
        batch=32,
        steps=args.steps,
        rate=5e-5,
        keep=KEEP,
        seed=args.seed,
        resume=args.resume,
    )
    done = train_encoder(course, begun, watch=[told], told=lambda *stage: print(*stage, flush=True))
    tell(done)
    if not done.verdict.kept:
        raise SystemExit(1)
    about = ("minilm-en", "An encoder of English questions and passages for retrieval.", "all-MiniLM-L6-v2")
    card = carded(args, done, about, "python -m models.encoder.train --data DATA --start FOLDER")
    save(done.model, begun.tokenizer, args.out, card, Reading(length=256, scripts=("Latn",)))


def parser(about: str | None, *, steps: int) -> argparse.ArgumentParser:
    """What a training here is told."""
    found = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--data", type=Path, required=True)
    found.add_argument("--start", type=Path, required=True)
    found.add_argument("--work", type=Path, required=True, help="checkpoints, and the states of frozen layers")
    found.add_argument("-o", "--out", type=Path, required=True)
    found.add_argument("--steps", type=int, default=steps)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--resume", action="store_true")
    return found


def learned(data: Path) -> list[Dataset]:
    """The sets to learn from, without the share that merge and answerer learn from."""
    return [replace(split(load(data / name / "train"), share=SHARE)[0], name=name) for name in LEARNED]


def tell(done: Trained) -> None:
    """Each set before and after, and what is wrong."""
    for name, one in done.verdict.sets.items():
        print(name, {key: (round(value, 4), round(one.after[key], 4)) for key, value in one.before.items()})
    print(*done.verdict.faults, sep="\n")


def carded(
    args: argparse.Namespace,
    done: Trained,
    about: tuple[str, str, str],
    recipe: str,
    licences: Mapping[str, str] = LEARNED,
) -> Card:
    """The card of a model: ``about`` is its name, what it is, and what it was made from; ``licences`` are of its sets."""
    name, what, parent = about
    return Card(
        name=name,
        about=what,
        licence="Apache-2.0",
        languages=("en",),
        recipe=f"{recipe} --steps {args.steps} --seed {args.seed}",
        seed=args.seed,
        date=dt.datetime.now(tz=dt.UTC).date(),
        data=tuple(
            DataSet(name, licence, sum(row.set == name for row in done.rows.rows)) for name, licence in licences.items()
        ),
        metrics=done.verdict.card(),
        parents=(parent,),
    )


def told(now: Progress) -> None:
    """A line every twenty steps."""
    if now.step % 20 == 0:
        print(f"step {now.step} of {now.steps}: loss {now.report['loss']:.3f}, {now.left or 0:.0f} s left", flush=True)


if __name__ == "__main__":
    main()
