"""Fits what the sentence generator ships with: which sentence answers, and how sure that is.

    python models/sentence/recipe.py --data DATA --work WORK -o src/raglan/models/files/sentence.json

Training questions of several sets are searched in their own corpora (hybrid, eight passages); every sentence found that
holds an answer string is a positive. Confidence is fitted on the questions of the other half, with unanswerable ones,
and with questions put to a corpus of another set, where nothing answers. Both are logistic regressions, ridge 1.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.datasets.folder import passages
from raglan.datasets.forms import load
from raglan.datasets.parts import split
from raglan.encode.onnx import OnnxEncoder
from raglan.encode.remembering import Remembering
from raglan.generate.features import Candidate, candidates, confidence_features, score_features
from raglan.store.adding import add_passages
from raglan.train.logistic import logistic
from raglan.types import Evidence, Example

SETS = ("squad", "nq", "policy", "covid", "selqa", "cmrc", "drcd")
STRANGERS = {
    "squad": "covid",
    "nq": "policy",
    "policy": "squad",
    "covid": "selqa",
    "selqa": "squad",
    "cmrc": "drcd",
    "drcd": "cmrc",
}
Matrix = NDArray[np.float64]


@dataclass
class Row:
    """One question with what was found for it; ``right`` marks the candidates that hold an answer."""

    features: Matrix
    right: NDArray[np.bool_]
    weight: float


# Sentences come again with every question to a corpus.
ENCODER = Remembering(OnnxEncoder())


def asked(data: Path, name: str) -> list[Example]:
    """The training questions, of an English set those that the encoder's recipe left over."""
    found = load(data / name / "train", bad=lambda _: None)
    return list((found if name in ("cmrc", "drcd") else split(found, share=0.8)[1]).examples)


def opened(data: Path, work: Path, name: str) -> Library:
    """The store of one training set, made once."""
    made = library(work / name, Config.of({"generator": {"use": "sentence"}}))
    if not len(made.store):
        add_passages(made.store, passages(data / name / "train"))
        made.words.follower.refresh()
        made.encode(lambda at: print(f"\r{name} {at.done}/{at.total}", end="", flush=True))
    return made


def holds(answers: Sequence[str], says: str) -> bool:
    """Whether a sentence holds an answer, or is most of a long one."""
    flat = "".join(says.lower().split())
    return any(
        a and (a in flat or (len(flat) > 40 and flat in a)) for a in ("".join(x.lower().split()) for x in answers)
    )


def row(example: Example, evidence: Sequence[Evidence]) -> Row | None:
    """Features and labels of one question over its evidence; nothing where no sentence was found."""
    found: list[Candidate] = candidates(example.query, evidence)
    if not found:
        return None
    features = score_features(example.query, found, evidence, ENCODER)
    right = np.array([holds(example.answers, one.says) for one in found])
    return Row(features, right, 1.0)


def rows(made: Library, chosen: Sequence[Example]) -> list[Row]:
    """One row a question."""
    out = []
    for example in chosen:
        evidence = made.rag.fusion(example.query, made.rag.search(example.query))
        found = row(example, evidence)
        if found is not None:
            out.append(found)
    return out


def fit_sentence(found: Sequence[Row]) -> Matrix:
    """Each question weighs the same, however many sentences it has."""
    useful = [one for one in found if one.right.any() and not one.right.all()]
    x = np.vstack([one.features for one in useful])
    y = np.concatenate([one.right for one in useful]).astype(float)
    weight = np.concatenate(
        [np.where(one.right, 0.5 / one.right.sum(), 0.5 / (~one.right).sum()) * 8 for one in useful]
    )
    return logistic(x, y, weight)


def scored(found: Sequence[Row], w: Matrix) -> tuple[Matrix, Matrix]:
    """Confidence features of every question, and whether its best sentence is right."""
    x, y = [], []
    for one in found:
        scores = 1 / (1 + np.exp(-(one.features @ w[:-1] + w[-1])))
        x.append(confidence_features(one.features, scores))
        y.append(float(one.right[int(np.argmax(scores))]))
    return np.array(x), np.array(y)


def main() -> None:
    """Fit both models and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for the stores, kept between runs")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=500, help="questions a set")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    made = {name: opened(args.data, args.work, name) for name in SETS}
    sentence: list[Row] = []
    sure: list[Row] = []
    for name in SETS:
        every = [one for one in asked(args.data, name) if one.answers or not one.positives]
        chance.shuffle(every)
        answerable = [one for one in every if one.answers][: args.most]
        barren = [one for one in every if not one.answers][: args.most // 4]
        half = len(answerable) // 2
        sentence += rows(made[name], answerable[:half])
        sure += rows(made[name], answerable[half:] + barren)
        lost = [Example(one.query) for one in answerable[half : half + args.most // 5]]
        sure += rows(made[STRANGERS[name]], lost)
        print(
            f"{name}: {len(answerable)} answerable, {len(barren)} not, {len(lost)} put to {STRANGERS[name]}", flush=True
        )
    w = fit_sentence(sentence)
    x, y = scored(sure, w)
    c = logistic(x, y)
    args.out.write_text(
        json.dumps({"sentence": [round(v, 5) for v in w], "confidence": [round(v, 5) for v in c]}) + "\n"
    )
    print(
        "sentence", np.round(w, 2), "\nconfidence", np.round(c, 2), f"\nbest sentence right: {y.mean():.3f} of {len(y)}"
    )


if __name__ == "__main__":
    main()
