"""Questions with what was found for them, without any search: drawn by chance, or such that there is something to learn."""

import numpy as np
from numpy.typing import NDArray

from raglan.search.learned import FEATURES
from raglan.train.merge import Fit
from raglan.train.merging import Lists

Matrix = NDArray[np.float64]
WIDTH = len(FEATURES)


def drawn(rows: int, most: int, seed: int) -> Lists:
    """Any lists: some short, some with equals, few things mentioned or named, at least one relevant candidate."""
    chance = np.random.default_rng(seed)
    there = np.arange(most) < chance.integers(1, most + 1, rows)[:, None]

    def some(share: float, values: Matrix) -> Matrix:
        return np.where(there & (chance.random((rows, most)) < share), values, 0.0)

    words, vectors = (some(0.6, np.round(chance.random((rows, most)), 1)) for _ in range(2))
    mentions = some(0.15, np.ones((rows, most)))
    lift = some(0.25, chance.integers(1, 3, (rows, most)).astype(float))
    grades = some(0.2, chance.integers(1, 4, (rows, most)).astype(float))
    grades[:, 0] = 1.0
    return lists(chance.normal(size=(rows, WIDTH)), words, vectors, mentions, grades, lift=lift, there=there)


def lists(
    features: Matrix,
    words: Matrix,
    vectors: Matrix,
    mentions: Matrix,
    grades: Matrix,
    *,
    lift: Matrix | None = None,
    there: NDArray[np.bool_] | None = None,
) -> Lists:
    """With all candidates there, nothing lifted, and the best DCG@10 that these grades allow."""
    best = -np.sort(-grades, axis=1)[:, :10]
    ideal = (best / np.log2(np.arange(2, best.shape[1] + 2))).sum(axis=1)
    lift = np.zeros_like(words) if lift is None else lift
    there = np.ones_like(words, bool) if there is None else there
    return Lists(features, words, vectors, mentions, lift, grades, there, ideal)


def torn(rows: int, seed: int, *, teller: str = "asked with a mark", most: int = 12) -> Lists:
    """One search knows the one relevant passage, the other knows nothing: which is which, only the feature ``teller`` says.

    By chance it is vectors in half of the rows; then the feature is 1, else 0.
    """
    chance = np.random.default_rng(seed)
    of_vectors = chance.random(rows) < 0.5
    gold = chance.integers(0, most, rows)
    knows, guesses = chance.random((2, rows, most)) * 0.9
    knows[np.arange(rows), gold] = 1.0
    features = chance.normal(size=(rows, WIDTH))
    features[:, FEATURES.index(teller)] = of_vectors
    side = of_vectors[:, None]
    words, vectors = np.where(side, guesses, knows), np.where(side, knows, guesses)
    return lists(features, words, vectors, np.zeros((rows, most)), _one(gold, most))


def pointed(rows: int, seed: int, *, right: bool, most: int = 12) -> Lists:
    """One candidate is mentioned: if that is ``right`` the relevant one, which both searches rank low; if not, another."""
    chance = np.random.default_rng(seed)
    gold = chance.integers(0, most, rows)
    words, vectors = chance.random((2, rows, most))
    for known in (words, vectors):
        known[np.arange(rows), gold] *= 0.2 if right else 1.2
    mentioned = gold if right else (gold + chance.integers(1, most, rows)) % most
    features = chance.normal(size=(rows, WIDTH))
    return lists(features, words, vectors, _one(mentioned, most), _one(gold, most))


def sided(rows: int, seed: int, *, vectors: bool, most: int = 12) -> Lists:
    """One search is always right, the other never, and no feature says anything: all are the same."""
    chance = np.random.default_rng(seed)
    gold = chance.integers(0, most, rows)
    knows, guesses = chance.random((2, rows, most)) * 0.9
    knows[np.arange(rows), gold] = 1.0
    of_words, of_vectors = (guesses, knows) if vectors else (knows, guesses)
    return lists(np.zeros((rows, WIDTH)), of_words, of_vectors, np.zeros((rows, most)), _one(gold, most))


def _one(at: NDArray[np.int64], most: int) -> Matrix:
    return np.where(np.arange(most) == at[:, None], 1.0, 0.0)


def constant(weight: float, bonus: float) -> Fit:
    """A fit that gives the same to every question."""
    always = [np.array([0.0, np.log(weight / (1 - weight))]), np.array([0.0, np.log(np.expm1(bonus))])]
    return Fit(np.zeros(WIDTH), np.ones(WIDTH), np.zeros((1, WIDTH + 1)), *always)
