"""Trains an English ranker: the encoder's two upper layers, reading question and passage together, taught by eight sets.

    python -m models.ranker.train --data DATA --start MODEL --work WORK -o RANKER

MODEL is what ``python -m models.encoder.train`` writes. Each question comes with its passage and with three that its words
find, too. It is judged by sixty questions of each development set, whose first twenty passages by words it puts in order;
half an hour on two cores. Stopped, it goes on with ``--resume``. ``python bench/reranking.py`` says whether it is worth its
time.
"""

from __future__ import annotations

from models.encoder.train import JUDGED, carded, learned, parser, tell, told

from raglan.datasets.forms import load
from raglan.datasets.parts import sampled
from raglan.models.folder import Reading
from raglan.nn.sharing import save
from raglan.train import start
from raglan.train.course import Course, train_ranker
from raglan.train.retriever import Learning

LENGTH = 192  # word pieces of a pair
ASKED = 60  # questions of a set that judge


def main() -> None:
    """Train, judge, and write the ranker, better or not: the bench decides."""
    args = parser(__doc__, steps=300).parse_args()
    begun = start.ranker(args.start, length=LENGTH, seed=args.seed)
    course = Course(
        learned(args.data),
        [sampled(load(args.data / name / "dev"), ASKED, args.seed) for name in JUDGED],
        args.work,
        Learning(frozen=4),
        negatives="bm25",
        hard=3,
        batch=16,
        steps=args.steps,
        rate=1e-4,
        seed=args.seed,
        resume=args.resume,
    )
    done = train_ranker(course, begun, watch=[told], told=lambda *stage: print(*stage, flush=True))
    tell(done)
    about = ("ranker-en", "A ranker of English passages.", "minilm-en")
    card = carded(args, done, about, "python -m models.ranker.train --data DATA --start MODEL")
    save(done.model, begun.tokenizer, args.out, card, Reading(length=LENGTH, scripts=("Latn",)))


if __name__ == "__main__":
    main()
