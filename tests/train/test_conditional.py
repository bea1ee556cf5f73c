import numpy as np
import pytest

from raglan.train.conditional import conditional_logit
from raglan.train.logistic import logistic


def softmax(scores):
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def test_it_finds_the_weights_that_chose():
    chance = np.random.default_rng(0)
    true = np.array([2.0, -1.0, 0.0])
    lists = [chance.normal(size=(chance.integers(2, 9), 3)) for _ in range(3000)]
    wanted = []
    for x in lists:
        y = np.zeros(len(x))
        y[chance.choice(len(x), p=softmax(x @ true))] = 1
        wanted.append(y)
    assert conditional_logit(lists, wanted, ridge=0.01) == pytest.approx(true, abs=0.15)


def test_the_gradient_is_zero_at_the_end():
    chance = np.random.default_rng(1)
    lists = [chance.normal(size=(5, 4)) for _ in range(50)]
    wanted = [softmax(chance.normal(size=5)) for _ in lists]
    weight = chance.uniform(0.1, 2, size=50).tolist()
    w = conditional_logit(lists, wanted, weight, ridge=0.5)
    gradient = 0.5 * w + sum(m * ((softmax(x @ w) - y) @ x) for x, y, m in zip(lists, wanted, weight, strict=True))
    assert np.abs(gradient).max() < 1e-3


def test_two_options_are_logistic_regression():
    chance = np.random.default_rng(2)
    x = chance.normal(size=(400, 2))
    y = (chance.uniform(size=400) < 1 / (1 + np.exp(-(x @ [1.5, -0.5] + 0.3)))).astype(float)
    full = np.hstack([x, np.ones((400, 1))])
    lists = [np.vstack([row, np.zeros(3)]) for row in full]
    wanted = [np.array([one, 1 - one]) for one in y]
    assert conditional_logit(lists, wanted, ridge=1e-6) == pytest.approx(logistic(x, y, ridge=1e-6), abs=1e-3)


def test_what_no_list_has_weighs_nothing():
    x = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert conditional_logit([x], [np.array([1.0, 0.0])])[1] == 0.0


def test_nothing_to_learn_from():
    with pytest.raises(ValueError, match="no list"):
        conditional_logit([], [])
