"""Makes the shipped Chinese encoder: one vector a word, pair of characters and character, trained from nothing.

    python models/static_zh/recipe.py --data DATA -o src/raglan/models/files/static-zh.npz

Without labels: news and articles of law, a sentence against what stands around it. With labels: the training halves of
CMRC, DRCD and STARD. Ten minutes on one core. ``--share 0.8`` learns from that share of the questions only and
writes the others to ``--held``, so that a merge can be fitted on them.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import time
from pathlib import Path

import torch

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, split
from raglan.datasets.saving import save
from raglan.models.static import packed
from raglan.search.view import spoken
from raglan.train.static import Labelled, Settings, trained, vocabulary

SHARES = {"cmrc": 0.4, "drcd": 0.2, "stard": 0.4}


def labelled(data: Dataset, share: float) -> Labelled:
    """A set as the trainer takes it."""
    texts = {passage.id: spoken(passage) for passage in data.passages}
    rows = [(one.query.text, tuple(name for name in one.positives if name in texts)) for one in data.examples]
    return Labelled(share, texts, [row for row in rows if row[1]])


def halves(name: str, data: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Two parts that are to each other as the development half is to this one: by article, of STARD by question."""
    if name != "stard":
        return split(data, share=share, seed=seed)
    places = list(range(len(data.examples)))
    random.Random(seed).shuffle(places)
    cut = int(share * len(places))
    return chosen(data, sorted(places[:cut])), chosen(data, sorted(places[cut:]))


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--words", type=int, default=60_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--held", type=Path, help="folder for the questions that are left over by --share")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    sets = {name: load(args.data / name / "train", bad=lambda _: None) for name in SHARES}
    if args.share < 1:
        parts = {name: halves(name, one, args.share, args.seed) for name, one in sets.items()}
        sets = {name: first for name, (first, _) in parts.items()}
        for name, (_, second) in parts.items() if args.held else ():
            save(second, args.held / name)
    known = [labelled(one, SHARES[name]) for name, one in sets.items()]
    news = [re.sub(r"\s+", " ", passage.text)[:1500] for passage in load(args.data / "news-zh").passages]
    random.Random(args.seed).shuffle(news)
    articles = list(known[2].passages.values())
    counted = [*(text[:600] for text in news[:15_000]), *(text for one in known for text in one.passages.values())]
    words = vocabulary([*counted, *(question for one in known for question, _ in one.questions)], most=args.words)
    print(f"{len(words)} words, {sum(len(one.questions) for one in known)} questions", flush=True)
    started, settings = time.perf_counter(), Settings(dim=args.dim)

    def watch(step: int, loss: float) -> None:
        if step % 100 == 99:
            print(f"step {step + 1}: loss {loss:.3f}, {time.perf_counter() - started:.0f} s", flush=True)

    # A fifth of what is read without labels is law.
    table = trained(
        words,
        [*news, *articles * (len(news) // (4 * len(articles)))],
        known,
        settings=settings,
        seed=args.seed,
        watch=watch,
    )
    data = packed(table)
    args.out.write_bytes(data)
    print(f"{args.out}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
