"""A few words, sentences, or either: who is right, who is wrong, who is silent; the table in docs/benchmarks.md.

    python bench/either.py --data DATA --work WORK [--sets squad,nq,policy,covid,cmrc,drcd] [--limit 100] [--write PAGE]

WORK is that of bench/quality.py. ``--limit`` questions of each development half, those first that models/reader/calibrate.py
and models/pointer_zh/calibrate.py did not draw, are answered from the eight passages that the library finds, by what the box
holds and at the threshold of a new configuration; those about policies, which name no one, from the passages of their own
site. A fifth as many are put to the corpus of another set, which has no answer. Right is an answer that holds a gold one, or
has an F1 of one half with it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import CHINESE, STRANGERS, narrowed, opened, written
from bench.reading import drawn

from raglan.build.parts import Library
from raglan.config import Config
from raglan.encode.remembering import Remembering
from raglan.evaluate.resample import Resampling, interval
from raglan.generate.routed import either, reader
from raglan.generate.sentence import SentenceGenerator
from raglan.metrics.answers import f1, holds, token_f1
from raglan.protocols import Generator
from raglan.types import Answer, Example, Query

SETS = ("squad", "nq", "policy", "covid", "cmrc", "drcd")
RIGHT = 0.5  # F1
HEAD = [
    "| set | writer | questions | right | wrong | silent | F1 | no answer there | answered all the same |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|",
]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question: was anything told, was it right, its F1; ``there`` is whether there is an answer."""

    there: bool
    said: bool
    right: bool
    worth: float


def writers(made: Library, name: str) -> Mapping[str, Generator]:
    """Who answers."""
    encoder = Remembering(made.vectors.encoder) if made.vectors is not None else None
    return {
        "sentence": SentenceGenerator(encoder),
        "reader": reader(encoder=encoder),
        "either": either("pointer-zh" if name in CHINESE else "", encoder=encoder),
    }


def told(made: Library, by: Generator, one: Example, least: float) -> Told:
    """One question, answered from what is found, if the answer is at least so sure."""
    draft = by.write(one.query, made.rag.weigh(one.query, made.rag.search(one.query)))
    if not draft.text or math.exp(draft.logprob) < least:
        return Told(bool(one.answers), said=False, right=False, worth=0.0)
    if not one.answers:
        return Told(there=False, said=True, right=False, worth=0.0)
    worth, held = (metric(Answer(draft.text), one) for metric in (token_f1, holds))
    assert isinstance(worth, float)
    assert isinstance(held, float)
    return Told(there=True, said=True, right=worth >= RIGHT or held > 0, worth=worth)


def row(name: str, writer: str, given: Sequence[Told], seed: int) -> str:
    """In percent, with what 95 % of samples of the questions give."""
    there = [one for one in given if one.there]
    none = [one for one in given if not one.there]
    cells = [
        _share([one.right for one in there], seed),
        _share([one.said and not one.right for one in there], seed),
        _share([not one.said for one in there], seed),
        f"{100 * np.mean([one.worth for one in there]):.1f}",
    ]
    spoke = f"{100 * np.mean([one.said for one in none]):.1f}" if none else "–"
    return f"| {name} | {writer} | {len(there)} | {' | '.join(cells)} | {len(none)} | {spoke} |"


def _share(each: Sequence[bool], seed: int) -> str:
    values = np.array(each, float)
    sure = interval(f1(), values[:, None], Resampling(seed))  # of its values only their mean is taken
    return f"{100 * values.mean():.1f}" + (f" [{100 * sure[0]:.1f}, {100 * sure[1]:.1f}]" if sure else "")


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--limit", type=int, default=100, help="questions a set")
    parser.add_argument("--fitted", type=int, default=400, help="what --most was when readers were calibrated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    args = parser.parse_args()
    lines, least = list(HEAD), Config().threshold
    whole: dict[str, list[Told]] = {}
    for name in args.sets.split(","):
        made, data = opened(args.data, args.work, name)
        other, _ = opened(args.data, args.work, STRANGERS[name])
        examples = narrowed(drawn(data, args.limit, args.fitted, args.seed)[0], name).examples
        lost = [Example(Query(one.query.text)) for one in examples if one.answers][: args.limit // 5]
        for writer, by in writers(made, name).items():
            given = [
                told(library, by, one, least) for library, some in ((made, examples), (other, lost)) for one in some
            ]
            whole.setdefault(writer, []).extend(given)
            lines.append(row(name, writer, given, args.seed))
            print(lines[-1], flush=True)
        for each in (made, other):
            each.close()
    lines += [row("all", writer, given, args.seed) for writer, given in whole.items()]
    if args.write:
        written(args.write, "either", lines)
    else:
        print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()
