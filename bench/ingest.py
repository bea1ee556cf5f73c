"""How fast documents become searchable, beside systems that compute the same vectors.

    python bench/ingest.py --data DATA --peers peers/bin/python --model MODEL [--n 2000] [--json]

Every system gets the same N passages in one file of JSON lines: introductions of Wikipedia articles, cut at about 800
characters, so that nothing is cut off at 256 word pieces and every system encodes the same. The clock runs from before
the file is read until a first query is answered; imports and the loading of models lie before it and stand in a column of
their own. Raglan has everything on disk by then, durably; the peers hold it in memory and are not asked to save it.

PEERS is the Python of an environment with bench/peers/requirements.txt, MODEL a folder with all-MiniLM-L6-v2 as
published, the same weights as raglan's. Peers run with their default batch size and with 8 and 32; their best counts. Each
row is the best of REPEAT fresh processes, taken in turns, forth and back.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from raglan.datasets.folder import passages
from raglan.ingest.cut import by_structure
from raglan.types import Document

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.peers.running import Json, run

LENGTH = 256  # word pieces that an encoder reads of a text, as raglan's does
WITH_VECTORS, BY_WORDS = 2.0, 20.0  # what is to be reached: times the best peer, times raglan with vectors


class Job(NamedTuple):
    """One row of the table."""

    name: str
    driver: str
    vectors: bool
    batch: int = 0  # the system's own default


JOBS = (
    Job("raglan, words and vectors", "use_raglan", vectors=True),
    Job("raglan, words alone", "use_raglan", vectors=False),
    Job("sentence-transformers + faiss (batch 32, its default)", "use_sentence_transformers", vectors=True),
    Job("sentence-transformers + faiss (batch 8)", "use_sentence_transformers", vectors=True, batch=8),
    Job("txtai (batch 32, its default)", "use_txtai", vectors=True),
    Job("txtai (batch 8)", "use_txtai", vectors=True, batch=8),
    Job("LlamaIndex (batch 10, its default)", "use_llamaindex", vectors=True),
    Job("LlamaIndex (batch 8)", "use_llamaindex", vectors=True, batch=8),
    Job("LlamaIndex (batch 32)", "use_llamaindex", vectors=True, batch=32),
    Job("Haystack in memory, BM25", "use_haystack", vectors=False),
)


def cut(data: Path) -> Iterator[Json]:
    """The corpus in passages, each as a row."""
    for article in passages(data / "wiki"):
        for number, passage in enumerate(by_structure(Document(article.id, article.text, article.id))):
            yield {"id": f"{article.id}/{number}", "title": article.meta.get("title", ""), "text": passage.text}


def measure(options: argparse.Namespace) -> dict[str, Json]:
    """The best run of each job."""
    best: dict[str, Json] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "passages.jsonl"
        rows = list(islice(cut(options.data), options.n))
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        last = rows[-1]["text"]
        shared = {"file": str(file), "model": str(options.model), "length": LENGTH, "query": last[:200], "wanted": last}
        for turn in range(options.repeat):
            for job in JOBS[:: -1 if turn % 2 else 1]:
                python = sys.executable if job.driver == "use_raglan" else options.peers
                told = run(python, job.driver, "ingest", shared | {"batch": job.batch, "vectors": job.vectors})
                told["per_second"] = len(rows) / told["seconds"]
                if job.name not in best or told["seconds"] < best[job.name]["seconds"]:
                    best[job.name] = told
                print(f"{job.name}: {told['seconds']:.2f} s", file=sys.stderr, flush=True)
    return {job.name: best[job.name] for job in JOBS}


def compared(best: dict[str, Json]) -> Json:
    """Ratios of passages per second, and whatever a peer is better at."""
    own, words = JOBS[0].name, JOBS[1].name
    peers = {kind: [job.name for job in JOBS[2:] if job.vectors is kind] for kind in (True, False)}
    fastest = max(peers[True], key=lambda name: float(best[name]["per_second"]))
    with_vectors = best[own]["per_second"] / best[fastest]["per_second"]
    by_words = best[words]["per_second"] / best[own]["per_second"]
    ratios = {
        "with vectors, times the best peer": with_vectors,
        "the same in processor time": min(best[name]["cpu_s"] for name in peers[True]) / best[own]["cpu_s"],
        "words alone, times with vectors": by_words,
        **{f"words alone, times {name}": best[words]["per_second"] / best[name]["per_second"] for name in peers[False]},
    }
    wins = [
        f"{name}: {what} {best[name][key]:.2f}, raglan {best[mine][key]:.2f}"
        for mine, kind in ((own, True), (words, False))
        for name in peers[kind]
        for key, what in (("seconds", "seconds"), ("start_s", "seconds to start"), ("peak_mb", "peak MB"))
        if best[name][key] < best[mine][key]
    ]
    met = {
        f"with vectors at least {WITH_VECTORS:g} times the best peer": with_vectors >= WITH_VECTORS,
        f"words alone at least {BY_WORDS:g} times with vectors": by_words >= BY_WORDS,
    }
    return {"best_peer": fastest, "ratios": ratios, "peer_wins": wins, "met": met}


def table(found: Json) -> None:
    """The findings for people."""
    print(f"{'':54} {'passages/s':>10} {'seconds':>8} {'cpu s':>7} {'start s':>8} {'peak MB':>8}")
    for name, row in found["systems"].items():
        print(
            f"{name:54} {row['per_second']:10.1f} {row['seconds']:8.2f} {row['cpu_s']:7.1f} {row['start_s']:8.2f}"
            f" {row['peak_mb']:8.0f}"
        )
    print()
    for name, ratio in found["ratios"].items():
        print(f"{name}: {ratio:.2f}")
    print(f"best peer with vectors: {found['best_peer']}")
    print("\nWhere a peer wins: " + ("; ".join(found["peer_wins"]) or "nowhere"))
    for name, met in found["met"].items():
        print(f"{'met' if met else 'MISSED'}: {name}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", required=True, help="the Python of the peers' environment")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--n", type=int, default=2_000, help="passages")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    best = measure(options)
    found = {"passages": options.n, "repeat": options.repeat, "systems": best, **compared(best)}
    print(json.dumps(found, indent=1)) if options.json else table(found)


if __name__ == "__main__":
    main()
