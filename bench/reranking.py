"""Whether a ranker is worth its time: what it adds to the learned merge, and how many milliseconds a question it takes.

    python bench/reranking.py --data DATA --work WORK --ranker RANKER [--limit 100] [--write docs/benchmarks.md]

``--limit`` questions of each English development half, drawn by the seed, over its own corpus; WORK is the folder of
bench/quality.py. RANKER, a folder as ``raglan train ranker`` writes it, puts the first passages of the merge in order.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from raglan.build.metrics import metrics
from raglan.build.systems import Clock, Systems
from raglan.datasets.parts import chosen, sampled
from raglan.evaluate.measure import evaluate
from raglan.evaluate.report import Report
from raglan.protocols import Retriever
from raglan.rag import Rag
from raglan.search.cross import CrossRanker
from raglan.search.reranked import Reranked

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import ENGLISH, mean, opened, percent, value, written

MEASURED = ("recall@1", "ndcg@10")
MERGE = "learned"


def measured(options: argparse.Namespace, name: str, depths: Sequence[int]) -> Report:
    """The merge alone, and with the ranker over so many of its passages."""
    made, found = opened(options.data, options.work, name)
    judged = chosen(found, [at for at, one in enumerate(found.examples) if one.positives or at in found.grades])
    # Each with a clock of its own: nobody is spared a search.
    merges: list[Retriever] = []
    for _ in range(len(depths) + 1):
        merge = Systems(made, Clock()).of(MERGE)
        assert not isinstance(merge, Rag)
        merges.append(merge)
    rankers = {
        f"first {depth}": Reranked(merge, CrossRanker(options.ranker, depth=depth))
        for depth, merge in zip(depths, merges[1:], strict=True)
    }
    report = evaluate({MERGE: merges[0], **rankers}, sampled(judged, options.limit, options.seed), metrics(MEASURED))
    made.close()
    return report


def table(reports: dict[str, Report]) -> list[str]:
    """A row a set, and the means; milliseconds are of a question."""
    names = list(next(iter(reports.values())).systems)
    lines = [f"| set | {' | '.join(names)} | ms |", "|---" + "|---" * (len(names) + 1) + "|"]
    for name, report in reports.items():
        cells = [" / ".join(percent(value(report, one, metric)) for metric in MEASURED) for one in names]
        lines.append(f"| {name} | {' | '.join(cells)} | {' / '.join(f'{_ms(report, one):.0f}' for one in names)} |")
    means = [
        " / ".join(
            percent(mean([value(report, one, metric) or 0.0 for report in reports.values()])) for metric in MEASURED
        )
        for one in names
    ]
    times = [mean([_ms(report, one) for report in reports.values()]) for one in names]
    return [*lines, f"| mean | {' | '.join(means)} | {' / '.join(f'{time:.0f}' for time in times)} |"]


def _ms(report: Report, system: str) -> float:
    return 1000 * report.systems[system].seconds / len(report.rows)


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--ranker", type=Path, required=True)
    parser.add_argument("--depths", default="8,16")
    parser.add_argument("--sets", default=",".join(ENGLISH))
    parser.add_argument("--limit", type=int, default=100, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    options = parser.parse_args()
    depths = [int(depth) for depth in options.depths.split(",")]
    reports: dict[str, Report] = {}
    for name in options.sets.split(","):
        reports[name] = measured(options, name, depths)
        print(table({name: reports[name]})[2], flush=True)
    lines = table(reports)
    if options.write:
        written(options.write, "reranking", lines)
    else:
        print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()
