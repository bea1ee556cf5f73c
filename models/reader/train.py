"""Trains an English reader: a trunk that points at answers, writes them, and sees when there is none, taught by six sets.

    python -m models.reader.train --data DATA --start FOLDER --work WORK -o READER

``--start`` holds the published weights of all-MiniLM-L6-v2 (see models/encoder/README.md). At first each question is read
with its own passage alone, then so again with fewer of the many questions on privacy policies, then among three passages
that its words find. It is judged by two hundred questions of each development set. Two hours and a half on two cores;
stopped, it goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace

from models.encoder.recipe import PUBLISHED
from models.encoder.train import LEARNED, carded, parser, tell, told

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled
from raglan.models.folder import Reading
from raglan.nn.sharing import save
from raglan.train import start
from raglan.train.course import Course, Trained
from raglan.train.course_reader import train_reader
from raglan.train.start import Start

TAUGHT = tuple(name for name in LEARNED if name not in ("medquad", "selqa"))  # whose answers are pages, and sentences
JUDGED = ("squad", "nq", "policy", "covid")
ASKED = 200  # questions of a set that judge
POLICIES = 1500  # questions on privacy policies, where they are fewer
READING = Reading(length=256, query_length=48, scripts=("Latn",))


def main() -> None:
    """Train in three phases, judge, and write what is better."""
    options = parser(__doc__, steps=2900)
    options.add_argument("--again", type=int, default=2900, help="steps of the second phase")
    options.add_argument("--among", type=int, default=800, help="steps among other passages")
    args = options.parse_args()
    found = hashlib.sha256((args.start / "model.safetensors").read_bytes()).hexdigest()
    if found != PUBLISHED:
        raise SystemExit(f"{args.start}: the weights' sha256 is {found}, not {PUBLISHED}: not the published ones")
    begun = replace(start.reader(args.start, length=READING.length, seed=args.seed), reading=READING)
    tell(phase(args, begun, "alone", args.steps, rate=8e-5))
    begun = replace(begun, taught=True)
    tell(phase(args, begun, "again", args.again, rate=6e-5, fewer=True))
    done = phase(args, begun, "among", args.among, rate=4e-5, fewer=True, hard=2)
    tell(done)
    if not done.verdict.kept:
        raise SystemExit(1)
    about = ("reader-en", "A reader of English passages: it points at answers and writes them.", "all-MiniLM-L6-v2")
    how = f" --again {args.again} --among {args.among}"
    card = carded(args, done, about, f"python -m models.reader.train --data DATA --start FOLDER{how}")
    save(done.model, begun.tokenizer, args.out, card, READING)


def phase(
    args: argparse.Namespace, begun: Start, name: str, steps: int, *, rate: float, fewer: bool = False, hard: int = 0
) -> Trained:
    """So many steps, each question with ``hard`` passages beside its own."""
    course = Course(
        taught(args, fewer=fewer),
        [sampled(load(args.data / one / "dev"), ASKED, args.seed) for one in JUDGED],
        args.work / name,
        negatives="bm25" if hard else "in-batch",
        hard=hard,
        batch=8,
        steps=steps,
        rate=rate,
        seed=args.seed,
        resume=args.resume,
    )
    return train_reader(course, begun, watch=[told], told=lambda *stage: print(*stage, flush=True))


def taught(args: argparse.Namespace, *, fewer: bool) -> list[Dataset]:
    """The sets to learn from, whole: neither merge nor answerer learns from what the reader says of them."""
    sets = [replace(load(args.data / name / "train"), name=name) for name in TAUGHT]
    return [sampled(one, POLICIES, args.seed) if fewer and one.name == "policy" else one for one in sets]


if __name__ == "__main__":
    main()
