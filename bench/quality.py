"""How well Raglan finds and answers on labelled sets: the tables of docs/benchmarks.md.

    python bench/quality.py --data DATA --work WORK [--sets squad,nq] [--limit 1000] [--json FILE]

Retrieval: the share of questions with a gold passage among the first 1, 5 and 20. Answers: the share of answerable
questions whose first cited sentence holds an answer string, over evidence that was retrieved. Abstention: how well
confidence tells answerable questions from unanswerable ones (AUROC), those of the set itself, and questions of another
set for which the corpus has nothing. Stores are kept in WORK.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from raglan.build.parts import Library, library
from raglan.datasets.folder import examples, passages
from raglan.metrics import calibration
from raglan.search.merge import minmax, rrf
from raglan.store.adding import add_passages
from raglan.types import Answer, Example, Hit

ENGLISH = ("squad", "nq", "policy", "covid", "selqa", "medquad", "hotpot", "ir-cranfield", "ir-cisi", "ir-med")
CHINESE = ("cmrc", "drcd", "stard")
# Whose questions a corpus cannot answer.
STRANGERS = {
    "squad": "covid",
    "nq": "policy",
    "policy": "squad",
    "covid": "selqa",
    "selqa": "covid",
    "cmrc": "drcd",
    "drcd": "cmrc",
}
KS = (1, 5, 20)


def opened(data: Path, work: Path, name: str) -> Library:
    """The store of a set's development part, made once."""
    made = library(work / name)
    made.rag.threshold = 0.0
    if not len(made.store):
        add_passages(made.store, passages(data / name / "dev"))
    made.words.follower.refresh()
    made.encode(lambda at: print(f"\r{name} {at.done}/{at.total} ", end="", flush=True))
    return made


def recall(hits: Sequence[Sequence[Hit]], rows: Sequence[Example]) -> dict[str, float]:
    """Share of questions with a positive among the first k."""
    ranks = [
        next((rank for rank, hit in enumerate(found, 1) if hit.passage.id in row.positives), 10**9)
        for found, row in zip(hits, rows, strict=True)
    ]
    return {f"recall@{k}": sum(rank <= k for rank in ranks) / len(rows) for k in KS}


def retrieval(made: Library, rows: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Every way to rank, over the same two searches."""
    queries = [row.query for row in rows]
    words = made.words.search(queries, 100)
    vectors = made.vectors.search(queries, 100) if made.vectors else [[] for _ in rows]
    pairs = list(zip(queries, words, vectors, strict=True))
    ranked = {
        "words": words,
        "vectors": vectors,
        "rrf": [rrf()(query, lists) for query, *lists in pairs],
        "minmax": [minmax()(query, lists) for query, *lists in pairs],
        "default": made.rag.retriever.search(queries, 20),
    }
    return {name: recall(hits, rows) for name, hits in ranked.items()}


def holds(answers: Sequence[str], says: str) -> bool:
    """Whether a sentence holds an answer; of an answer longer than itself it must be a part."""
    flat = "".join(says.lower().split())
    wanted = ["".join(answer.lower().split()) for answer in answers]
    return any(answer and (answer in flat or (len(flat) > 40 and flat in answer)) for answer in wanted)


def first_sentence(answer: Answer) -> str:
    """The first cited part of an answer."""
    return answer.citations[0].span.of(answer.text) if answer.citations else answer.text


def auroc(right: Sequence[float], wrong: Sequence[float]) -> float | None:
    """The chance that a right one is above a wrong one; undefined, so ``None``, without either."""
    found = calibration.auroc(np.array([*right, *wrong]), np.array([1.0] * len(right) + [0.0] * len(wrong)))
    return found if isinstance(found, float) else None


def answering(
    made: Library, rows: Sequence[Example], barren: Sequence[Example], lost: Sequence[Example]
) -> dict[str, float | None]:
    """Sentence accuracy, and AUROC of confidence against both kinds of unanswerable questions."""
    started = time.perf_counter()
    replies = [told(made, row) for row in rows]
    seconds = (time.perf_counter() - started) / len(rows)
    sure = [reply.confidence for reply in replies]
    good = [holds(row.answers, first_sentence(reply)) for row, reply in zip(rows, replies, strict=True)]
    pairs = list(zip(sure, good, strict=True))
    return {
        "sentence accuracy": sum(good) / len(good),
        "auroc right/wrong": auroc([s for s, g in pairs if g], [s for s, g in pairs if not g]),
        "auroc unanswerable": auroc(sure, [told(made, row).confidence for row in barren]),
        "auroc other corpus": auroc(sure, [told(made, row).confidence for row in lost]),
        "seconds": seconds,
    }


def told(made: Library, row: Example) -> Answer:
    """The answer to one question, whatever its confidence."""
    return made.rag.read(row.query, made.rag.fusion(row.query, made.rag.search(row.query)))


def measure(
    data: Path, work: Path, name: str, limit: int, seed: int, *, answers: bool
) -> dict[str, Mapping[str, float | None]]:
    """All numbers of one set."""
    made = opened(data, work, name)
    every = list(examples(data / name / "dev"))
    random.Random(seed).shuffle(every)
    rows = [row for row in every if row.positives][:limit]
    found: dict[str, Mapping[str, float | None]] = dict(retrieval(made, rows))
    answerable = [row for row in rows if row.answers][: limit // 2]
    if answerable and answers:
        barren = [row for row in every if not row.answers and not row.positives][: limit // 2]
        lost = list(examples(data / STRANGERS.get(name, "covid") / "dev"))[: limit // 5]
        found["answers"] = answering(made, answerable, barren, lost)
    made.close()
    return found


def main() -> None:
    """Measure, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(ENGLISH + CHINESE))
    parser.add_argument("--limit", type=int, default=1000, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--retrieval", action="store_true", help="leave answers out")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    table = {}
    for name in args.sets.split(","):
        table[name] = measure(args.data, args.work, name, args.limit, args.seed, answers=not args.retrieval)
        print(f"\n{name}")
        for system, numbers in table[name].items():
            told = "  ".join(
                f"{what} {value:.3f}" if value is not None else f"{what} undefined" for what, value in numbers.items()
            )
            print(f"  {system:10} {told}", flush=True)
    if args.json:
        args.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
