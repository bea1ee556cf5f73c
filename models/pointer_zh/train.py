"""Trains the network that points at answers in Chinese passages: from nothing, on one core, in half an hour.

    python -m models.pointer_zh.train --data DATA --work WORK -o src/raglan/models/files/pointer-zh.npz

Two phases: each question of CMRC (simplified) and DRCD (traditional) with its own passage alone; and among two others that
words find. Of one question in six the passage is then taken away: there is no answer. It is judged by development questions,
from their own passage and from the eight that words find, against the sentences that are told without it. The average of the
weights is what counts. Stopped, it goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled
from raglan.encode.builtin import builtin
from raglan.encode.remembering import Remembering
from raglan.generate.pointer import PointerGenerator, vectors
from raglan.generate.sentence import SentenceGenerator
from raglan.metrics.answers import exact_match, token_f1
from raglan.metrics.value import Value
from raglan.models.pointer import Pointer, packed
from raglan.nn.pointer import PointerNetwork
from raglan.protocols import Generator
from raglan.search.lexical import LexicalIndex
from raglan.train.answering import beside
from raglan.train.lessons import gathered, standing
from raglan.train.loop import run
from raglan.train.plan import Plan, Progress
from raglan.train.pointing import PointingLearning
from raglan.train.step import Descend, Descent, accelerator
from raglan.train.teaching import Teaching
from raglan.types import Answer, Evidence, Example

SETS = ("cmrc", "drcd")
WRONG = 4  # passages that words find, of which as many are shown as there is room for
FOUND = 8
LOST = 0.2  # so many questions more, of all, whose passage is taken away


def main() -> None:
    """Train, judge, and write what is better than sentences."""
    args = parser().parse_args()
    sets = [opened(args.data / name / "train", name) for name in SETS]
    words = torch.from_numpy(vectors().rows)
    net = PointerNetwork(words, width=args.width, dropout=args.dropout, seed=args.seed)
    phase(args, sets, net, "alone", args.steps, rate=2e-3)
    sets += [lost(one, args.seed) for one in sets]
    weights = phase(args, sets, net, "among", args.among, rate=1e-3, texts=3)
    args.out.write_bytes(packed(weights))
    pointer = PointerGenerator(Pointer(args.out.read_bytes(), args.out, vectors()), encoder=Remembering(builtin()))
    better = [judged(args, name, pointer) for name in SETS]
    print(f"{args.out.name}  sha256 {hashlib.sha256(args.out.read_bytes()).hexdigest()}")
    if not all(better):
        raise SystemExit(1)


def parser() -> argparse.ArgumentParser:
    """What it is told."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--data", type=Path, required=True)
    found.add_argument("--work", type=Path, required=True, help="checkpoints")
    found.add_argument("-o", "--out", type=Path, required=True)
    found.add_argument("--steps", type=int, default=2600, help="steps over questions alone")
    found.add_argument("--among", type=int, default=700, help="steps among other passages")
    found.add_argument("--width", type=int, default=128)
    found.add_argument("--dropout", type=float, default=0.15)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--asked", type=int, default=400, help="questions of a set that judge")
    found.add_argument("--precision", default="auto")
    found.add_argument("--resume", action="store_true")
    return found


def opened(place: Path, name: str) -> Dataset:
    """A set without its malformed rows, which are counted."""
    problems: list[Exception] = []
    found = load(place, bad=problems.append)
    if problems:
        print(f"{place}: {len(problems)} malformed rows left out, {problems[0]}", flush=True)
    return replace(found, name=name)


def lost(data: Dataset, seed: int) -> Dataset:
    """Some of the questions, with passages that words find for them and in which their answers do not stand."""
    some = sampled(data, round(LOST * len(data.examples)), seed)
    index = LexicalIndex()
    index.add(data.passages)

    def made() -> Iterator[Example]:
        for one, hits in zip(some.examples, index.search([one.query for one in some.examples], 8), strict=True):
            texts = [hit.passage for hit in hits if hit.passage.id not in one.positives]
            wrong = [each.id for each in texts if not standing(one.answers, each.text)]
            yield Example(one.query, negatives=tuple(wrong[:3]))

    return Dataset(f"{data.name}-lost", tuple(one for one in made() if one.negatives), data.passages)


def phase(
    args: argparse.Namespace,
    sets: Sequence[Dataset],
    net: PointerNetwork,
    name: str,
    steps: int,
    *,
    rate: float,
    texts: int = 1,
) -> dict[str, np.ndarray]:
    """So many steps; the average of the weights, with which the next phase begins."""
    lessons = gathered(sets)
    learning = PointingLearning(net, vectors(), lessons.sources, texts=texts, seed=args.seed)
    found = beside(lessons, sets, WRONG) if texts > 1 else ()
    batches = Teaching(lessons, 16, learning.batch, found=found, seed=args.seed)
    torch.manual_seed(args.seed)  # of dropout
    step = Descend(net, learning.objective, Descent(steps, rate=rate, average=0.998), by=accelerator(args.precision))
    settings = {"phase": name, "steps": steps, "lessons": len(lessons.rows), "width": args.width, "seed": args.seed}
    losses: list[float] = []

    def watch(at: Progress) -> None:
        losses.append(at.report["loss"])
        if at.step % 100 == 0:
            print(
                f"{name} {at.step} of {at.steps}: {np.mean(losses[-100:]):.3f}, {at.left or 0:.0f} s left", flush=True
            )

    run(step, batches, Plan(steps, args.work / name, resume=args.resume, settings=settings), watch=[watch])
    with step.averaged() as model:
        weights = {key: value.clone() for key, value in model.state_dict().items()}
    net.load_state_dict(weights)
    return {key: value.numpy() for key, value in weights.items()}


def judged(args: argparse.Namespace, name: str, pointer: PointerGenerator) -> bool:
    """Whether the pointer answers better than sentences, from a question's own passage and from what words find."""
    data = sampled(opened(args.data / name / "dev", name), args.asked, args.seed)
    texts = {one.id: one for one in data.passages}
    index = LexicalIndex()
    index.add(data.passages)
    hits = index.search([one.query for one in data.examples], FOUND)
    by: dict[str, Generator] = {"pointer": pointer, "sentence": SentenceGenerator(Remembering(builtin()))}
    means: dict[str, list[float]] = {}
    for writer, generator in by.items():
        rows = []
        for one, found in zip(data.examples, hits, strict=True):
            own = [Evidence(texts[each], 1.0) for each in one.positives]
            near = [Evidence(hit.passage, 1 / len(found)) for hit in found]
            said = [Answer(generator.write(one.query, given).text) for given in (own, near)]
            rows.append([worth(metric(answer, one)) for answer in said for metric in (exact_match, token_f1)])
        means[writer] = [round(100 * float(value), 1) for value in np.mean(rows, axis=0)]
        print(f"{name} {writer}: EM, F1 from its own passage and from {FOUND} found: {means[writer]}", flush=True)
    return means["pointer"][1] > means["sentence"][1] and means["pointer"][3] > means["sentence"][3]


def worth(value: Value) -> float:
    """Of a question that has an answer."""
    assert isinstance(value, float)
    return value


if __name__ == "__main__":
    main()
