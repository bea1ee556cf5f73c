"""Weights that choose among answers: learned from which ones were right."""

import numpy as np
import pytest

from raglan.generate.electing import Features, Given, elect, features
from raglan.generate.pointing import Pointed, Voted
from raglan.train.electing import elected
from raglan.types import Evidence, Span
from tests.samples import WRITTEN

TRUE = np.array([0.5, 0.0, 2.0, 0.4, 0.0, 1.0, 0.7, 0.0])


def rows(count: int, seed: int) -> tuple[list[list[Features]], list[list[float]]]:
    chance = np.random.default_rng(seed)
    made, worth = [], []
    for _ in range(count):
        x = chance.normal(size=(4, len(TRUE)))
        best = int((x @ TRUE + chance.gumbel(size=4) * 0.3).argmax())
        made.append([Features(*row) for row in x])
        worth.append([float(at == best) for at in range(4)])
    return made, worth


def test_it_learns_which_is_right() -> None:
    weights = elected(*rows(400, 0))
    asked, worth = rows(400, 1)
    right = np.mean([how[elect(row, weights)] for row, how in zip(asked, worth, strict=True)])
    likeliest = np.mean([how[elect(row, [1.0, *[0.0] * 7])] for row, how in zip(asked, worth, strict=True)])
    assert right > 0.8
    assert likeliest < 0.5
    assert np.abs(np.array(weights) / weights[2] - TRUE / TRUE[2]).max() < 0.15


def test_where_nothing_is_learned_the_likeliest_wins() -> None:
    asked, _ = rows(20, 2)
    assert elected(asked, [[1.0] * 4] * 20) == [1.0, *[0.0] * 7]
    assert elected([], []) == [1.0, *[0.0] * 7]


def test_the_features_of_answers() -> None:
    given = Given(
        "When was it made?",
        [Evidence(WRITTEN[0], 0.6), Evidence(WRITTEN[1], 0.3), Evidence(WRITTEN[2], 0.1)],
        [1.0, 2.0, 3.0],
    )
    votes = [
        Voted([Pointed(0, Span(0, 4), 0.3), Pointed(1, Span(0, 4), 0.1)], 0.4),
        Voted([Pointed(2, Span(0, 4), 0.2)], 0.2),
    ]
    one, two = features(votes, ["in 1998", "pump"], [-0.5, -1.5], [0.3, -6.0], given)
    assert one == pytest.approx((np.log(0.4), 2.0, -0.5, 0.3, 0.0, np.log(2), 1.0, np.log(8)))
    assert two == pytest.approx((np.log(0.2), 3.0, -1.5, -6.0, np.log(0.1 / 0.6), 0.0, -1.0, np.log(5)))
    [other] = features(votes[:1], ["pump"], [0.0], [0.0], Given("Say it.", given.evidence, given.support))
    assert other.kind == 0
