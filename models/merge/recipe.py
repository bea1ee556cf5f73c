"""Fits the shipped merge: how far to trust words, vectors and mentions, query by query, in English and Chinese.

    python models/static_zh/recipe.py --data DATA --share 0.8 --held HELD -o HELD/static.npz
    python models/merge/recipe.py --data DATA --held HELD --work WORK -o src/raglan/models/files/merge.json

It does what ``raglan train merge`` does, with questions that no encoder has seen: English ones that the shipped encoder's
recipe left over, Chinese ones that an encoder of four fifths left over, which stands in for the shipped one. Chinese sets
come twice, alone and among news, for a large corpus wants another balance than a small one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from raglan.build.parts import library
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled, split
from raglan.search.exact import Exact, Mentions
from raglan.store.adding import add_passages
from raglan.train.merge import fitted
from raglan.train.merging import Lists, Searches, gathered
from raglan.train.trial import kept, trial, trust
from raglan.types import Passage

ENGLISH = ("squad", "nq", "policy", "covid", "selqa", "medquad", "musique", "hotpot-mini")
CHINESE = ("cmrc", "drcd", "stard")
AMONG_NEWS = ("cmrc", "drcd")


class Place(NamedTuple):
    """Questions with their passages, what finds them, and passages that stand around."""

    name: str
    data: Dataset
    config: Config
    around: Iterable[Passage] = ()


def lists(place: Place, work: Path, limit: int, seed: int) -> tuple[Lists, Lists]:
    """What the searches find for the questions to learn from, and for a fifth that is held out."""
    data, made = place.data, library(work, place.config)
    if not len(made.store):
        add_passages(made.store, chain(data.passages, place.around))
    made.words.follower.refresh()
    made.encode(lambda at: print(f"\r{place.name} {at.done}/{at.total} ", end="", flush=True))
    assert made.vectors is not None
    searches = Searches(made.words, made.vectors, Mentions(made.words), Exact(made.words))
    # Another seed than that of the encoder's split, by which what it left over is all on one side.
    parts = split(data, share=0.8, seed=seed + 1)
    first, second = (gathered(sampled(part, limit, seed), searches) for part in parts)
    made.close()
    return first, second


def places(data: Path, left_over: Path) -> Iterator[Place]:
    """Where questions are put: the English sets, the Chinese ones, and two of these among news."""
    english = Config.of({"encoder": {"use": "builtin"}})
    for name in ENGLISH:
        # The parts of models/encoder/train.py.
        _, unseen = split(load(data / name / "train", bad=lambda _: None), share=0.8)
        yield Place(f"{name}-left", unseen, english)
    chinese = Config.of({"encoder": {"use": "static", "name": str(left_over / "static.npz")}})
    for name in CHINESE:
        yield Place(f"{name}-held", load(left_over / name, bad=lambda _: None), chinese)
    news = load(data / "news-zh").passages
    for name in AMONG_NEWS:
        yield Place(f"{name}-held+news", load(left_over / name, bad=lambda _: None), chinese, news)


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
    seen: dict[str, Lists] = {}
    held: dict[str, Lists] = {}
    for place in places(args.data, args.held):
        seen[place.name], held[place.name] = lists(place, args.work / place.name, args.limit, args.seed)
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
