"""Ways to make one answer from several passages, side by side: how right, how fast, how much memory, and whom they trust.

    python bench/fusions.py --data DATA --reader READER [--limit 100] [--depths 1,5,10,20] [--write docs/benchmarks.md]

``--limit`` answerable questions of SQuAD's development half, drawn by the seed, each with its own passage and the first that
words find beside it, in an order drawn by chance: the same for all ways. Every way and number of passages k runs in a fresh
process, as the library answers: seconds are medians of a question, memory is the most above that after loading. Trust is the
rank correlation (Spearman, a mean over questions) of a passage's weight and whether it holds the answer; of two values, one
of them rare, it cannot reach 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.peers.running import Json, run
from bench.quality import written

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, sampled
from raglan.evaluate.resample import Resampling, interval
from raglan.generate.fusing import FUSIONS
from raglan.metrics.answers import exact_match, f1, token_f1
from raglan.metrics.pieces import has, line
from raglan.metrics.value import Matrix
from raglan.search.lexical import LexicalIndex
from raglan.types import Answer, Example, Passage

WAYS = ("pointing", "votes", *sorted(FUSIONS, key=lambda name: name != "concatenation"))
FIRST, LAST = 5, 20  # whose times are compared


class Case(NamedTuple):
    """A question, its own passage, and behind it those that words find."""

    example: Example
    passages: list[Passage]

    @property
    def holds(self) -> list[bool]:
        """Whether an answer stands in a passage."""
        golds = list(map(line, self.example.answers))
        return [has(line(passage.text), golds) for passage in self.passages]


def cases(data: Path, limit: int, depth: int, seed: int) -> list[Case]:
    """Questions, each with ``depth`` passages."""
    whole = load(data / "squad" / "dev")
    asked = sampled(_answerable(whole), limit, seed)
    there = {passage.id: passage for passage in whole.passages}
    index = LexicalIndex()
    index.add(there.values())
    found = []
    for one, hits in zip(asked.examples, index.search([one.query for one in asked.examples], depth + 1), strict=True):
        others = [hit.passage for hit in hits if hit.passage.id not in one.positives]
        found.append(Case(one, [there[one.positives[0]], *others][:depth]))
    return found


def _answerable(data: Dataset) -> Dataset:
    return chosen(data, [at for at, one in enumerate(data.examples) if one.answers and one.positives])


def saved(file: Path, given: Sequence[Case]) -> None:
    """Cases as another process reads them."""
    with file.open("w", encoding="utf-8") as lines:
        for case in given:
            passages = [{"title": one.meta.get("title", ""), "text": one.text} for one in case.passages]
            lines.write(json.dumps({"question": case.example.query.text, "passages": passages}) + "\n")


def scores(given: Sequence[Case], texts: Sequence[str]) -> Matrix:
    """Exact match and F1 [n, 2]."""
    pairs = [(Answer(text), case.example) for text, case in zip(texts, given, strict=True)]
    return np.array([(exact_match(*pair), token_f1(*pair)) for pair in pairs], float)


def table(given: Sequence[Case], found: Mapping[str, Mapping[int, Json]], seed: int) -> list[str]:
    """A row a way; cells are exact match, F1, seconds, megabytes."""
    depths = list(next(iter(found.values())))
    heads = [f"k = {depth}: EM / F1 / s / MB" for depth in depths]
    last = depths[-1]
    lines = [f"| way | {' | '.join(heads)} | F1 at {last} against pointing | times, {LAST} to {FIRST} |"]
    lines.append("|---" * (len(depths) + 3) + "|")
    judged = {way: {depth: scores(given, one["texts"]) for depth, one in by.items()} for way, by in found.items()}
    for way, by in found.items():
        cells = [_cell(judged[way][depth], one) for depth, one in by.items()]
        against = "" if "pointing" not in judged else _gap(judged[way][last] - judged["pointing"][last], seed)
        lines.append(f"| {way} | {' | '.join(cells)} | {against if way != 'pointing' else ''} | {_growth(by)} |")
    return lines


def _cell(judged: Matrix, one: Json) -> str:
    exact, overlap = 100 * judged.mean(axis=0)
    return f"{exact:.1f} / {overlap:.1f} / {statistics.median(one['seconds']):.2f} / {one['extra_mb']:.0f}"


def _gap(differences: Matrix, seed: int) -> str:
    """The mean difference of F1, and what it is over questions drawn anew."""
    sure = interval(f1(), differences[:, 1:], Resampling(seed))  # of its values only their mean is taken
    assert sure is not None
    return f"{100 * differences[:, 1].mean():+.1f} [{100 * sure[0]:+.1f}, {100 * sure[1]:+.1f}]"


def _growth(by: Mapping[int, Json]) -> str:
    """How many times as long, where 4 would be a line through nothing."""
    if not {FIRST, LAST} <= by.keys():
        return ""
    first, last = (statistics.median(by[depth]["seconds"]) for depth in (FIRST, LAST))
    return f"{last / first:.2f}"


def trust(given: Sequence[Case], weights: Mapping[int, Sequence[Sequence[float]]]) -> list[str]:
    """Whether who holds the answer weighs more."""
    lines = ["| k | questions | rank correlation | at best | the heaviest holds it |", "|--:|--:|--:|--:|--:|"]
    for depth, by_case in weights.items():
        both = [(np.array(own), np.array(case.holds[:depth], float)) for own, case in zip(by_case, given, strict=True)]
        both = [(own, holds) for own, holds in both if 0 < holds.sum() < len(holds)]
        if not both:
            continue
        found = np.mean([spearman(own, holds) for own, holds in both])
        most = np.mean([spearman(holds.argsort(kind="stable").argsort().astype(float), holds) for _, holds in both])
        best = np.mean([holds[own.argmax()] for own, holds in both])
        lines.append(f"| {depth} | {len(both)} | {found:.2f} | {most:.2f} | {100 * best:.1f} |")
    return lines


def spearman(one: Matrix, other: Matrix) -> float:
    """The correlation of two columns' ranks; those that tie share the middle of theirs. 0 where all of one tie."""
    ranks = []
    for values in (one, other):
        _, group, size = np.unique(values, return_inverse=True, return_counts=True)
        ranks.append((size.cumsum() - (size - 1) / 2)[group])
    return 0.0 if min(np.ptp(each) for each in ranks) == 0 else float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100, help="questions")
    parser.add_argument("--depths", default="1,5,10,20")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for the tables")
    args = parser.parse_args()
    depths, ways = [int(depth) for depth in args.depths.split(",")], args.ways.split(",")
    given = cases(args.data, args.limit, max(depths), args.seed)
    found: dict[str, dict[int, Json]] = {way: {} for way in ways}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "cases.jsonl"
        saved(file, given)
        shared = {"file": str(file), "reader": str(args.reader.absolute()), "seed": args.seed}
        for depth in depths:
            for way in ways:
                found[way][depth] = run(sys.executable, "use_reader", "answer", shared | {"way": way, "k": depth})
                print(way, depth, _cell(scores(given, found[way][depth]["texts"]), found[way][depth]), flush=True)
    weights = {depth: one["weights"] for depth, one in found[ways[0]].items()}
    lines = [*table(given, found, args.seed), "", *trust(given, weights)]
    if args.write:
        written(args.write, "fusions", lines)
    else:
        print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()
