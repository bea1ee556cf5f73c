"""Fits how far the Chinese answers that are pointed at can be relied on: the file beside the network.

    python -m models.pointer_zh.calibrate --data DATA --work WORK --pointer FILE -o src/raglan/models/files/pointer-zh.json

WORK is the folder of bench/quality.py. Of each development set ``--most`` questions, drawn by the seed, are answered from
the eight passages that the merge finds; a third as many are asked once more without any passage that answers, a fifth are
put to the corpus of another set. An answer counts as right from an F1 of one half. Printed is what it is worth: fitted on
one half, measured on the other.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench.quality import STRANGERS, opened
from bench.reading import searched
from models.reader.calibrate import RIGHT, SPLITS, holding, nothing, tell_either, tell_risks

from raglan.datasets.parts import sampled
from raglan.encode.builtin import builtin
from raglan.encode.remembering import Remembering
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.pointer import PointerGenerator, vectors
from raglan.metrics.answers import token_f1
from raglan.metrics.calibration import auroc, ece
from raglan.models.pointer import Pointer
from raglan.train.calibrating import calibrated
from raglan.types import Answer

SETS = ("cmrc", "drcd")


class Row(NamedTuple):
    """What an answer's confidence is made of, and whether it is right."""

    measures: Measures
    right: bool
    held: bool  # whether the best sentences hold an answer


def rows(args: argparse.Namespace, generator: PointerGenerator, name: str) -> list[Row]:
    """The answers to a set's questions, and to some that are put to another corpus."""
    found: list[Row] = []
    made, data = opened(args.data, args.work, name)
    usual = [one for one in sampled(data, args.most, args.seed).examples if one.answers]
    other, _ = opened(args.data, args.work, STRANGERS[name])
    for one, evidence in [*searched(made, usual), *nothing(made, other, usual, args.most)]:
        draft, measures, sentences = generator.measured(one.query, evidence)
        if measures is not None:
            worth = token_f1(Answer(draft.text), one) if one.answers else 0.0
            held = bool(one.answers) and holding(sentences.draft(evidence).text, one)
            found.append(Row(measures, isinstance(worth, float) and worth >= RIGHT, held))
    for library in (made, other):
        library.close()
    print(f"{name}: {len(found)} answers, {sum(one.right for one in found)} right", flush=True)
    return found


def fitted(given: Sequence[Row], seed: int) -> Calibration:
    """The calibration of these answers."""
    measures, right, held = map(list, zip(*given, strict=True))
    made = calibrated(measures, right, held, seed=seed)
    if made is None:
        raise SystemExit("too few answers, or all of a kind; take more questions")
    return made


def tell(given: Sequence[Row], seed: int) -> None:
    """What one half of the answers says of the other."""
    order = np.random.default_rng(seed).permutation(len(given))
    first, second = ([given[int(at)] for at in order[side::2]] for side in (0, 1))
    made = fitted(first, seed)
    sure = np.array([made.sure(one.measures) for one in second])
    right = np.array([one.right for one in second], float)
    print(f"AUROC of right answers {auroc(sure, right)}, calibration error {ece(sure, right):.3f}")
    tell_risks(made.risks, sure, right)
    tell_either(made, [one.measures for one in second], right, np.array([one.held for one in second], float))


def main() -> None:
    """Fit, tell, write, say the hash."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pointer", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=600, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    network = Pointer(args.pointer.read_bytes(), args.pointer, vectors())
    generator = PointerGenerator(network, encoder=Remembering(builtin()))
    found = [row for name in SETS for row in rows(args, generator, name)]
    for split in range(SPLITS):
        print(f"split {split}")
        tell(found, split)
    args.out.write_text(fitted(found, args.seed).text(), encoding="utf-8")
    print(f"{args.out.name}  sha256 {hashlib.sha256(args.out.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
