"""Trains a Chinese reader from nothing: no trunk at hand reads Chinese, so clozes of plain text come before questions.

    python -m models.reader_zh.train --data DATA --work WORK -o READER --precision bf16

First spans that recur in news and in the sets' own paragraphs are masked and found again (raglan.train.clozes); then each
question of CMRC (simplified) and DRCD (traditional) is read with its own passage alone, and the answer pointed at; then
among two others that words find, and written as well. Of one question in six the passage is taken away from then on, and
others that words find stand in its place: there is no answer. Which words of a passage stand in the question is told: a
trunk that has read nothing is slow to find that out. It is judged by two hundred questions of each development set.

The plan is an hour on two cores that multiply in bfloat16: four minutes to count the vocabulary and make the clozes, 30 for
clozes (3,500 steps), 14 alone (1,600 steps, some one and a half epochs), 12 among others (600 steps of 24 blocks). It is
reckoned from the English recipe, not measured: 8,000 word pieces a second, 4,096 of them a step of 16 blocks. The first
lines say how long is left; where that is too long, give fewer ``--clozes``. Stopped, it goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from models.encoder.train import tell, told

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled
from raglan.models.card import Card, DataSet
from raglan.models.folder import Reading
from raglan.nn.shape import Shape
from raglan.nn.sharing import save
from raglan.search.lexical import LexicalIndex
from raglan.train import start
from raglan.train.clozes import clozes
from raglan.train.course import Course, Trained
from raglan.train.course_reader import train_reader
from raglan.train.fusing import Shares
from raglan.train.lessons import standing
from raglan.train.start import Start
from raglan.train.vocabulary import tokenizer_of
from raglan.types import Example

LEARNED = {"cmrc": "CC-BY-SA-4.0", "drcd": "CC-BY-SA-3.0"}
NEWS = "Apache-2.0"
ASKED = 200  # questions of a set that judge
LOST = 0.2  # so many questions more, of all, whose passage is taken away
VOCABULARY = 8000
READING = Reading(length=256, query_length=48, scripts=("Hani", "Latn"), matches=True)
# 6 MB in int8: 2 of words, 3 of layers.
SHAPE = Shape(vocab=VOCABULARY, width=256, layers=4, heads=8, inner=1024, positions=512, types=3)


def main() -> None:
    """Make a vocabulary and clozes, train in three phases, judge, and write what is better."""
    args = parser().parse_args()
    sets = [opened(args.data / name / "train", name) for name in LEARNED]
    news = opened(args.data / "news-zh", "news")
    tokenizer = tokenizer_of((one.text for data in (*sets, news) for one in data.passages), VOCABULARY)
    begun = start.fresh_reader(tokenizer, SHAPE, READING, seed=args.seed)
    made = [clozed(data, each, args.seed) for data, each in ((news, 2), *((one, 4) for one in sets))]
    print({one.name: len(one.examples) for one in made}, flush=True)
    tell(phase(args, made, begun, "clozes", args.clozes, rate=1e-3))
    begun = replace(begun, taught=True)
    sets += [lost(one, args.seed) for one in sets]
    tell(phase(args, sets, begun, "alone", args.steps, rate=5e-4))
    done = phase(args, sets, begun, "among", args.among, rate=3e-4, hard=2)
    tell(done)
    if not done.verdict.kept:
        raise SystemExit(1)
    save(done.model, tokenizer, args.out, carded(args, done, len(made[0].examples)), READING)


def parser() -> argparse.ArgumentParser:
    """What it is told."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--data", type=Path, required=True)
    found.add_argument("--work", type=Path, required=True, help="checkpoints")
    found.add_argument("-o", "--out", type=Path, required=True)
    found.add_argument("--clozes", type=int, default=3500, help="steps over clozes")
    found.add_argument("--steps", type=int, default=1600, help="steps over questions alone")
    found.add_argument("--among", type=int, default=600, help="steps among other passages")
    found.add_argument("--seed", type=int, default=0)
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


def clozed(data: Dataset, each: int, seed: int) -> Dataset:
    """Clozes of the passages of a set; marks take up to a quarter of a question."""
    return clozes(data.passages, name=data.name, each=each, query_length=READING.query_length * 3 // 4, seed=seed)


def lost(data: Dataset, seed: int) -> Dataset:
    """Some of the questions, with passages that words find for them and in which their answers do not stand."""
    some = sampled(data, round(LOST * len(data.examples)), seed)
    index = LexicalIndex()
    index.add(data.passages)

    def made() -> Iterator[Example]:
        for one, hits in zip(some.examples, index.search([one.query for one in some.examples], 8), strict=True):
            texts = [hit.passage for hit in hits if hit.passage.id not in one.positives]
            wrong = [each.id for each in texts if not standing(one.answers, each.text)]
            yield Example(one.query, negatives=tuple(wrong[:2]))

    return Dataset(f"{data.name}-lost", tuple(one for one in made() if one.negatives), data.passages)


def phase(
    args: argparse.Namespace, sets: list[Dataset], begun: Start, name: str, steps: int, *, rate: float, hard: int = 0
) -> Trained:
    """So many steps, each question with ``hard`` passages beside its own; written is only where there are some."""
    held = [sampled(opened(args.data / one / "dev", f"{one}/dev"), ASKED, args.seed) for one in LEARNED]
    course = Course(
        sets,
        [*held, *((lost(one, args.seed) for one in held) if begun.taught else ())],
        args.work / name,
        negatives="bm25" if hard else "in-batch",
        hard=hard,
        batch=8 if hard else 16,
        steps=steps,
        rate=rate,
        seed=args.seed,
        resume=args.resume,
        precision=args.precision,
    )
    shares = None if hard else Shares(write=0)
    return train_reader(course, begun, shares=shares, watch=[told], told=lambda *stage: print(*stage, flush=True))


def carded(args: argparse.Namespace, done: Trained, news: int) -> Card:
    """What the model is, and what it was made from."""
    how = f"--clozes {args.clozes} --steps {args.steps} --among {args.among} --precision {args.precision}"
    known = [
        DataSet(name, licence, sum(row.set == name for row in done.rows.rows)) for name, licence in LEARNED.items()
    ]
    return Card(
        name="reader-zh",
        about="A reader of Chinese passages, simplified and traditional: it points at answers and writes them.",
        licence="Apache-2.0",
        languages=("zh",),
        recipe=f"python -m models.reader_zh.train --data DATA {how} --seed {args.seed}",
        seed=args.seed,
        date=dt.datetime.now(tz=dt.UTC).date(),
        data=(*known, DataSet("news-zh", NEWS, news)),
        metrics=done.verdict.card(),
        parents=("weights drawn by chance",),
        limits="Taught by 13,000 questions and clozes of news: it matches words more than it understands.",
    )


if __name__ == "__main__":
    main()
