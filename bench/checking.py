"""How well a critic tells what a source says from what it does not: the table of checking in docs/benchmarks.md.

    python bench/checking.py --data DATA --reader READER [--limit 150] [--write docs/benchmarks.md]

Of ``--limit`` questions of each development half with a short answer in their passage, claims are made in pairs: the answer,
the sentence with it, or both behind the question, and the same with another answer of the same passage in its place
(raglan.train.claims). Each claim cites that passage. Judged are the reader and the overlap of words. The reader has learned
from such claims of the training halves, so that this says how well it learned them, and less of other mistakes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import written

from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, sampled
from raglan.generate.checking import ReaderCritic
from raglan.generate.overlap import OverlapCritic
from raglan.metrics.calibration import auroc
from raglan.protocols import Critic
from raglan.train.claims import Claim, stated
from raglan.types import Answer, Citation, Passage, Query, Span

SETS = ("squad", "nq", "policy", "covid")
HEAD = ["| set | claims | carried | critic | AUROC | right at its threshold |", "|---|--:|--:|---|--:|--:|"]


class Told(NamedTuple):
    """Of a claim: its score, whether the critic supports it, and whether it is carried."""

    score: float
    supported: bool
    carried: bool


def made(place: Path, limit: int, seed: int) -> tuple[list[Claim], dict[str, Passage]]:
    """The claims of a set, as many carried ones as others but for answers that have no other; and its passages."""
    whole = load(place)
    short = chosen(whole, [at for at, one in enumerate(whole.examples) if one.answers and one.positives])
    data = sampled(short, limit, seed)
    return list(stated(data, seed=seed)), {one.id: one for one in data.passages}


def told(critic: Critic, claims: Sequence[Claim], passages: Mapping[str, Passage]) -> list[Told]:
    """What a critic says of each claim, which cites its whole passage."""
    found = []
    for one in claims:
        passage = passages[one.passage]
        cited = Citation(Span(0, len(one.statement)), passage, Span(0, len(passage.text)))
        verdict = critic.judge(Query(one.question), Answer(one.statement, (cited,), confidence=1.0))
        found.append(Told(verdict.score, verdict.supported, bool(one.answers)))
    return found


def row(name: str, critic: str, given: Sequence[Told]) -> str:
    """In percent."""
    ranks = auroc(np.array([one.score for one in given]), np.array([float(one.carried) for one in given]))
    right = sum(one.supported == one.carried for one in given) / len(given)
    carried = sum(one.carried for one in given)
    area = f"{100 * ranks:.1f}" if isinstance(ranks, float) else "–"
    return f"| {name} | {len(given)} | {carried} | {critic} | {area} | {100 * right:.1f} |"


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--limit", type=int, default=150, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    args = parser.parse_args()
    critics: dict[str, Critic] = {"reader": ReaderCritic(args.reader), "overlap": OverlapCritic()}
    lines = list(HEAD)
    for name in args.sets.split(","):
        claims, passages = made(args.data / name / "dev", args.limit, args.seed)
        for critic, by in critics.items():
            lines.append(row(name, critic, told(by, claims, passages)))
            print(lines[-1], flush=True)
    if args.write:
        written(args.write, "checking", lines)


if __name__ == "__main__":
    main()
