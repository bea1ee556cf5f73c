"""Whether a key sees what a library sees that holds nothing else, and whether time tells what is hidden.

    python bench/permissions.py [--documents 1000] [--keys 1000] [--queries 1000] [--edits 200] [--seed 0] [--timing 2000]

Documents are drawn for drawn groups, keys for up to two groups, and every query is asked with one of the keys: of the
library that the key leads to, and of one made from the documents alone that the key may see. Hits with their scores,
answers, counts and the stages of why must be the same. Then documents are added, changed, dropped and granted to others,
and a part is asked again of the same open views. For the times, two stores are asked the same with the same key in turns,
each with as many hidden documents again: those of one match what is asked, those of the other do not.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.samples import ENGLISH, sentence
from tests.serve.oracle import CONFIG, GROUPS, World, Written, asked, different, put, seen

from raglan.build.parts import Library, assembled, library
from raglan.search.dense import DenseIndex
from raglan.serve.access import Views
from raglan.serve.keys import Key, Keys
from raglan.types import Query

MOST_GROUPS = 2  # of one key
AGAIN = 10  # views that are asked again after edits


def checked(place: Path, args: argparse.Namespace) -> int:
    """How many replies differ."""
    chance = random.Random(args.seed)
    made = library(place, CONFIG)
    world = World(made.store, chance)
    world.add(args.documents)
    made.encode()
    views = Views(made, lambda store: assembled(store, CONFIG), most=1_000)
    keys = Keys(place)
    by_groups: dict[frozenset[str], list[Key]] = defaultdict(list)
    for number in range(args.keys):
        key, _ = keys.add(f"key {number}", groups=chance.sample(GROUPS, chance.randint(0, MOST_GROUPS)))
        by_groups[key.groups].append(key)
    drawn = [chance.choice(list(by_groups)) for _ in range(args.queries)]
    began, differ = time.perf_counter(), 0
    for done, (groups, some) in enumerate(by_groups.items()):
        differ += compared(world, views.library(some[0]), groups, drawn.count(groups))
        print(f"\r{done + 1}/{len(by_groups)} views, {differ} replies differ", end="", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    print(
        f"{args.documents} documents, {args.keys} keys with {len(by_groups)} sets of groups, {args.queries} queries: "
        f"{differ} replies differ ({seconds:.0f} s)"
    )
    kinds = [world.edit() for _ in range(args.edits)]
    made.encode()
    again = chance.sample(list(by_groups), min(AGAIN, len(by_groups)))
    later = sum(compared(world, views.library(by_groups[groups][0]), groups, 10) for groups in again)
    told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    print(f"after {args.edits} edits ({told}): {10 * len(again)} queries to open views, {later} replies differ")
    keys.close()
    made.close()
    return differ + later


def compared(world: World, limited: Library, groups: frozenset[str], queries: int) -> int:
    """How many of so many replies differ from those of a library of what the groups may see."""
    oracle, wrong = world.oracle(groups), 0
    if limited.store.documents() != oracle.store.documents() or len(limited.store) != len(oracle.store):
        print(f"\n{sorted(groups)}: other documents", file=sys.stderr)
        wrong += 1
    for _ in range(queries):
        query = world.query()
        text = world.chance.choice(world.chance.choice(list(world.written.values())).texts)
        if told := different(asked(limited, query, text), asked(oracle, query, text)):
            print(f"\n{sorted(groups)}, {query.text!r}: {told[:500]}", file=sys.stderr)
            wrong += 1
    oracle.close()
    return wrong


def timed(place: Path, documents: int, seed: int) -> None:
    """Print how long the same takes where hidden documents match and where there are none."""
    views = [filled(place / str(matches), documents, seed, matches=matches) for matches in (False, True)]
    chance = random.Random(seed + 1)
    queries = [Query(" ".join(chance.sample(ENGLISH, 3))) for _ in range(200)]
    for view in views:
        view.rag.search(queries[0], 10)
    parts: dict[str, Callable[[Library, Query], object]] = {
        "words": lambda view, query: view.words.search([query], 10),
        "vectors": lambda view, query: vectors(view).search([query], 10),
        "all": lambda view, query: view.rag.search(query, 10),
        "counted": lambda view, query: view.rag.answer(Query(f"How many documents mention {query.text.split()[0]}?")),
    }
    print(f"{documents} visible documents and {documents} hidden ones, which do not match, or do; milliseconds")
    print("| asked | do not: median | do: median | p95 | p95 | told apart |\n|---|--:|--:|--:|--:|--:|")
    for name, ask in parts.items():
        times: tuple[list[float], list[float]] = ([], [])
        for number, query in enumerate(queries * 2):
            for at in (0, 1) if number % 2 else (1, 0):
                began = time.perf_counter()
                ask(views[at], query)
                times[at].append((time.perf_counter() - began) * 1e3)
        one, other = times
        medians = f"{statistics.median(one):.2f} | {statistics.median(other):.2f}"
        print(f"| {name} | {medians} | {p95(one):.2f} | {p95(other):.2f} | {apart(one, other):.2f} |")


def filled(place: Path, documents: int, seed: int, *, matches: bool) -> Library:
    """The library over a view of a store with visible and hidden documents in turns."""
    chance, secret = random.Random(seed), random.Random(seed + 99)
    made = library(place, CONFIG)
    with made.store.transaction():
        for number in range(documents):
            put(made.store, Written(f"doc-{number}.txt", (sentence(chance),), (), f"Title {number}"))
            said = sentence(secret)
            # As long, of as many different words, and none of those that are asked for.
            said = said if matches else " ".join(word[::-1] + "q" for word in said.split())
            put(made.store, Written(f"hid-{number}.txt", (said,), ("hr",), f"Hidden {number}"))
    made.encode()
    return seen(made, frozenset({"sales"}))


def vectors(view: Library) -> DenseIndex:
    """Its search by meaning."""
    assert view.vectors is not None
    return view.vectors


def p95(times: list[float]) -> float:
    """The time that 95 in 100 do not exceed."""
    return statistics.quantiles(times, n=20)[-1]


def apart(one: list[float], other: list[float]) -> float:
    """The chance that of a time of each the one where hidden documents match is longer: 0.5 if nothing tells them apart."""
    longer = sum((b > a) + 0.5 * (b == a) for a in one for b in other)
    return longer / (len(one) * len(other))


def main() -> None:
    """Check, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("documents", 1_000), ("keys", 1_000), ("queries", 1_000), ("edits", 200), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--timing", type=int, default=2_000, help="visible documents; 0 measures nothing")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.timing:
            timed(Path(folder), args.timing, args.seed)
        wrong = checked(Path(folder) / "checked", args) if args.queries else 0
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
