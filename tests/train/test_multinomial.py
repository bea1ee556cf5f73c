"""Multinomial logistic regression, against what it must find."""

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from raglan.train.multinomial import multinomial


def test_it_finds_what_another_implementation_finds():
    chance = np.random.default_rng(0)
    x = chance.normal(size=(200, 3))
    y = (x @ chance.normal(size=(3, 3)) + chance.gumbel(size=(200, 3))).argmax(axis=1)
    weights = multinomial(x, y, 3, ridge=1.0, steps=4_000)
    other = LogisticRegression(C=1.0, tol=1e-10, max_iter=2_000).fit(x, y)
    assert np.allclose(weights[:-1], other.coef_.T - other.coef_.mean(axis=0)[:, None], atol=1e-3)
