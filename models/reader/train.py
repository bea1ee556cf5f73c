"""Trains an English reader: a trunk that points at answers, writes them, and sees when there is none, taught by eight sets.

    python -m models.reader.train --data DATA --start FOLDER --work WORK -o READER --precision bf16

``--start`` holds the published weights of all-MiniLM-L6-v2 (see models/encoder/README.md). Four phases: clozes of plain
paragraphs, so that trunk and head learn to point before they are asked; each question with its own passage alone; among
three passages, with claims that are checked in the same way, and of what comes out half is what was there before, which is
better than either; and last heads that write, and they alone: with the trunk they would pull it away from what it points
with. These weigh what is pointed at (:mod:`raglan.generate.electing`); to write well is taught by write.py. Two of the sets
name no passages: those that words find in Wikipedia are supposed to be theirs. It is judged by two hundred questions of each
development set. An hour and three quarters on two cores that multiply in bfloat16, with other work beside it. Stopped, it
goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from itertools import islice

from models.encoder.recipe import PUBLISHED
from models.encoder.train import LEARNED, carded, parser, tell, told

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import sampled
from raglan.models.folder import CALIBRATION, Reading, supplemented
from raglan.nn.sharing import save
from raglan.search.lexical import LexicalIndex
from raglan.train import start
from raglan.train.claims import claims
from raglan.train.clozes import clozes
from raglan.train.course import Course, Trained
from raglan.train.course_reader import train_reader
from raglan.train.fusing import Shares
from raglan.train.retriever import Learning
from raglan.train.start import Start
from raglan.train.supposing import supposed

TAUGHT = tuple(name for name in LEARNED if name not in ("medquad", "selqa"))  # whose answers are pages, and sentences
SUPPOSED = {"nq": "CC-BY-SA-3.0", "trivia": "Apache-2.0"}  # over Wikipedia
CLAIMED = {"squad": 0.2, "nq": 0.3, "covid": 0.25, "wiki-nq": 0.15, "wiki-trivia": 0.15}  # of the questions of a set
JUDGED = ("squad", "nq", "policy", "covid")
LAYERS = 6  # of MiniLM
INTRODUCTIONS = 12_000  # of Wikipedia articles, to make clozes of
ASKED = 200  # questions of a set that judge
POLICIES = 1500  # questions on privacy policies, of more than twice as many
READING = Reading(length=256, query_length=48, scripts=("Latn",))
CHECKING = replace(READING, query_length=96)  # a question and a sentence that answers it


def main() -> None:
    """Train in two phases, judge, and write what is better."""
    options = parser(__doc__, steps=4500)
    options.add_argument("--clozes", type=int, default=1000, help="steps over clozes")
    options.add_argument("--among", type=int, default=450, help="steps among other passages")
    options.add_argument("--writing", type=int, default=250, help="steps in which it learns to write")
    options.add_argument("--asked", type=int, default=ASKED, help="questions of a set that judge")
    options.add_argument("--precision", default="auto")
    args = options.parse_args()
    found = hashlib.sha256((args.start / "model.safetensors").read_bytes()).hexdigest()
    if found != PUBLISHED:
        raise SystemExit(f"{args.start}: the weights' sha256 is {found}, not {PUBLISHED}: not the published ones")
    begun = replace(start.reader(args.start, length=READING.length, seed=args.seed), reading=READING)
    sets = taught(args)
    tell(phase(args, [clozed(args)], begun, "clozes", args.clozes, rate=1e-4))
    begun = replace(begun, taught=True)
    pointing = phase(args, sets, begun, "alone", args.steps, rate=1e-4)
    tell(pointing)
    begun = replace(begun, reading=CHECKING)
    sets += [
        replace(claims(one, share=CLAIMED[one.name]), name=f"{one.name}-claims") for one in sets if one.name in CLAIMED
    ]
    tell(phase(args, sets, begun, "among", args.among, rate=6e-5, hard=2, keep=0.5))
    done = phase(args, sets, begun, "writing", args.writing, rate=5e-4, hard=2, write=1.0, frozen=LAYERS)
    tell(done)
    if not pointing.verdict.kept:
        raise SystemExit(1)
    about = ("reader-en", "A reader of English passages: it points at answers and writes them.", "all-MiniLM-L6-v2")
    how = f" --clozes {args.clozes} --among {args.among} --writing {args.writing} --precision {args.precision}"
    licences = {name: LEARNED[name] for name in TAUGHT} | {f"wiki-{name}": one for name, one in SUPPOSED.items()}
    licences |= {f"{name}-claims": licences[name] for name in CLAIMED}
    card = carded(args, done, about, f"python -m models.reader.train --data DATA --start FOLDER{how}", licences)
    save(done.model, begun.tokenizer, args.out, card, CHECKING)
    if done.calibration is not None:
        supplemented(args.out, CALIBRATION, done.calibration.text().encode())


def phase(
    args: argparse.Namespace,
    sets: list[Dataset],
    begun: Start,
    name: str,
    steps: int,
    *,
    rate: float,
    hard: int = 0,
    write: float = 0.0,
    keep: float = 0.0,
    frozen: int = 0,
) -> Trained:
    """So many steps, each question with ``hard`` passages beside its own; ``write`` is the share of what is written.

    ``keep`` is the share of the weights before in what comes out; ``frozen`` layers learn nothing.
    """
    course = Course(
        sets,
        [sampled(load(args.data / one / "dev"), args.asked, args.seed) for one in JUDGED],
        args.work / name,
        negatives="bm25" if hard else "in-batch",
        hard=hard,
        batch=8,
        steps=steps,
        rate=rate,
        seed=args.seed,
        resume=args.resume,
        precision=args.precision,
        keep=keep,
        learning=Learning(frozen=frozen),
    )
    shares = Shares(write=write)
    return train_reader(course, begun, shares=shares, watch=[told], told=lambda *stage: print(*stage, flush=True))


def clozed(args: argparse.Namespace) -> Dataset:
    """Clozes of the paragraphs of some training sets, and of as many introductions of articles as are needed."""
    plain = [one for name in ("squad", "nq", "covid") for one in load(args.data / name / "train").passages]
    plain += islice(load(args.data / "wiki").passages, INTRODUCTIONS)
    return clozes(plain, name="clozes", each=2, query_length=READING.query_length * 3 // 4, seed=args.seed)


def taught(args: argparse.Namespace) -> list[Dataset]:
    """The sets to learn from, whole: neither merge nor answerer learns from what the reader says of them."""
    known = [replace(load(args.data / name / "train"), name=name) for name in TAUGHT]
    open_ = [load(args.data / "wiki" / "train" / f"questions.{name}.jsonl.gz") for name in SUPPOSED]
    index = LexicalIndex()
    index.add(open_[0].passages)
    found = [
        replace(supposed(one, index=index), name=f"wiki-{name}") for name, one in zip(SUPPOSED, open_, strict=True)
    ]
    print({one.name: len(one.examples) for one in found}, flush=True)
    return [*(sampled(one, POLICIES, args.seed) if one.name == "policy" else one for one in known), *found]


if __name__ == "__main__":
    main()
