"""Opening, adding and asking at size, beside the default stores of other systems.

    python bench/search.py --data DATA --peers peers/bin/python --model MODEL --work WORK [--n 100000] [--vectors mixture]

Stores of the first N introductions of Wikipedia articles are made once, in WORK, and every number is taken in fresh
processes: opening (both indexes, no question), the first answer (models loaded), real questions one after the other
(encoded, both indexes, merged, texts fetched), single passages added durably (committed to disk and found by words; then
with a vector too), and how near the approximate search comes to an exact one. ``--vectors mixture`` spares encoding N
passages: see bench/peers/fill_store.py for what it measures and what not. Peers, and raglan beside them, run at PEER_N
passages with their default settings, the same weights and as many word pieces; what they add counts as durable once they
have saved their files, which they do without waiting for the disk.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from raglan.datasets.folder import passages

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.peers.running import Json, run

LENGTH = 256  # word pieces that an encoder reads of a text, as raglan's does
OPENINGS, ADDED, ADDED_PEERS, ASKED_PEERS = 5, 50, 5, 100
OPEN_S, ADD_MS, QUERY_MS, RECALL = 0.3, 50.0, 12.0, 0.97  # what is to be reached at N passages


class Peer(NamedTuple):
    """A system, and which of raglan's searches and additions is its counterpart."""

    name: str
    driver: str
    searches: str
    vectors: bool


PEERS = (
    Peer("txtai", "use_txtai", "words and vectors", vectors=True),
    Peer("LlamaIndex", "use_llamaindex", "vectors", vectors=True),
    Peer("Haystack", "use_haystack", "words", vectors=False),
)


def questions(data: Path, count: int, seed: int) -> list[str]:
    """Questions that people typed into a search engine."""
    with gzip.open(data / "wiki" / "dev" / "questions.nq.jsonl.gz", "rt", encoding="utf-8") as lines:
        every = [str(json.loads(line)["question"]) for line in lines]
    return random.Random(seed).sample(every, min(count, len(every)))


def written(data: Path, file: Path, start: int, count: int) -> str:
    """A file with ``count`` passages of the corpus from ``start`` on."""
    rows = [
        {"id": passage.id, "title": passage.meta.get("title", ""), "text": passage.text}
        for passage in islice(passages(data / "wiki"), start, start + count)
    ]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def measure_raglan(options: argparse.Namespace, n: int, asked: list[str]) -> Json:
    """All numbers of a store of ``n`` passages."""
    folder = options.work / f"{options.vectors}-{n}"
    shared = {"folder": str(folder), "questions": asked, "n": n, "vectors": options.vectors, "seed": options.seed}
    shared |= {"data": str(options.data), "more": written(options.data, options.work / "more.jsonl", n, 2 * ADDED)}
    told = _told(f"raglan, {n}: filling", "fill_store", "fill", sys.executable, shared)
    openings = [_told("opening", "use_raglan", "open", sys.executable, shared) for _ in range(OPENINGS)]
    found: Json = {
        "passages": told["passages"],
        "disk_mb": told["disk_mb"],
        **{name: statistics.median(one[name] for one in openings) for name in ("open_s", "answer_s", "open_mb")},
    }
    for task in ("ask", "add", "recall"):
        told = _told(task, "use_raglan", task, sys.executable, shared)
        kept = told["peak_mb"] if task == "ask" else found["peak_mb"]
        found |= told | {"peak_mb": kept}
    return found


def measure_peer(options: argparse.Namespace, peer: Peer, asked: list[str]) -> Json:
    """All numbers of a peer; what it indexed is kept for the next run."""
    folder = options.work / f"{peer.name.lower()}-{options.peer_n}"
    shared = {"folder": str(folder), "model": str(options.model), "length": LENGTH, "questions": asked[:ASKED_PEERS]}
    shared["file"] = written(options.data, options.work / "peers.jsonl", 0, options.peer_n)
    shared["more"] = written(options.data, options.work / "more.jsonl", options.peer_n, ADDED_PEERS)
    done = folder.with_suffix(".done")
    if not done.exists():
        folder.mkdir(exist_ok=True)
        _told(f"{peer.name}: indexing", peer.driver, "build", options.peers, shared)
        done.touch()
    return _told(f"{peer.name}: asking", peer.driver, "search", options.peers, shared)


def _told(what: str, driver: str, task: str, python: str, shared: Json) -> Json:
    print(what, file=sys.stderr, flush=True)
    return run(python, driver, task, shared)


def ratios(own: Json, peer: Peer, other: Json) -> dict[str, float]:
    """How many times as much a peer needs, at the same number of passages."""
    mine = own["query"] if peer.vectors else own["parts"]["words"]
    add = own["add"] if peer.vectors else own["add_words"]
    return {
        "open": other["open_s"] / own["open_s"],
        "first answer": other["answer_s"] / own["answer_s"],
        "query": other["query"]["median_ms"] / mine["median_ms"],
        "add": other["add"]["median_ms"] / add["median_ms"],
        "memory": other["peak_mb"] / own["peak_mb"],
    }


def checked(own: Json) -> dict[str, bool]:
    """Whether what was to be reached was."""
    return {
        f"open in at most {OPEN_S} s": own["open_s"] <= OPEN_S,
        f"add by words, durably, in at most {ADD_MS:g} ms": own["add_words"]["median_ms"] <= ADD_MS,
        f"add with a vector, durably, in at most {ADD_MS:g} ms": own["add"]["median_ms"] <= ADD_MS,
        f"query in at most {QUERY_MS:g} ms": own["query"]["median_ms"] <= QUERY_MS,
        f"recall@10 of exact at least {RECALL}": own["recall@10"] >= RECALL,
    }


def table(found: Json) -> None:
    """The findings for people."""
    print(f"{found['vectors']} vectors; query and add: median/95th percentile in ms\n")
    columns = ("open s", "answer s", "query", "add, words", "add", "recall@10", "MB open", "MB peak", "MB disk")
    print(f"{'':22}" + "".join(f"{name:>14}" for name in columns))
    for n, row in found["raglan"].items():
        _line(f"raglan, {n}", row)
    for name, row in found["peers"].items():
        _line(f"{name}, {found['peer_n']}", row)
    print()
    for n, row in found["raglan"].items():
        print(f"parts of a query, {n}: " + ", ".join(f"{name} {_ms(times)}" for name, times in row["parts"].items()))
    print(f"\ntimes raglan, at {found['peer_n']}:")
    for name, row in found["ratios"].items():
        print(f"  {name:14} " + ", ".join(f"{what} {ratio:.1f}" for what, ratio in row.items()))
    print("where a peer wins: " + ("; ".join(found["peer_wins"]) or "nowhere"))
    for name, met in found["met"].items():
        print(f"{'met' if met else 'MISSED'}: {name}")


def _line(name: str, row: Json) -> None:
    cells = [f"{row['open_s']:.3f}", f"{row['answer_s']:.2f}"]
    cells += [_ms(row[what]) if what in row else "" for what in ("query", "add_words", "add")]
    cells += [f"{row['recall@10']:.3f}{'' if row['graph'] else ' exact'}" if "graph" in row else ""]
    cells += [f"{row[what]:.0f}" if what in row else "" for what in ("open_mb", "peak_mb", "disk_mb")]
    print(f"{name:22}" + "".join(f"{cell:>14}" for cell in cells))


def _ms(times: Json) -> str:
    return f"{times['median_ms']:.1f}/{times['p95_ms']:.1f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", help="the Python of the peers' environment; without it, raglan alone")
    parser.add_argument("--model", type=Path, help="the folder of all-MiniLM-L6-v2, for the peers")
    parser.add_argument("--work", type=Path, required=True, help="where stores are kept from run to run")
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--peer-n", type=int, default=5_000)
    parser.add_argument("--vectors", choices=("real", "mixture"), default="real")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.peers and not options.model:
        parser.error("--peers needs --model")
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    asked = questions(options.data, options.questions, options.seed)
    own = {n: measure_raglan(options, n, asked) for n in sorted({options.peer_n, options.n})}
    peers = {peer: measure_peer(options, peer, asked) for peer in PEERS} if options.peers else {}
    compared = {peer.name: ratios(own[options.peer_n], peer, told) for peer, told in peers.items()}
    found = {
        "vectors": options.vectors,
        "questions": len(asked),
        "peer_n": options.peer_n,
        "raglan": {str(n): told for n, told in own.items()},
        "peers": {peer.name: {"searches": peer.searches} | told for peer, told in peers.items()},
        "ratios": compared,
        "peer_wins": [f"{name}: {what} x{r:.2f}" for name, row in compared.items() for what, r in row.items() if r < 1],
        "met": checked(own[options.n]),
    }
    print(json.dumps(found, indent=1)) if options.json else table(found)


if __name__ == "__main__":
    main()
