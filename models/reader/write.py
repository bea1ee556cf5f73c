"""Teaches a reader that points to write: answers in a few words, and whole sentences; nothing that it points with changes.

    python -m models.reader.write --data DATA --start READER --work WORK -o READER --precision bf16

``--start`` is a folder that train.py wrote, or this. What is learned lies in two files beside its own, which stay as they
are bit by bit: writing.safetensors, and writing.onnx for the base install (:mod:`raglan.nn.writer`). Each question comes with
another passage beside its own; it is answered by what stands there, and by a sentence, where rules make one of question and
answer or a set has one. What cannot be answered is answered by nothing. Stopped, it goes on with ``--resume``.
"""

from __future__ import annotations

import shutil
from dataclasses import replace

from models.encoder.train import parser, told
from models.reader.train import taught

from raglan.datasets.forms import load
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
        seed=args.seed,
        resume=args.resume,
        precision=args.precision,
    )
    lessons, _ = train_writer(course, begun, watch=[told])
    print(len(lessons.rows), dict(lessons.left))
    assert isinstance(begun.model, Reader)
    if args.out.resolve() != args.start.resolve():
        shutil.copytree(args.start, args.out)
    save_writer(begun.model, args.out)


if __name__ == "__main__":
    main()
