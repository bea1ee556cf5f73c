"""What a trained encoder owes to its loss, similarity, negatives and batch: the table of docs/benchmarks.md, written there.

    python bench/ablation.py --data DATA --model MODEL --work WORK [--seeds 3] [--write docs/benchmarks.md]

Every arm starts from MODEL, sees as many questions of MedQuAD's training half as every other, and is judged by all
questions of the development half over the whole corpus. What it differs from the reference in stands in the table; it is
compared with it question by question, on the mean over seeds. An arm with hard negatives in a second phase has a control:
as many more steps without them.

The rows that are learned from are those of some diseases, so many that a run meets each question twice, and negatives are
looked for among all passages of these diseases, at the ranks 2 to 50; with mined ones anew at the second meeting. ``dot``
and ``l2`` are of vectors as they come (of vectors of length one, all three similarities learn and rank the same), with
temperature and margin in proportion to their squared length, so that all three begin alike.

Only layers from ``--frozen`` on learn; states of the others are kept in WORK and shared by all arms. What is measured is
a line a run in WORK/runs.jsonl, so that the same command goes on where it was stopped. Seeds are the outer loop: the first
third of the time gives the table of one seed (``--seeds 1``).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from raglan.build.metrics import metrics
from raglan.evaluate.resample import Resampling, interval
from raglan.metrics.value import Matrix
from raglan.train.retriever import LOSSES, SIMILARITIES
from raglan.train.verdict import Standing

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.arms import BATCH, MEETINGS, Arm, Laboratory, Phase, Sizes
from bench.quality import written

DRAWS = 2_000
MEASURED = {"recall@1": "Recall@1", "recall@5": "Recall@5", "ndcg@10": "nDCG@10"}


class Line(NamedTuple):
    """A row of the table."""

    varied: str
    shown: str
    arm: Arm


REFERENCE, FIRST = Arm(), Phase("in-batch", 0.6)
CONTROL, SECOND = (Arm(phases=(FIRST, Phase(negatives, 0.4))) for negatives in ("in-batch", "mined"))
LINES = (
    *(Line("untrained", similarity, Arm(similarity=similarity, phases=())) for similarity in SIMILARITIES),
    *(
        Line("loss, similarity", f"{loss}, {similarity}", Arm(loss, similarity))
        for loss in LOSSES
        for similarity in SIMILARITIES
    ),
    Line("negatives", "of the batch", Arm(phases=(Phase("in-batch"),))),
    Line("negatives", "BM25", Arm(phases=(Phase("bm25"),))),
    Line("negatives", "mined, refreshed", REFERENCE),
    Line("two phases", "of the batch, then the same (control)", CONTROL),
    Line("two phases", "of the batch, then mined by that model", SECOND),
    Line("batch", "16", Arm(batch=16)),
    Line("batch", "32", REFERENCE),
    Line("batch", "64", Arm(batch=64)),
)


class Kept:
    """What was measured, a line a run in a file; runs with other settings or more ``seeds`` stand there, too, unseen."""

    def __init__(self, file: Path, settings: Mapping[str, Any], seeds: int) -> None:
        self._file, self._settings = file, dict(settings)
        self._runs: dict[tuple[str, int], dict[str, Any]] = {}
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if text and not text.endswith("\n"):
            file.write_text(f"{text}\n", encoding="utf-8")  # what was torn stays a line by itself
        for line in text.splitlines():
            try:
                one = json.loads(line)
            except ValueError:
                continue  # a run that was killed while it wrote
            if one["settings"] == self._settings and one["seed"] < seeds:
                self._runs[one["arm"], one["seed"]] = one

    def __contains__(self, key: tuple[Arm, int]) -> bool:
        return (key[0].name, key[1]) in self._runs

    def add(self, arm: Arm, seed: int, standing: Standing, seconds: float) -> None:
        """Keep a run."""
        values = {name: np.round(standing.values[name], 6).tolist() for name in MEASURED}
        row = {"arm": arm.name, "seed": seed, "settings": self._settings, "seconds": round(seconds, 1), **values}
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(f"{json.dumps(row)}\n")
        self._runs[arm.name, seed] = row

    def values(self, arm: Arm, metric: str) -> Matrix:
        """Of each seed, of each question: [seeds, questions]."""
        return np.array([one[metric] for (name, _), one in sorted(self._runs.items()) if name == arm.name], float)


class Page:
    """The table of what was kept; differences in points, with what they are in 95 of 100 draws of other diseases."""

    def __init__(self, kept: Kept, topics: Sequence[str]) -> None:
        self._kept = kept
        _, self._topic = np.unique(topics, return_inverse=True)
        self._metrics = {metric.name: replace(metric, value=_mean) for metric in metrics(MEASURED)}

    def lines(self) -> list[str]:
        """As Markdown."""
        columns = ["what differs", "arm", " / ".join(MEASURED.values())]
        columns += [f"Δ {shown}" for shown in MEASURED.values()]
        made = [f"| {' | '.join(columns)} | nDCG@10 by seed |", "|---|---|---|--:|--:|--:|---|"]
        made += [f"| {' | '.join(self._cells(line))} |" for line in LINES]
        gains = ", ".join(f"{shown} {self._gap(SECOND, CONTROL, name)}" for name, shown in MEASURED.items())
        return [*made, "", f"Hard negatives in the second phase against its control: {gains}."]

    def _cells(self, line: Line) -> list[str]:
        values = [100 * self._kept.values(line.arm, name) for name in MEASURED]
        seeds = " ".join(f"{one:.1f}" for one in values[-1].mean(axis=1))
        same = line.arm == REFERENCE
        gaps = ["reference" if same else self._gap(line.arm, REFERENCE, name) for name in MEASURED]
        return [line.varied, line.shown, " / ".join(f"{one.mean():.1f}" for one in values), *gaps, seeds]

    def _gap(self, arm: Arm, other: Arm, name: str) -> str:
        one, two = (100 * self._kept.values(each, name).mean(axis=0) for each in (arm, other))
        gaps = one - two
        # A disease is a row: its questions are alike, and so is what becomes of them.
        sums, counts = (np.bincount(self._topic, weights) for weights in (gaps, np.ones_like(gaps)))
        rows = np.column_stack([sums, counts]).astype(np.float64)
        found = interval(self._metrics[name], rows, Resampling(draws=DRAWS))
        assert found is not None
        return f"{gaps.mean():+.1f} [{found[0]:+.1f}, {found[1]:+.1f}]"


def _mean(rows: Matrix) -> float:
    """Over questions, of rows that hold a sum and a count."""
    return float(rows[:, 0].sum() / rows[:, 1].sum())


def caption(sizes: Sizes, told: Mapping[str, int], seeds: int, command: str) -> list[str]:
    """What stands above the table."""
    today = dt.datetime.now(dt.UTC).date()
    about = (
        f"`{command}`; seed {', '.join(map(str, range(seeds)))}; {today}. MedQuAD, {told['questions']:,} questions of the "
        f"development half over {told['passages']:,} passages, in percent; learned from {told['rows']:,} questions, met "
        f"{MEETINGS} times each ({sizes.steps} steps of {BATCH}, rate {sizes.rate:g}), {sizes.length} word pieces, layers "
        f"from {sizes.frozen} on. The reference is in_batch, cosine, mined negatives, batches of {BATCH}. Means over seeds; "
        "Δ against the reference, with its 95 % interval over diseases drawn anew."
    )
    return [about, ""]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a folder in Hugging Face's layout, or one of ours")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3, help="0 up to, not with, this one")
    parser.add_argument("--steps", type=int, default=100, help=f"of {BATCH} questions")
    parser.add_argument("--length", type=int, default=96, help="word pieces")
    parser.add_argument("--frozen", type=int, default=5, help="layers that do not learn")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--limit", type=int, default=0, help="questions a side, to try the script; 0 for all")
    parser.add_argument("--only", default="", help="what differs, such as 'two phases': these runs alone, and no table")
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    return parser


def _command(options: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """What was typed, but for where things lie."""
    names = ("seeds", *(one.name for one in fields(Sizes)))
    said = [name for name in names if getattr(options, name) != parser.get_default(name)]
    more = "".join(f" --{name} {getattr(options, name)}" for name in said)
    return f"python bench/ablation.py --data DATA --model MODEL --work WORK{more}"


def main() -> None:
    """Train and judge what is not kept yet, then print or write."""
    parser = _parser()
    options = parser.parse_args()
    if options.only and options.only not in {line.varied for line in LINES}:
        parser.error(f"only {options.only!r}: there are {', '.join(dict.fromkeys(line.varied for line in LINES))}")
    if options.steps < 4:
        parser.error("steps must be 4 or more: of two phases each needs one, of 64 questions")
    if options.write and "<!-- ablation -->" not in options.write.read_text(encoding="utf-8"):
        parser.error(f"{options.write} marks no place for the table 'ablation'")
    options.work.mkdir(parents=True, exist_ok=True)
    sizes = Sizes(**{one.name: getattr(options, one.name) for one in fields(Sizes)})
    laboratory = Laboratory(options.data, options.model, options.work / "states", sizes)
    told = laboratory.told()
    settings = asdict(sizes) | told | {"model": options.model.resolve().name}
    kept = Kept(options.work / "runs.jsonl", settings, options.seeds)
    arms = list(dict.fromkeys(line.arm for line in LINES))
    runs = [(arm, seed) for seed in range(options.seeds) for arm in arms if arm.phases or not seed]
    only = [line.arm for line in LINES if options.only in ("", line.varied)]
    left = [one for one in runs if one not in kept and one[0] in only]
    print(f"{told}; {len(left)} of {len(runs)} runs are left", flush=True)
    if left:
        print(f"\nfilled in {laboratory.fill():.0f} s", flush=True)
    for number, (arm, seed) in enumerate(left, 1):
        began = time.perf_counter()
        standing = laboratory.run(arm, seed)
        seconds = time.perf_counter() - began
        kept.add(arm, seed, standing, seconds)
        means = " ".join(f"{name} {value:.3f}" for name, value in standing.means().items())
        print(f"{number}/{len(left)} seed {seed}: {arm.name}: {means}; {seconds:.0f} s", flush=True)
    if options.only:
        return
    lines = [*caption(sizes, told, options.seeds, _command(options, parser)), *Page(kept, laboratory.topics).lines()]
    if options.write:
        written(options.write, "ablation", lines)
    else:
        print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()
