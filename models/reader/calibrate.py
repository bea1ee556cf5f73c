"""Fits which answer of a reader is given, and how far it can be relied on, and puts that into the reader's folder.

    python -m models.reader.calibrate --data DATA --work WORK --reader READER [--most 400]

WORK is the folder of bench/quality.py. Of each development set ``--most`` questions, drawn by the seed, are answered from
the eight passages that the merge finds, unanswerable ones among them; those about policies, which name no one, from the
passages of their own site. A third as many are asked once more without any passage that answers, a fifth are put to the
corpus of another set. An answer counts as right from an F1 of one half. Printed is what both are worth: fitted on one half
of the questions, measured on the other.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench.quality import STRANGERS, narrowed, opened
from bench.reading import Asked, barren, searched

from raglan.build.parts import Library
from raglan.datasets.parts import sampled
from raglan.encode.builtin import builtin
from raglan.errors import ConfigError
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.either import LEEWAY
from raglan.generate.electing import Features, elect
from raglan.generate.kept import kept as least
from raglan.generate.reader import ReaderGenerator
from raglan.metrics.answers import holds, token_f1, unanswerable
from raglan.metrics.calibration import auroc, coverage_at_risk, ece
from raglan.metrics.value import Matrix
from raglan.models.folder import CALIBRATION, supplemented
from raglan.train.calibrating import calibrated
from raglan.train.electing import elected
from raglan.types import Answer, Example, Query

SETS = ("squad", "nq", "policy", "covid")
RIGHT = 0.5  # F1
RISKS = (0.1, 0.2, 0.3)
SPLITS = 3  # into halves, of which one is fitted to


class Row(NamedTuple):
    """A question's answers, likeliest first: features and worth (F1) of each, and its measures if it is given."""

    features: list[Features]
    worth: list[float]
    measures: list[Measures]
    held: bool  # whether the best sentences hold an answer
    there: bool  # whether there is an answer at all

    def chosen(self, election: Sequence[float]) -> tuple[Measures, float]:
        """The measures of the answer that is given, and what it is worth."""
        at = elect(self.features, election)
        return self.measures[at], self.worth[at]


def rows(reader: ReaderGenerator, asked: Iterable[Asked]) -> list[Row]:
    """What the reader finds for each question that it has something to read for."""
    found = []
    for one, evidence in asked:
        looked = reader.look(one.query, evidence, writes=True)
        if not looked.votes:
            continue
        there = bool(one.answers)
        sentences = reader.sentences(one.query, evidence)
        features = reader.features(one.query, looked, evidence, sentences)
        worth = [_worth(looked.says(vote), one) if there else 0.0 for vote in looked.votes[: len(features)]]
        firsts = [[vote, *looked.votes[:at], *looked.votes[at + 1 :]] for at, vote in enumerate(looked.votes)]
        measures = [looked.measures(first, one.query.text, evidence, sentences) for first in firsts[: len(features)]]
        found.append(Row(features, worth, measures, there and holding(sentences.draft(evidence).text, one), there))
    return found


def holding(text: str, one: Example) -> bool:
    """Whether sentences hold an answer."""
    found = holds(Answer(text), one)
    return isinstance(found, float) and found > 0


def _worth(text: str, one: Example) -> float:
    found = token_f1(Answer(text), one)
    return found if isinstance(found, float) else 0.0


def gathered(args: argparse.Namespace, reader: ReaderGenerator) -> list[Row]:
    """The rows of all sets, and of questions that are asked of another one."""
    found: list[Row] = []
    for name in SETS:
        made, data = opened(args.data, args.work, name)
        own = narrowed(sampled(data, args.most, args.seed), name)
        usual = [one for one in own.examples if one.answers or unanswerable(one)]
        other, _ = opened(args.data, args.work, STRANGERS[name])
        made_rows = rows(reader, [*searched(made, usual), *nothing(made, other, usual, args.most)])
        for each in (made, other):
            each.close()
        right = sum(one.worth[0] >= RIGHT for one in made_rows)
        print(f"{name}: {len(made_rows)} answers; {right} likeliest right", flush=True)
        found += made_rows
    return found


def nothing(made: Library, other: Library, usual: Sequence[Example], most: int) -> list[Asked]:
    """Questions where nothing answers: a third as many without the passages that do, a fifth put to another corpus."""
    there = [one for one in usual if one.answers]
    return [
        *barren(made, there[: most // 3]),
        *searched(other, [Example(Query(one.query.text)) for one in there[: most // 5]]),
    ]


def fitted(found: Sequence[Row], seed: int) -> Calibration:
    """The election, and the calibration of what it chooses."""
    election = elected([one.features for one in found], [one.worth for one in found])
    given = [one.chosen(election) for one in found]
    right, held = [worth >= RIGHT for _, worth in given], [one.held for one in found]
    made = calibrated([measures for measures, _ in given], right, held, seed=seed)
    if made is None:
        raise SystemExit("too few answers, or all of a kind; take more questions")
    return replace(made, election=tuple(election))


def tell(found: list[Row], seed: int) -> None:
    """What one half of the questions says of the other."""
    order = np.random.default_rng(seed).permutation(len(found))
    first, second = ([found[int(at)] for at in order[side::2]] for side in (0, 1))
    made = fitted(first, seed)
    given = [one.chosen(made.election) for one in second]
    asked = [one.there for one in second]
    likeliest, chosen, best = (
        np.mean([worth for worth, there in zip(many, asked, strict=True) if there])
        for many in (
            [one.worth[0] for one in second],
            [worth for _, worth in given],
            [max(one.worth) for one in second],
        )
    )
    print(f"F1 of the likeliest answer {likeliest:.4f}, of the elected {chosen:.4f}, of the best of all {best:.4f}")
    sure = np.array([made.sure(measures) for measures, _ in given])
    right, there = np.array([worth >= RIGHT for _, worth in given], float), np.array(asked, float)
    print(f"AUROC of right answers {auroc(sure, right)}, of answerable questions {auroc(sure, there)}")
    print(f"calibration error {ece(sure, right):.3f}")
    tell_risks(made.risks, sure, right)
    tell_either(made, [measures for measures, _ in given], right, np.array([one.held for one in second], float))


def tell_either(made: Calibration, measures: Sequence[Measures], right: Matrix, held: Matrix) -> None:
    """The same of whichever is told, and how often that is right, beside each alone."""
    sure, hold = (np.array([by(one) for one in measures]) for by in (made.sure, made.sentences_hold))
    told = hold > sure + LEEWAY
    came = np.where(told, held, right)
    print(f"words right {right.mean():.3f}, sentences {held.mean():.3f}, either {came.mean():.3f}", end="; ")
    print(f"sentences told {told.mean():.3f}; AUROC {auroc(np.where(told, hold, sure), came)}")
    tell_risks(made.either, np.where(told, hold, sure), came)


def tell_risks(risks: Sequence[tuple[float, float]], sure: Matrix, right: Matrix) -> None:
    """What a stated risk comes to over answers that the calibration was not fitted to."""
    for risk in RISKS:
        try:
            kept = sure >= least(risks, risk)
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
    found = gathered(args, ReaderGenerator(args.reader, encoder=builtin()))
    for split in range(SPLITS):
        print(f"split {split}")
        tell(found, split)
    made = fitted(found, args.seed)
    print(dict(zip(Features._fields, made.election, strict=True)))
    supplemented(args.reader, CALIBRATION, made.text().encode())


if __name__ == "__main__":
    main()
