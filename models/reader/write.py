"""Teaches a reader that points to write: answers in a few words, and whole sentences; nothing that it points with changes.

    python -m models.reader.write --data DATA --start READER --work WORK -o READER --precision bf16

``--start`` is a folder that train.py wrote, or this. What is learned lies in two files beside its own, which stay as they
are bit by bit: writing.safetensors, and writing.onnx for the base install (:mod:`raglan.nn.writer`). Each question comes
with another passage beside its own; it is answered by what stands there, and by a sentence: a set's own, one that a rule
makes of question and answer, or the one in which the answer stands. What cannot be answered is answered by nothing.
Stopped, it goes on with ``--resume``. With ``--made`` no sentence is learned of a question to which no rule fits. What
ships was taught twice: 1000 steps with ``--made``, then, from there, 400 with ``--rate 7e-4 --again 1``.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from dataclasses import replace

from models.encoder.train import LEARNED, parser, told
from models.reader.train import taught

from raglan.datasets.forms import load
from raglan.models.card import DataSet
from raglan.models.folder import FACTS, dump, read
from raglan.nn.reader import Reader
from raglan.nn.sharing import save_writer
from raglan.train import start
from raglan.train.course import Course
from raglan.train.course_writer import train_writer

TOLD = ("selqa",)  # whose answers are sentences
LENGTH = 160  # word pieces of a block: what is longer than most takes longer, too


def main() -> None:
    """Learn, and put what was learned beside what was there."""
    options = parser(__doc__, steps=2400)
    options.add_argument("--precision", default="auto")
    options.add_argument("--rate", type=float, default=1e-3)
    options.add_argument(
        "--again", type=int, default=0, help="how often it was taught before: lessons come in another order"
    )
    options.add_argument("--made", action="store_true", help="no sentences that only stand around an answer")
    args = options.parse_args()
    begun = start.reader(args.start, length=LENGTH, seed=args.seed, dropout=0.0)
    sets = [*taught(args), *(replace(load(args.data / name / "train"), name=name) for name in TOLD)]
    course = Course(
        sets,
        [],
        args.work,
        negatives="bm25",
        hard=1,
        batch=8,
        steps=args.steps,
        rate=args.rate,
        seed=args.seed + args.again,
        resume=args.resume,
        precision=args.precision,
    )
    lessons, _ = train_writer(course, begun, quotes=not args.made, watch=[told])
    print(len(lessons.rows), dict(lessons.left))
    assert isinstance(begun.model, Reader)
    if args.out.resolve() != args.start.resolve():
        shutil.copytree(args.start, args.out)
    save_writer(begun.model, args.out)
    noted(args, {name: sum(row.set == name for row in lessons.rows) for name in TOLD})


def noted(args: argparse.Namespace, rows: Mapping[str, int]) -> None:
    """Put into the folder's listing how it was taught, and by which sets it had not learned from before."""
    found = read(args.out, "reader")
    how = f"python -m models.reader.write --data DATA --start READER --steps {args.steps} --rate {args.rate:g}"
    how += f" --again {args.again} --seed {args.seed} --precision {args.precision}{' --made' * args.made}"
    data = [one for one in found.facts["data"] if one["name"] not in rows]
    data += [DataSet(name, LEARNED[name], count)._asdict() for name, count in rows.items()]
    facts = {**found.facts, "recipe": f"{found.facts['recipe']}; {how}", "data": data}
    dump(replace(found, facts=facts).table(), args.out / FACTS)


if __name__ == "__main__":
    main()
