"""How long an evaluation takes: 10,000 questions over 20,000 passages, five systems, retrieval metrics with intervals.

    python bench/evaluation.py --data DATA

Passages are those of MedQuAD, NQ and COVID-QA, as many as are asked for; questions those of MedQuAD and NQ. Vectors are
hashed words (384 numbers), whose encoding takes next to no time: what is measured is search, merging and statistics.
"""

from __future__ import annotations

import argparse
import gc
import time
from itertools import chain, islice
from pathlib import Path

from raglan.build.metrics import metrics
from raglan.build.parts import library
from raglan.build.systems import Clock, Systems
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.folder import examples, passages
from raglan.evaluate.given import Asking
from raglan.evaluate.measure import evaluate
from raglan.store.adding import add_passages

SYSTEMS = ("words", "vectors", "minmax", "rrf", "learned")
METRICS = ("recall@1", "recall@5", "recall@20", "mrr@10", "ndcg@10")


def main() -> None:
    """Index, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=10_000)
    args = parser.parse_args()
    folders = [args.data / name / part for name in ("medquad", "nq", "covid") for part in ("train",)]
    found = list(islice(chain.from_iterable(map(passages, folders)), args.passages))
    asked = chain.from_iterable(
        examples(args.data / name / part) for name in ("medquad", "nq") for part in ("train", "dev")
    )
    rows = tuple(islice((row for row in asked if row.positives), args.questions))
    made = library(None, Config.of({"encoder": {"use": "hashing", "dim": 384}}))
    add_passages(made.store, found)
    made.words.follower.refresh()
    made.encode()
    # As the command does.
    gc.set_threshold(200_000, 20, 20)
    clock = Clock()
    makers = Systems(made, clock)
    started = time.perf_counter()
    report = evaluate(
        {name: makers.of(name) for name in SYSTEMS},
        Dataset("bench", rows, found),
        metrics(METRICS),
        asking=Asking(clock=clock),
    )
    seconds = time.perf_counter() - started
    print(f"{len(rows)} questions, {len(found)} passages, {len(SYSTEMS)} systems: {seconds:.1f} s")
    for name, outcome in report.systems.items():
        score = outcome.scores["ndcg@10"]
        print(
            f"  {name:8} {outcome.seconds:6.1f} s alone   ndcg@10 {score.value:.3f}  {score.low:.3f} to {score.high:.3f}"
        )


if __name__ == "__main__":
    main()
