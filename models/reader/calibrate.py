"""Fits how far a reader's answers can be relied on where it reads what the library finds, and puts that into its folder.

    python -m models.reader.calibrate --data DATA --work WORK --reader READER [--most 400]

WORK is the folder of bench/quality.py. Of each development set ``--most`` questions, drawn by the seed, are answered from
the eight passages that the merge finds, unanswerable ones among them; a fifth as many are put to the corpus of another set,
where nothing answers. An answer counts as right from an F1 of one half. Printed is what the calibration is worth: fitted on
one half of the questions, measured on the other.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from bench.quality import STRANGERS, opened

from raglan.build.parts import Library
from raglan.datasets.parts import sampled
from raglan.errors import ConfigError
from raglan.generate.calibrated import Measures
from raglan.generate.reader import ReaderGenerator
from raglan.metrics.answers import token_f1, unanswerable
from raglan.metrics.calibration import auroc, coverage_at_risk, ece
from raglan.models.folder import CALIBRATION, supplemented
from raglan.train.calibrating import calibrated
from raglan.types import Answer, Example

SETS = ("squad", "nq", "policy", "covid")
RIGHT = 0.5  # F1
RISKS = (0.1, 0.2, 0.3)

Row = tuple[Measures, bool, bool]  # whether it is right, and whether there is an answer at all


def rows(reader: ReaderGenerator, made: Library, examples: Iterable[Example]) -> list[Row]:
    """What the reader gives for each question that it has something to read for."""
    found = []
    for one in examples:
        draft, measures = reader.measured(one.query, made.rag.weigh(one.query, made.rag.search(one.query)))
        if measures is None:
            continue
        there = not unanswerable(one)
        worth = token_f1(Answer(draft.text), one) if there else 0.0
        found.append((measures, isinstance(worth, float) and worth >= RIGHT, there))
    return found


def gathered(args: argparse.Namespace, reader: ReaderGenerator) -> list[Row]:
    """The rows of all sets, and of questions that are asked of another one."""
    found: list[Row] = []
    for name in SETS:
        made, data = opened(args.data, args.work, name)
        own = sampled(data, args.most, args.seed)
        usual = [one for one in own.examples if one.answers or unanswerable(one)]
        made_rows = rows(reader, made, usual)
        other, _ = opened(args.data, args.work, STRANGERS[name])
        lost = [Example(one.query) for one in usual if one.answers][: args.most // 5]
        made_rows += rows(reader, other, lost)
        for each in (made, other):
            each.close()
        right = sum(one[1] for one in made_rows)
        print(
            f"{name}: {len(usual)} questions, {len(lost)} put to {STRANGERS[name]}; {right} answers right", flush=True
        )
        found += made_rows
    return found


def tell(found: list[Row], seed: int) -> None:
    """What one half of the questions says of the other."""
    order = np.random.default_rng(seed).permutation(len(found))
    first, second = ([found[int(at)] for at in order[side::2]] for side in (0, 1))
    made = calibrated([one[0] for one in first], [one[1] for one in first], seed=seed)
    if made is None:
        raise SystemExit("too few answers, or all of a kind; take more questions")
    sure = np.array([made.sure(one[0]) for one in second])
    right = np.array([one[1] for one in second], float)
    there = np.array([one[2] for one in second], float)
    print(f"AUROC of right answers {auroc(sure, right)}, of answerable questions {auroc(sure, there)}")
    print(f"calibration error {ece(sure, right):.3f}")
    for risk in RISKS:
        try:
            kept = sure >= made.threshold(risk)
        except ConfigError as error:
            print(f"risk {risk:g}: {error}")
            continue
        wrong = f"{1 - right[kept].mean():.3f}" if kept.any() else "none"
        print(
            f"risk {risk:g}: {kept.mean():.3f} answered, {wrong} of them wrong; at best "
            f"{coverage_at_risk(sure, right, risk=risk):.3f} could be"
        )


def main() -> None:
    """Fit, tell, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--most", type=int, default=400, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    found = gathered(args, ReaderGenerator(args.reader))
    tell(found, args.seed)
    made = calibrated([one[0] for one in found], [one[1] for one in found], seed=args.seed)
    assert made is not None
    supplemented(args.reader, CALIBRATION, made.text().encode())


if __name__ == "__main__":
    main()
