"""Closed forms against plain solving."""

import math

import numpy as np
import pytest

from raglan.encode.linear import Ridge, procrustes, ridge, unit
from tests.train.vectors import DIM, drawn, turn


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("rows", [4, 60])
def test_ridge_is_what_plain_least_squares_gives(rows: int, penalty: float) -> None:
    source, target = drawn(rows, 6), drawn(rows, 9, seed=1)
    stacked = np.concatenate([source, math.sqrt(penalty) * np.eye(6)])
    plain, *_ = np.linalg.lstsq(stacked, np.concatenate([target, np.zeros((6, 9))]))
    assert ridge(source, target, penalty) == pytest.approx(plain.T, abs=1e-8)


@pytest.mark.parametrize("penalty", [1e-2, 1.0, 50.0])
@pytest.mark.parametrize("dim", [6, 50])
def test_what_is_left_out_is_what_a_fit_without_it_gives(dim: int, penalty: float) -> None:
    source, target = drawn(30, dim), drawn(30, 9, seed=1)
    group = np.random.default_rng(2).integers(0, 12, 30)
    found = Ridge(source).left_out(target.astype(np.float64), penalty, group)
    for row in range(30):
        others = group != group[row]
        assert found[row] == pytest.approx(ridge(source[others], target[others], penalty) @ source[row], abs=1e-8)


def test_a_rotation_is_found_again_exactly() -> None:
    source = drawn(50)
    found = procrustes(source, source @ turn().T)
    assert found == pytest.approx(turn(), abs=1e-8)
    assert found @ found.T == pytest.approx(np.eye(DIM), abs=1e-8)


@pytest.mark.parametrize(("source", "target"), [(5, 9), (9, 5), (7, 7)])
def test_no_orthogonal_matrix_leads_closer(source: int, target: int) -> None:
    a, b = drawn(40, source), drawn(40, target, seed=1)
    found = procrustes(a, b)
    least = min(source, target)
    small = found.T @ found if source <= target else found @ found.T
    assert small == pytest.approx(np.eye(least), abs=1e-8)
    best = (a @ found.T * b).sum()
    for seed in range(50):
        other = turn(max(source, target), seed)[:target, :source]
        assert (a @ other.T * b).sum() <= best + 1e-9


def test_what_has_no_length_stays_so() -> None:
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])) == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))
