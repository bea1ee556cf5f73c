"""Makes the shipped English static encoder: one vector a word, distilled from the trained encoder, then trained with labels.

    python models/static_en/recipe.py --data DATA -o src/raglan/models/files/static-en.npz

Words are stems. Each begins as the teacher's vector of its most frequent form; then texts must find their teacher's vector
among those of others; then questions their passages, on the training halves of the English sets. A quarter of an hour on two
cores, most of it the teacher's.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from raglan.datasets.forms import load
from raglan.encode.onnx import OnnxEncoder
from raglan.encode.static import StaticEncoder
from raglan.models.static import packed
from raglan.search.view import spoken
from raglan.text.words import terms
from raglan.train.gate import by_vectors
from raglan.train.static import Labelled, Settings, Taught, trained, vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = {"squad": 0.2, "nq": 0.15, "policy": 0.15, "covid": 0.05, "selqa": 0.1, "medquad": 0.35}
JUDGED = ("squad", "nq", "policy", "covid", "selqa", "medquad", "hotpot", "ir-cisi", "ir-cranfield", "ir-med")
LETTERS = 300  # of a text that teacher and pupil read
UNKNOWN = 10.0  # the length of a word that is not in the table: as much as the rarest that are
WORD = re.compile(r"\w+")


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", default="minilm-en", help="a shipped encoder, or a model folder")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--words", type=int, default=30_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--texts", type=int, default=40_000, help="passages that the teacher reads")
    parser.add_argument("--taught", type=int, default=3000, help="steps by the teacher")
    parser.add_argument("--steps", type=int, default=1600, help="steps by labels")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--cache", type=Path, help="folder that keeps the teacher's vectors")
    parser.add_argument("--unknown", type=float, default=UNKNOWN, help="the length of a word that is not in the table")
    parser.add_argument("--judge", action="store_true", help="by the development sets, each passage being right or not")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(2)
    chance = random.Random(args.seed)
    known = [labelled(args.data / name / "train", share) for name, share in SHARES.items()]
    wiki = [spoken(passage) for passage in load(args.data / "wiki").passages]
    passages = [text for one in known for text in one.passages.values()]
    questions = [question for one in known for question, _ in one.questions]
    counted = [*wiki, *passages, *questions]
    words = vocabulary(counted, most=args.words)
    print(f"{len(words)} words, {len(questions)} questions", flush=True)
    read = [text[:LETTERS] for text in chance.sample([*wiki, *passages], min(args.texts, len(wiki) + len(passages)))]
    taught = lesson([*read, *questions], forms(counted, words), args)
    started = time.perf_counter()

    def watch(step: int, loss: float) -> None:
        if step % 100 == 99:
            print(f"step {step + 1}: loss {loss:.3f}, {time.perf_counter() - started:.0f} s", flush=True)

    settings = Settings(dim=args.dim, taught=args.taught, apart=0, steps=args.steps, rate=args.rate, drawn=256)
    table = trained(
        words,
        [],
        known,
        settings=settings,
        seed=args.seed,
        script="Latn",
        taught=taught,
        documents=len(counted),
        watch=watch,
    )
    data = packed(table._replace(unknown=args.unknown))
    args.out.write_bytes(data)
    print(f"{args.out}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    if args.judge:
        judge(args.data, args.out)


def judge(data: Path, file: Path) -> None:
    """nDCG@10 by vectors alone."""
    encoder = StaticEncoder(str(file))
    found = {}
    for name in JUDGED:
        dataset = load(data / name / "dev", bad=lambda _: None)
        found[name] = by_vectors(lambda texts, role: encoder.encode(texts, role=role), dataset).means()["ndcg@10"]
    print(
        {name: round(100 * one, 1) for name, one in found.items()}, f"mean {100 * sum(found.values()) / len(found):.1f}"
    )


def labelled(path: Path, share: float) -> Labelled:
    """A set as the trainer takes it."""
    data = load(path, bad=lambda _: None)
    texts = {passage.id: spoken(passage) for passage in data.passages}
    rows = [(one.query.text, tuple(name for name in one.positives if name in texts)) for one in data.examples]
    return Labelled(share, texts, [row for row in rows if row[1]])


def forms(texts: Iterable[str], words: Mapping[str, int]) -> list[str]:
    """The most frequent written form of each word, which is a stem."""
    counts = Counter(form for text in texts for form in WORD.findall(text.lower()))
    found: dict[str, str] = {}
    for form, _ in counts.most_common():
        for stem in islice(terms(form), 2):
            found.setdefault(stem, form)
    return [found.get(word, word) for word in words]


def lesson(texts: Sequence[str], written: Sequence[str], args: argparse.Namespace) -> Taught:
    """What the teacher makes of texts and words, in the directions that keep most of it."""
    given = cached(args, [*texts, *written]).astype(np.float32)
    vectors, words = given[: len(texts)], given[len(texts) :]
    _, _, axes = np.linalg.svd(vectors[:: max(1, len(vectors) // 20_000)], full_matrices=False)
    turned = vectors @ axes[: args.dim].T
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    # What all words have in common tells none apart.
    return Taught(texts, turned, (words - words.mean(axis=0)) @ axes[: args.dim].T)


def cached(args: argparse.Namespace, texts: Sequence[str]) -> NDArray[np.float16]:
    """The teacher's vectors, kept if there is a folder for them."""
    teacher, found, started = OnnxEncoder(args.teacher), [], time.perf_counter()
    key = hashlib.sha256("\0".join([teacher.identity, *texts]).encode()).hexdigest()
    file = args.cache / f"{key[:16]}.npy" if args.cache else None
    if file and file.exists():
        kept: NDArray[np.float16] = np.load(file)
        return kept
    for at in range(0, len(texts), 2048):
        found.append(teacher.encode(texts[at : at + 2048], role="passage").astype(np.float16))
        print(f"{at} of {len(texts)} texts read, {time.perf_counter() - started:.0f} s", flush=True)
    whole: NDArray[np.float16] = np.concatenate(found)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, whole)
    return whole


if __name__ == "__main__":
    main()
