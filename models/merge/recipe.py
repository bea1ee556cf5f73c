"""Fits the shipped merge: how far to trust words, vectors and mentions, query by query, in English and Chinese.

    python models/static-zh/recipe.py --data DATA --share 0.8 --held HELD -o HELD/static.npz
    python models/merge/recipe.py --data DATA --held HELD --work WORK -o src/raglan/models/files/merge.json

It does what ``raglan train merge`` does, but that Chinese vectors come from an encoder that has not seen the questions: one
that was trained on four fifths of them, while the merge learns from the others. English questions were not seen by theirs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from pathlib import Path

from raglan.build.parts import library
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, split
from raglan.search.exact import Exact, Mentions
from raglan.store.adding import add_passages
from raglan.train.merge import fitted
from raglan.train.merging import Lists, Searches, gathered
from raglan.train.trial import kept, trial, trust

ENGLISH = ("squad", "nq", "policy", "covid", "selqa", "medquad", "musique", "hotpot-mini")
CHINESE = ("cmrc", "drcd", "stard")


def lists(data: Dataset, work: Path, config: Config, limit: int, seed: int) -> tuple[Lists, Lists]:
    """What the searches find for the questions to learn from, and for a fifth that is held out."""
    made = library(work, config)
    if not len(made.store):
        add_passages(made.store, data.passages)
    made.words.follower.refresh()
    made.encode(lambda at: print(f"\r{data.name} {at.done}/{at.total} ", end="", flush=True))
    assert made.vectors is not None
    searches = Searches(made.words, made.vectors, Mentions(made.words), Exact(made.words))
    # Another seed than that of the encoder's split, by which what it left over is all on one side.
    parts = split(data, share=0.8, seed=seed + 1)
    first, second = (gathered(sampled(part, limit, seed), searches) for part in parts)
    made.close()
    return first, second


def sampled(data: Dataset, limit: int, seed: int) -> Dataset:
    """At most ``limit`` questions, drawn."""
    places = random.Random(seed).sample(range(len(data.examples)), min(limit, len(data.examples)))
    return chosen(data, sorted(places))


def main() -> None:
    """Gather, fit, try, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--held", type=Path, required=True, help="what the recipe of static-zh left over, and its encoder"
    )
    parser.add_argument("--work", type=Path, required=True, help="indexes, kept for the next time")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    english = Config.of({"encoder": {"use": "minilm"}})
    chinese = Config.of({"encoder": {"use": "static", "name": str(args.held / "static.npz")}})
    places = [(args.data / name / "train", f"{name}-train", english) for name in ENGLISH]
    places += [(args.held / name, f"{name}-held", chinese) for name in CHINESE]
    seen: dict[str, Lists] = {}
    held: dict[str, Lists] = {}
    for place, name, config in places:
        data = load(place, bad=lambda _: None)
        seen[name], held[name] = lists(data, args.work / name, config, args.limit, args.seed)
    fit = fitted(seen, seed=args.seed)
    trials = {name: trial(one, fit) for name, one in held.items() if len(one)}
    for name, one in trials.items():
        told = f"words {one.words:.3f} vectors {one.vectors:.3f} rrf {one.rrf:.3f} minmax {one.minmax:.3f}"
        print(f"{name:16} {one.questions:5} {told} learned {one.learned:.3f} weight {one.weight:.2f}")
    print(trust(list(held.values()), fit), *kept(trials), sep="\n")
    data_out = (json.dumps(fit.table()) + "\n").encode()
    args.out.write_bytes(data_out)
    print(f"{args.out}: {len(data_out):,} bytes, sha256 {hashlib.sha256(data_out).hexdigest()}")


if __name__ == "__main__":
    main()
