"""Steps a second of training an encoder, beside sentence-transformers' own trainer.

    python bench/training.py --data DATA --model MODEL [--peer-python PYTHON] [--frozen 4 5] [--rounds 5] [--json]

Both start from the same weights (MODEL: all-MiniLM-L6-v2 as published) and learn from the same pairs of MedQuAD's training
half, as many a step, with as many word pieces, in float32 on the processor, without dropout, with AdamW and the softmax
over the batch (ours: ``in_batch``; theirs: MultipleNegativesRankingLoss). Whether it is the same, the loss of one batch
before the first step tells; a difference ends the run. Then both again with ``--frozen`` layers that do not learn: theirs
run at every step, ours once a text, whose seconds stand in a column of their own.

Every number is of a fresh process, the first ``--warm`` steps left out. Jobs take turns, forth and back; a ratio is of one
round, and what counts is the median over rounds. PYTHON is that of an environment with bench/peers/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from raglan.datasets.forms import load
from raglan.search.view import spoken

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.peers.running import Json, run

ALIKE = 0.02  # by what share of themselves losses may differ: ours keeps states in float16
OWN, PEER = "raglan", "sentence-transformers"


class Job(NamedTuple):
    """Who trains, and how many of its layers do not."""

    name: str
    frozen: int


def written(data: Path, file: Path, count: int, seed: int) -> None:
    """``count`` questions with their passages, as an index sees them."""
    found = load(data / "medquad" / "train")
    texts = {passage.id: spoken(passage) for passage in found.passages}
    chosen = random.Random(seed).sample([one for one in found.examples if one.positives], count)
    rows = [{"question": one.query.text, "passage": texts[one.positives[0]]} for one in chosen]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def measure(options: argparse.Namespace) -> dict[Job, list[Json]]:
    """What each job told, round by round."""
    names = [OWN, PEER] if options.peer_python else [OWN]
    jobs = [Job(name, frozen) for frozen in dict.fromkeys((0, *options.frozen)) for name in names]
    told: dict[Job, list[Json]] = {job: [] for job in jobs}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.jsonl"
        written(options.data, file, options.batch * (options.warm + options.steps), options.seed)
        shared = {name: getattr(options, name) for name in ("length", "batch", "steps", "warm", "seed")}
        shared |= {"file": str(file), "model": str(options.model.resolve())}
        for turn in range(options.rounds):
            for job in jobs[:: -1 if turn % 2 else 1]:
                driver, python = _driven(job, options.peer_python)
                with tempfile.TemporaryDirectory(dir=folder) as states:
                    one = run(python, driver, "train", shared | {"frozen": job.frozen, "folder": states})
                told[job].append(one)
                print(f"{turn + 1} {job.name}, {job.frozen} frozen: {one['steps_s']:.3f}", file=sys.stderr, flush=True)
            _alike([rounds[turn]["first_loss"] for rounds in told.values()])
    return told


def _driven(job: Job, peer: str) -> tuple[str, str]:
    return ("train_raglan", sys.executable) if job.name == OWN else ("train_sentence_transformers", peer)


def _alike(losses: Sequence[float]) -> None:
    if max(losses) - min(losses) > ALIKE * max(losses):
        raise SystemExit(f"the losses of the first batch differ ({losses}): these jobs do not do the same")


def ratios(told: dict[Job, list[Json]], frozen: int) -> list[float]:
    """Ours to theirs, a round each; none without a peer."""
    own, peer = told[Job(OWN, frozen)], told.get(Job(PEER, frozen), [])
    return [mine["steps_s"] / other["steps_s"] for mine, other in zip(own, peer, strict=False)]


def table(options: argparse.Namespace, told: dict[Job, list[Json]]) -> list[str]:
    """The findings for people: medians, and the lowest and the highest round."""
    about = (
        f"Batches of {options.batch}, {options.length} word pieces, {options.steps} steps a round, {options.rounds} rounds; "
        "median (lowest to highest)."
    )
    columns = ("layers that learn", "trainer", "steps/s", "questions/s", "times the peer", "once: fill, s")
    lines = [
        about,
        "",
        f"| {' | '.join(columns)} | processor s a step | MB |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for job, rounds in told.items():
        rates = [one["steps_s"] for one in rounds]
        times = ratios(told, job.frozen) if job.name == OWN else []
        cells = [
            f"all but {job.frozen}" if job.frozen else "all",
            job.name,
            _spread(rates),
            f"{options.batch * statistics.median(rates):.1f}",
            _spread(times) if times else "",
            f"{_median(rounds, 'fill_s'):.1f}" if "fill_s" in rounds[0] else "",
            f"{_median(rounds, 'cpu_s'):.2f}",
            f"{_median(rounds, 'peak_mb'):.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _median(rounds: Sequence[Json], key: str) -> float:
    return statistics.median(float(one[key]) for one in rounds)


def _spread(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a folder in Hugging Face's layout")
    parser.add_argument("--peer-python", default="", help="of the peer's environment; without it, raglan alone")
    parser.add_argument(
        "--frozen", type=int, nargs="+", default=[4, 5], help="layers that do not learn, where not all do"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="a round, that are measured")
    parser.add_argument("--warm", type=int, default=4, help="a round, that are not")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=128, help="word pieces")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if min(options.rounds, options.steps, options.warm, options.batch) < 1:
        parser.error("rounds, steps, warm and batch must be 1 or more")
    told = measure(options)
    rows = [{**job._asdict(), "rounds": rounds, "ratios": ratios(told, job.frozen)} for job, rounds in told.items()]
    print(json.dumps(rows, indent=1) if options.json else "\n".join(table(options, told)))


if __name__ == "__main__":
    main()
