"""What the graph is worth: facts judged by hand, evidence found along it, and how long it takes to make.

    python bench/graph.py facts --data DATA [--draw]
    python bench/graph.py hops --data DATA --work WORK [--write docs/benchmarks.md]
    python bench/graph.py speed --data DATA [--passages 2000] [--write docs/benchmarks.md]

``facts`` scores the facts that are shown by default by the judgements in bench/graph_judgements.jsonl, which hold no text of
the data: the id of the passage, where in it the fact stands, a hash of the fact and a verdict. The texts are put together
anew from DATA; a fact that the patterns no longer find is told apart. ``--draw`` prints facts to judge: ``--each`` of a
set, drawn by a seed from passages with an id of even CRC-32. ``hops`` compares evidence recall with the graph and without on
sets whose questions need several passages. ``speed`` reads passages into a graph on one core.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import written

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.graph.extract import extracted
from raglan.graph.following import follow
from raglan.graph.found import Fact
from raglan.graph.retriever import GraphRetriever, Linked
from raglan.graph.view import SHOWN
from raglan.store.adding import add_passages
from raglan.store.store import Store
from raglan.types import Example, Hit, Passage, Query, Span

JUDGED = Path(__file__).parent / "graph_judgements.jsonl"
SETS = (
    "squad/dev",
    "nq/dev",
    "hotpot/dev",
    "wiki",
    "medquad/dev",
    "covid/dev",
    "cmrc/dev",
    "drcd/dev",
    "stard/dev",
    "news-zh",
)
HOPS = ("musique/train", "hotpot-mini/train", "hotpot/dev")
READ, FIRST = 600, 20_000


def passages(data: Path, name: str, *, even: bool = True) -> Iterator[Passage]:
    """The passages of a set that may be judged."""
    with gzip.open(data / name / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, FIRST):
            row = json.loads(line)
            if not even or zlib.crc32(row["id"].encode()) % 2 == 0:
                meta = {"title": row["title"]} if row.get("title") else {}
                yield Passage(row["id"], row["text"], row["id"], Span(0, len(row["text"])), meta=meta)


def digest(fact: Fact) -> str:
    """A fact as a hash."""
    return blake2b(f"{fact.head}|{fact.relation}|{fact.tail}".encode(), digest_size=8).hexdigest()


def drawn(data: Path, name: str, seed: int) -> list[tuple[Passage, Fact]]:
    """Facts to judge, in an order drawn by chance, at most one of a passage and a rule."""
    chance = random.Random(seed)
    among = list(passages(data, name))
    among = chance.sample(among, min(READ, len(among)))
    found = [(one, fact) for one in among for fact in extracted(one).facts if fact.rule in SHOWN]
    chance.shuffle(found)
    kept = {(one.id, fact.rule): (one, fact) for one, fact in reversed(found)}
    return list(reversed(list(kept.values())))


def draw(data: Path, seed: int, each: int, rule: str | None) -> None:
    """Print facts to judge: a row of judgements without verdict, the fact, and the sentence that it stands in."""
    before = (
        {json.loads(line)["fact"] for line in JUDGED.read_text(encoding="utf-8").splitlines()}
        if JUDGED.exists()
        else set()
    )
    left = each * len(SETS)
    for name in SETS:
        # The last set makes up for one that has too few.
        most = left if name == SETS[-1] else each
        fresh = [one for one in drawn(data, name, seed) if digest(one[1]) not in before]
        found = [one for one in fresh if rule in (None, one[1].rule)][:most]
        left -= len(found)
        for one, fact in found:
            row = {"set": name, "passage": one.id, "start": fact.span.start, "end": fact.span.end, "rule": fact.rule}
            print(json.dumps({**row, "fact": digest(fact)}, ensure_ascii=False))
            print(f"   {fact.head} | {fact.relation} | {fact.tail}")
            print(f"   {' '.join(fact.span.of(one.text).split())[:260]}")


@dataclass(frozen=True)
class Judged:
    """A judgement and whether the patterns of today still find the fact."""

    set: str
    rule: str
    right: bool
    found: bool


def judged(data: Path, seed: int | None = None) -> list[Judged]:
    """The judgements, of one draw or all, each looked up in DATA."""
    rows = [json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    told = []
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name and seed in (None, row["seed"])]
        wanted = {row["passage"] for row in own}
        there = {one.id: one for one in passages(data, name) if one.id in wanted}
        for row in own:
            facts = extracted(there[row["passage"]]).facts
            marks = {(fact.span.start, fact.span.end, digest(fact)) for fact in facts if fact.rule in SHOWN}
            found = (row["start"], row["end"], row["fact"]) in marks
            told.append(Judged(name, row["rule"], row["right"], found))
    return told


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, right / count
    middle, half = share + z * z / (2 * count), z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def precision(data: Path) -> list[str]:
    """The table of judged facts: all, by language, by rule; of each draw as it was judged, and of what is found still."""
    rows = judged(data)
    first, second = judged(data, 7), judged(data, 8)
    lines = [
        "| facts | judged | right | share right | 95 % | found still | share right of these |",
        "|---|--:|--:|--:|---|--:|--:|",
    ]
    chinese = ("cmrc/dev", "drcd/dev", "stard/dev", "news-zh")
    parts = {"all": rows, "first draw": first, "second draw, once the patterns were tightened": second}
    for language, among in (("English", False), ("Chinese", True)):
        parts[f"second draw, {language}"] = [row for row in second if (row.set in chinese) == among]
    parts |= {
        f"rule `{rule}`": [row for row in rows if row.rule == rule] for rule in sorted({row.rule for row in rows})
    }
    for name, own in parts.items():
        right, still = sum(row.right for row in own), [row for row in own if row.found]
        low, high = wilson(right, len(own))
        share = f"{sum(row.right for row in still) / len(still):.2f}" if still else "–"
        cells = [name, len(own), right, f"{right / len(own):.2f}", f"{low:.2f}–{high:.2f}", len(still), share]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


@dataclass
class Known:
    """A retriever that gives what was found before: both systems see the same first search."""

    hits: dict[str, list[Hit]]

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """As before."""
        return [self.hits[query.text][:k] for query in queries]


def evidence(examples: Sequence[Example], found: Sequence[Sequence[Hit]], k: int) -> np.ndarray:
    """For each question the share of its passages among the first ``k``."""
    return np.array(
        [
            len(set(one.positives) & {hit.passage.id for hit in hits[:k]}) / len(one.positives)
            for one, hits in zip(examples, found, strict=True)
        ]
    )


def paired(one: np.ndarray, other: np.ndarray, *, draws: int = 100_000) -> float:
    """The chance of a difference as large if the two were alike: signs turned at random (Fisher 1935), two-sided."""
    difference = one - other
    turned = np.random.default_rng(0).choice([-1.0, 1.0], size=(draws, len(difference))) @ difference
    return float((np.sum(np.abs(turned) >= abs(difference.sum()) - 1e-12) + 1) / (draws + 1))


def _chance(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def opened(data: Path, work: Path, name: str) -> tuple[Library, Dataset]:
    """The library of a set, made once, and the set."""
    problems: list[Exception] = []
    found = load(data / name, bad=problems.append)
    made = library(work / name.partition("/")[0], Config(threshold=0.0))
    if not len(made.store):
        add_passages(made.store, found.passages)
    made.words.follower.refresh()
    made.encode()
    return made, found


def hops(data: Path, work: Path, names: Sequence[str]) -> list[str]:
    """The table of evidence found: without and with the graph."""
    lines = ["| set | questions | recall@1 | recall@5 | p | recall@10 | p |", "|---|--:|---|---|--:|---|--:|"]
    for name in names:
        made, found = opened(data, work, name)
        examples = [one for one in found.examples if one.positives]
        queries = [one.query for one in examples]
        without = made.hybrid.search(queries, 100)
        known = Known({query.text: hits for query, hits in zip(queries, without, strict=True)})
        linked = Linked(known, GraphRetriever(made.store, known)).search(queries, 10)
        cells = [name, f"{len(examples):,}"]
        for k in (1, 5, 10):
            before, after = evidence(examples, without, k), evidence(examples, linked, k)
            wins, losses = int((after > before).sum()), int((after < before).sum())
            cells.append(f"{before.mean():.3f} → {after.mean():.3f} (+{wins} −{losses})")
            cells += [_chance(paired(after, before))] if k > 1 else []
        lines.append(f"| {' | '.join(cells)} |")
        made.close()
    return lines


def speed(data: Path, count: int) -> list[str]:
    """Seconds for ``count`` passages on one core: of six sets, a sixth each."""
    names = ("squad/train", "nq/dev", "covid/dev", "medquad/dev", "news-zh", "cmrc/train")
    each = -(-count // len(names))
    taken = [one for name in names for one in islice(passages(data, name, even=False), each)]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        add_passages(store, taken)
        clock, cpu = time.perf_counter(), time.process_time()
        for _ in follow(store):
            pass
        seconds, busy = time.perf_counter() - clock, time.process_time() - cpu
        passage_count = len(store)
        store.close()
    return [
        "| passages | seconds | of which the processor's | 10,000 passages |",
        "|--:|--:|--:|--:|",
        f"| {passage_count:,} | {seconds:.0f} | {busy:.0f} | {seconds / passage_count * 10_000 / 60:.1f} min |",
    ]


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["facts", "hops", "speed"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draw", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=20, help="facts of a set to draw")
    parser.add_argument("--rule", help="draw facts of this rule only")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--sets", default=",".join(HOPS))
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--place", help="name of the mark in that page (graph-WHAT)")
    args = parser.parse_args()
    if args.draw:
        draw(args.data, args.seed, args.each, args.rule)
        return
    if args.what == "hops":
        if args.work is None:
            parser.error("hops needs --work, a folder to keep indexes in")
        lines = hops(args.data, args.work, args.sets.split(","))
    else:
        lines = precision(args.data) if args.what == "facts" else speed(args.data, args.passages)
    if args.write:
        written(args.write, args.place or f"graph-{args.what}", lines)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
