"""Trains an English ranker: the encoder's two upper layers, reading question and passage together, taught by eight sets.

    python -m models.ranker.train --data DATA --start MODEL --work WORK -o RANKER

MODEL is what ``python -m models.encoder.train`` writes. Each question comes with its passage and with three that its words
find, too. It is judged by sixty questions of each development set, whose first twenty passages by words it puts in order;
half an hour on two cores. Stopped, it goes on with ``--resume``. ``python bench/reranking.py`` says whether it is worth its
time.
"""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import replace
from pathlib import Path

from models.encoder.train import JUDGED, LEARNED, SHARE, told

from raglan.datasets.forms import load
from raglan.datasets.parts import sampled, split
from raglan.models.card import Card, DataSet
from raglan.models.folder import Reading
from raglan.nn.sharing import save
from raglan.train import start
from raglan.train.course import Course, train_ranker
from raglan.train.retriever import Learning

LENGTH = 192  # word pieces of a pair
ASKED = 60  # questions of a set that judge


def main() -> None:
    """Train, judge, and write what is better."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="checkpoints")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    begun = start.ranker(args.start, length=LENGTH, seed=args.seed)
    course = Course(
        [replace(split(load(args.data / name / "train"), share=SHARE)[0], name=name) for name in LEARNED],
        [sampled(load(args.data / name / "dev"), ASKED, args.seed) for name in JUDGED],
        args.work,
        Learning(frozen=4),
        negatives="bm25",
        hard=3,
        batch=16,
        steps=args.steps,
        rate=1e-4,
        seed=args.seed,
        resume=args.resume,
    )
    done = train_ranker(course, begun, watch=[told], told=lambda *stage: print(*stage, flush=True))
    for name, one in done.verdict.sets.items():
        print(name, {key: (round(value, 4), round(one.after[key], 4)) for key, value in one.before.items()})
    print(*done.verdict.faults, sep="\n")
    card = Card(
        name="ranker-en",
        about="A ranker of English passages.",
        licence="Apache-2.0",
        languages=("en",),
        recipe=f"python -m models.ranker.train --data DATA --start MODEL --steps {args.steps} --seed {args.seed}",
        seed=args.seed,
        date=dt.datetime.now(tz=dt.UTC).date(),
        data=tuple(
            DataSet(name, licence, sum(row.set == name for row in done.rows.rows)) for name, licence in LEARNED.items()
        ),
        metrics=done.verdict.card(),
        parents=("minilm-en",),
    )
    save(done.model, begun.tokenizer, args.out, card, Reading(length=LENGTH, scripts=("Latn",)))


if __name__ == "__main__":
    main()
