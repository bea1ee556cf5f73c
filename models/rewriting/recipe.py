"""Fits what follow-ups are rewritten by: whether a question leans on its history, and what fills its gaps.

    python models/rewriting/recipe.py --data DATA -o src/raglan/models/files/rewriting.json

CANARD's training half, nothing else. For every pronoun and for the end of a question each option is tried, and is wanted
the more the nearer it brings the question to the rewrite of a person: shares are a softmax (temperature .04) of the mean of
ROUGE-1 and ROUGE-2 F. Every second rewrite is a question too, after the same history, which wants nothing (weight .6).
CANARD's dialogues begin with two headings, title and section. People begin otherwise: half of the dialogues come again with
the title asked for in a sentence, the other half without headings. Conditional logit, ridge 1; a fifth of the articles is
held out, and the figures on it are printed before all of them are fitted. ``--completing`` was chosen there.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raglan.datasets.forms import load
from raglan.metrics.bleu import corpus_bleu, counts
from raglan.metrics.rouge import cut, score
from raglan.talk.depending import depends, leaning
from raglan.talk.naming import candidates
from raglan.talk.rewriting import Rewriter, Weights
from raglan.talk.slots import Option, Slot, ending, filled, options, slots
from raglan.talk.topics import departing, switched
from raglan.talk.weighing import features
from raglan.train.conditional import conditional_logit
from raglan.train.logistic import logistic
from raglan.types import Turn

TEMPERATURE = 0.04
Matrix = NDArray[np.float64]


class Row(NamedTuple):
    """A question after its history, and how a person completed it."""

    question: str
    history: tuple[Turn, ...]
    rewrite: str


def rows(data: Path) -> list[Row]:
    """The rows of one half of CANARD."""
    found = load(data)
    return [Row(one.query.text, one.query.history, found.rewrites[at]) for at, one in enumerate(found.examples)]


def begun(row: Row) -> Row:
    """The same with its headings said in a sentence."""
    title, section, *rest = row.history
    said = (Turn("user", f"What do you know about {title.text}?"), Turn("assistant", f"{section.text}."))
    return replace_history(row, (*said, *rest))


def replace_history(row: Row, history: tuple[Turn, ...]) -> Row:
    """``row`` after another history."""
    return Row(row.question, history, row.rewrite)


def again(found: Sequence[Row]) -> list[Row]:
    """Half of the rows with their headings in a sentence, the others without headings where that leaves anything."""
    bare = [replace_history(row, row.history[2:]) for row in found[1::2] if len(row.history) > 2]
    return [*map(begun, found[::2]), *bare]


class Gold:
    """A person's rewrite, as questions are measured against it: the mean of ROUGE-1 and ROUGE-2 F, counted once."""

    def __init__(self, text: str) -> None:
        self._wanted = self._counts(text)

    def worth(self, said: str) -> float:
        """How near a question comes to the rewrite."""
        return sum(_half_f(found, wanted) for found, wanted in zip(self._counts(said), self._wanted, strict=True))

    @staticmethod
    def _counts(text: str) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
        words = cut(text)
        return Counter((word,) for word in words), Counter(pairwise(words))


def _half_f(found: Counter[tuple[str, ...]], wanted: Counter[tuple[str, ...]]) -> float:
    common = sum(min(count, wanted[gram]) for gram, count in found.items() if gram in wanted)
    return common / max(sum(found.values()) + sum(wanted.values()), 1)


def wanted(question: str, slot: Slot, choices: Sequence[Option], gold: Gold) -> Matrix:
    """The shares in which the options of ``slot`` are wanted [options]."""
    values = np.array([gold.worth(filled(question, slot, option)) for option in choices])
    shares = np.exp((values - values.max()) / TEMPERATURE)
    return np.asarray(shares / shares.sum())


@cache
def lists(row: Row) -> tuple[tuple[Matrix, Matrix, float], ...]:
    """Every slot of a row, made once."""
    return tuple(_lists(row))


def _lists(row: Row) -> Iterator[tuple[Matrix, Matrix, float]]:
    """Every slot of a row: features, wanted shares, weight."""
    things, gold = candidates(row.history), Gold(row.rewrite)
    standing = [(row.rewrite, 0.6)] if len(row.rewrite) % 2 else []
    for question, weight in ((row.question, 1.0), *standing):
        best = []
        for slot in slots(question):
            choices = options(slot, things, question)
            shares = wanted(question, slot, choices, gold)
            best.append((slot, choices[int(shares.argmax())]))
            yield features(question, slot, choices, row.history), shares, weight
        text = question
        for slot, option in reversed(best):
            text = filled(text, slot, option)
        end = ending(text)
        choices = options(end, things, text)
        yield features(text, end, choices, row.history), wanted(text, end, choices, gold), weight


def plain(text: str) -> set[str]:
    """The words of a text."""
    return set(cut(text))


def fitted(found: Sequence[Row], completing: float) -> Weights:
    """Both models."""
    every = [one for row in found for one in lists(row)]
    choosing = conditional_logit([x for x, _, _ in every], [y for _, y, _ in every], [much for _, _, much in every])
    asked = [row for row in found if plain(row.rewrite) - plain(row.question)]
    signs = [leaning(row.question, row.history) for row in asked]
    signs += [leaning(row.rewrite, row.history) for row in found]
    signs += [leaning(other.rewrite, row.history) for row, other in strangers(found)]
    labels = (np.arange(len(signs)) < len(asked)).astype(float)
    # As much of the one as of the other.
    weight = np.where(labels > 0, 1.0, 0.5)
    leans = tuple(logistic(np.array(signs), labels, weight).tolist())
    return Weights(leans, choosing, topics(found, leans), completing)


def topics(found: Sequence[Row], leaning: Sequence[float]) -> tuple[float, ...]:
    """What tells another topic: standalone questions after another dialogue's history, against those after their own."""
    signs, labels = [], []
    for row, other in strangers(found):
        for question, label in ((row.rewrite, 0.0), (row.question, 0.0), (other.rewrite, 1.0)):
            signs.append(departing(question, depends(question, row.history, leaning), row.history))
            labels.append(label)
    return tuple(logistic(np.array(signs), np.array(labels)).tolist())


def strangers(found: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Every row with one of another dialogue, as far as they differ in what they are about."""
    pairs = [(row, found[(at * 7919 + 13) % len(found)]) for at, row in enumerate(found)]
    return [(row, other) for row, other in pairs if other.history[0].text != row.history[0].text]


def told_apart(found: Sequence[Row], weights: Weights) -> str:
    """How many questions are taken for another topic: of the same dialogue, and of another."""

    def taken(question: str, history: tuple[Turn, ...]) -> bool:
        leans = depends(question, history, weights.leaning)
        return switched(question, leans, history, weights.switching) >= 0.5

    asked = np.mean([taken(row.question, row.history) for row in found])
    own = np.mean([taken(row.rewrite, row.history) for row in found])
    other = np.mean([taken(one.rewrite, row.history) for row, one in strangers(found)])
    return (
        f"taken for another topic: {asked:.3f} of the dialogue's own follow-ups, {own:.3f} of the same as they stand alone, "
        f"{other:.3f} of another dialogue's"
    )


def told(found: Sequence[Row], weights: Weights) -> str:
    """Figures on rows that were not learned from."""
    made = Rewriter(weights)
    said = [made(row.question, row.history).text for row in found]
    recall = np.mean([score(cut(text), cut(row.rewrite), 1).recall for text, row in zip(said, found, strict=True)])
    bleu = corpus_bleu(np.array([counts(text, [row.rewrite]) for text, row in zip(said, found, strict=True)]))
    kept = np.mean([not made(row.rewrite, row.history).changed for row in found])
    return f"ROUGE-1 recall {recall:.3f}, BLEU {bleu:.3f}; of standalone questions {kept:.3f} are left as they are"


def main() -> None:
    """Fit, judge on held-out articles, fit again on all, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--completing", type=float, default=1.25)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    every = rows(args.data / "canard" / "train")
    titles = sorted({row.history[0].text for row in every})
    random.Random(args.seed).shuffle(titles)
    out = set(titles[: len(titles) // 5])
    learned = [row for row in every if row.history[0].text not in out]
    held = [row for row in every if row.history[0].text in out]
    weights = fitted([*learned, *again(learned)], args.completing)
    for value in (0.0, 0.75, args.completing, 1.75):
        print(f"completing {value}: {told(held, replace(weights, completing=value))}", flush=True)
    print(told_apart(held, weights), flush=True)
    print(f"headings in a sentence: {told([begun(row) for row in held], weights)}", flush=True)
    weights = fitted([*every, *again(every)], args.completing)
    numbers = {
        "leaning": [round(float(value), 4) for value in weights.leaning],
        "choosing": [round(float(value), 4) for value in weights.choosing],
        "switching": [round(float(value), 4) for value in weights.switching],
        "completing": weights.completing,
    }
    args.out.write_text(json.dumps(numbers) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
