"""Learning how far to trust words, vectors and mentions, query by query: the weights of :mod:`raglan.search.learned`.

Rows: labelled questions with what the searches found (:mod:`raglan.train.merging`). Objective: the negative log of the
share that the gold passages have in a softmax over the merged scores (ListNet's top-one likelihood, Cao et al. 2007).
Several small networks that differ by their seed are averaged, which is one wider network. Nearest relative: a fixed
weight (min-max), which is what remains where the features tell nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raglan.train.merging import Lists

__all__ = ["Fit", "Settings", "Values", "fitted", "objective", "weights"]

Matrix = NDArray[np.float64]
Values = tuple[Matrix, Matrix, Matrix, Matrix]  # hidden, weight, bonus, and the logarithm of the sharpness [1]

_START = 0.4  # the weight of vectors that min-max has
_SHARP = 12.0  # of the softmax at the start; it is learned as well
_SAME = 1e-4  # a feature that spreads less is the same everywhere


@dataclass(frozen=True, slots=True)
class Settings:
    """``members`` networks of ``hidden`` units, ``steps`` of Adam on ``batch`` questions of every set."""

    members: int = 6
    hidden: int = 8
    steps: int = 250
    batch: int = 192
    rate: float = 0.02
    decay: float = 0.008


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """``mean``, ``scale`` [f] of features; ``hidden`` [h, f + 1]; ``weight``, ``bonus`` [h + 1]: constants stand last."""

    mean: Matrix
    scale: Matrix
    hidden: Matrix
    weight: Matrix
    bonus: Matrix

    def table(self) -> dict[str, list[list[float]]]:
        """As :mod:`raglan.search.learned` reads it."""
        rows = {name: np.atleast_2d(getattr(self, name)) for name in self.__slots__}
        return {name: np.round(value, 5).tolist() for name, value in rows.items()}


def weights(fit: Fit, features: Matrix) -> tuple[Matrix, Matrix]:
    """The weight of vectors and the bonus of mentions, [rows] each, for ``features`` [rows, f]."""
    _, weight, bonus = _forward((fit.hidden, fit.weight, fit.bonus), _inputs(features, fit.mean, fit.scale))
    return weight, bonus


def fitted(sets: Mapping[str, Lists], *, seed: int = 0, settings: Settings | None = None) -> Fit:
    """The weights that serve all ``sets`` alike, however many questions each has."""
    settings = settings or Settings()
    useful = [one for one in map(_useful, sets.values()) if len(one)]
    if not useful:
        raise ValueError("no question has a relevant passage among what was found: there is nothing to learn from")
    # Every set weighs the same in what is usual, too.
    mean = np.mean([one.features.mean(axis=0) for one in useful], axis=0)
    square = np.mean([((one.features - mean) ** 2).mean(axis=0) for one in useful], axis=0)
    # A feature that is the same everywhere teaches nothing; the day it differs it must not outweigh all others.
    scale = np.where(np.sqrt(square) > _SAME, np.sqrt(square) + 1e-6, 1.0)
    inputs = [_inputs(one.features, mean, scale) for one in useful]
    chances = [np.random.default_rng([seed, at]) for at in range(settings.members)]
    members = [_member(useful, inputs, chance, settings) for chance in chances]
    hidden, weight, bonus, _ = zip(*members, strict=True)
    return Fit(mean, scale, np.vstack(hidden), _averaged(weight), _averaged(bonus))


def _averaged(rows: Sequence[Matrix]) -> Matrix:
    """Networks side by side, each with its share in what comes out."""
    return np.append(np.concatenate([row[:-1] for row in rows]), sum(row[-1] for row in rows)) / len(rows)


def _useful(lists: Lists) -> Lists:
    return lists.at(np.flatnonzero(((lists.grades > 0) & lists.there).any(axis=1)))


def _member(
    sets: Sequence[Lists], inputs: Sequence[Matrix], chance: np.random.Generator, settings: Settings
) -> list[Matrix]:
    """One network, by Adam (Kingma and Ba 2015)."""
    values = _start(inputs[0].shape[1], settings.hidden, chance)
    first, second = ([np.zeros_like(value) for value in values] for _ in range(2))
    for step in range(1, settings.steps + 1):
        drawn = [chance.permutation(len(one))[: settings.batch] for one in sets]
        parts = [(one.at(rows), x[rows]) for one, x, rows in zip(sets, inputs, drawn, strict=True)]
        rate = settings.rate * (1 - step / (settings.steps + 1))
        for at, gradient in enumerate(_gradients(parts, values)):
            pulled = gradient + settings.decay * _shrunk(values[at], at)
            first[at] = 0.9 * first[at] + 0.1 * pulled
            second[at] = 0.999 * second[at] + 0.001 * pulled**2
            size = np.sqrt(second[at] / (1 - 0.999**step)) + 1e-8
            values[at] = values[at] - rate * first[at] / (1 - 0.9**step) / size
    return values


def _start(width: int, hidden: int, chance: np.random.Generator) -> list[Matrix]:
    return [
        chance.normal(size=(hidden, width)) / np.sqrt(width),
        np.append(np.zeros(hidden), np.log(_START / (1 - _START))),
        np.zeros(hidden + 1),
        np.array([np.log(_SHARP)]),
    ]


def _shrunk(value: Matrix, at: int) -> Matrix:
    """What decay pulls at: neither the constants of what comes out nor the sharpness."""
    return value if at == 0 else np.append(value[:-1], 0.0)


def _gradients(parts: Sequence[tuple[Lists, Matrix]], values: Sequence[Matrix]) -> list[Matrix]:
    hidden, weight, bonus, sharpness = values
    found = [objective(lists, inputs, (hidden, weight, bonus, sharpness))[1] for lists, inputs in parts]
    return [np.asarray(sum(own)) / len(parts) for own in zip(*found, strict=True)]


def objective(lists: Lists, inputs: Matrix, values: Values) -> tuple[float, Values]:
    """The mean loss over ``lists`` with ``inputs`` [rows, f + 1], and its gradients by each of ``values``."""
    hidden, to_weight, to_bonus, sharpness = values
    units, weight, bonus = _forward((hidden, to_weight, to_bonus), inputs)
    sharp = float(np.exp(sharpness[0]))
    scores = lists.scores(weight, bonus)
    shares = _softmax(sharp * scores)
    gold = np.where((lists.grades > 0) & lists.there, shares, 0.0)
    likely = gold.sum(axis=1, keepdims=True) + 1e-12
    # By the scores [rows, n]: what the softmax gives to each, less what it should give.
    by_score = (shares - gold / likely) / len(lists)
    by_weight = (by_score * (lists.vectors - lists.words)).sum(axis=1) * sharp * weight * (1 - weight)
    by_bonus = (by_score * (lists.mentions + lists.lift)).sum(axis=1) * sharp * (1 - np.exp(-bonus))
    by_unit = (np.outer(by_weight, to_weight[:-1]) + np.outer(by_bonus, to_bonus[:-1])) * (1 - units[:, :-1] ** 2)
    by_sharpness = np.array([(by_score * np.where(lists.there, scores, 0.0)).sum() * sharp])
    gradients = (by_unit.T @ inputs, units.T @ by_weight, units.T @ by_bonus, by_sharpness)
    return float(-np.log(likely).mean()), gradients


def _inputs(features: Matrix, mean: Matrix, scale: Matrix) -> Matrix:
    return np.hstack([(features - mean) / scale, np.ones((len(features), 1))])


def _forward(values: tuple[Matrix, Matrix, Matrix], inputs: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """The units with a constant [rows, h + 1], the weight of vectors [rows], the bonus of mentions [rows]."""
    hidden, weight, bonus = values
    units = np.hstack([np.tanh(inputs @ hidden.T), np.ones((len(inputs), 1))])
    return units, 1 / (1 + np.exp(-(units @ weight))), np.logaddexp(0, units @ bonus)


def _softmax(scores: Matrix) -> Matrix:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
