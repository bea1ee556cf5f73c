"""Measures which share of the sentence generator's answers is wrong above each confidence, and puts that into its file.

    python -m models.sentence.risks --data DATA --work WORK -o src/raglan/models/files/sentence.json [--most 400]

WORK is the folder of bench/quality.py. Of each development set, English and Chinese, ``--most`` questions are answered from
what the merge finds, unanswerable ones among them, those about policies, which name no one, from the passages of their own
site; a third as many are asked once more without any passage that answers, a fifth are put to the corpus of another set. An
answer is wrong if none of its sentences holds an answer. Run it after recipe.py, which fits the confidence on training
halves.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from pathlib import Path

import numpy as np
from bench.quality import STRANGERS, narrowed, opened
from bench.reading import searched
from models.reader.calibrate import holding, nothing

from raglan.datasets.parts import sampled
from raglan.generate.sentence import SentenceGenerator
from raglan.metrics.answers import unanswerable
from raglan.train.calibrating import risks

SETS = ("squad", "nq", "policy", "covid", "cmrc", "drcd")


def main() -> None:
    """Answer, measure, write, say the hash."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=400, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    sure: list[float] = []
    right: list[float] = []
    for name in SETS:
        made, data = opened(args.data, args.work, name)
        own = narrowed(sampled(data, args.most, args.seed), name)
        usual = [one for one in own.examples if one.answers or unanswerable(one)]
        other, _ = opened(args.data, args.work, STRANGERS[name])
        asked = [*searched(made, usual), *nothing(made, other, usual, args.most)]
        writer = SentenceGenerator(made.vectors.encoder if made.vectors else None)
        for one, evidence in asked:
            draft = writer.write(one.query, evidence)
            if draft.text:
                sure.append(math.exp(draft.logprob))
                right.append(float(bool(one.answers) and holding(draft.text, one)))
        for library in (made, other):
            library.close()
        print(f"{name}: {len(sure)} answers so far, {np.mean(right):.3f} of them right", flush=True)
    table = json.loads(args.out.read_text(encoding="utf-8"))
    table["risks"] = risks(np.array(sure), np.array(right))
    args.out.write_text(json.dumps(table) + "\n", encoding="utf-8")
    print(f"{args.out.name}  sha256 {hashlib.sha256(args.out.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
