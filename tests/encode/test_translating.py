"""From one space to another: what can be led over, and what cannot and is told."""

import math

import numpy as np
import pytest

from raglan.encode import translating
from raglan.encode.translating import Held, Translation, translation
from raglan.errors import ConfigError
from tests.train.vectors import DIM, Matrix, drawn, turn, unit


def spaces(old: int, new: int, *, rows: int = 400, noise: float = 0.1) -> tuple[Matrix, Matrix]:
    """The same texts by two encoders: what the old one sees is turned in the new one, with some noise."""
    target = drawn(rows, old)
    basis = turn(max(old, new))[:new, :old]
    return unit(target @ basis.T + noise * drawn(rows, new, seed=8)), target


@pytest.mark.parametrize(("old", "new"), [(DIM, DIM), (DIM, 24)])
def test_a_turned_space_is_translated(old: int, new: int) -> None:
    source, target = spaces(old, new)
    fit = translation(source, target)
    assert fit.kept
    assert fit.matrix.shape == (old, new)
    assert fit.before.recall < 0.2
    assert fit.after.recall > 0.8
    assert fit.after.mrr > 0.95
    assert fit.before == Held(0.0, 0.0) or old == new


def test_what_is_lost_in_fewer_dimensions_is_told() -> None:
    source, target = spaces(DIM, 4)
    fit = translation(source, target)
    assert not fit.kept
    assert "must be 0.5000 at least" in fit.faults[0]
    assert translation(source, target, least=0.05).kept


def test_spaces_that_have_nothing_to_do_with_each_other_are_rejected() -> None:
    fit = translation(drawn(400), drawn(400, seed=1))
    assert not fit.kept
    assert fit.after.recall < 0.2


def test_where_no_matrix_is_better_nothing_is_changed() -> None:
    target = drawn(45)
    fit = translation(unit(target + 0.3 * drawn(45, seed=1)), target)
    assert (fit.penalty, fit.matrix.tolist()) == (math.inf, np.eye(DIM).tolist())
    assert fit.after == fit.before
    assert fit.kept == (fit.before.recall >= 0.5)


def test_it_is_judged_by_rows_that_it_was_not_fitted_to() -> None:
    """As many dimensions as rows: any rows can be led anywhere, and that says nothing."""
    assert not translation(drawn(40, 40), drawn(40, 40, seed=2)).kept


def test_the_same_text_twice_is_no_error() -> None:
    source = np.repeat(drawn(50, 12), 4, axis=0)
    assert translation(source, source).after.mrr == 1.0


def test_of_few_texts_the_rotation_is_taken_of_many_stretched_ones_the_ridge() -> None:
    source, target = spaces(DIM, DIM, rows=60, noise=0.3)
    assert translation(source, target).penalty == 0.0
    stretched = unit(drawn(2_000) * np.linspace(1, 6, DIM))
    assert translation(stretched, drawn(2_000)).penalty > 0.0


def test_the_own_rank_and_the_neighbours_are_counted_plainly() -> None:
    source, target = spaces(DIM, DIM, noise=0.8)
    rows = np.arange(50)
    found = translating._neighbours(source[rows] @ turn(), target, rows)
    shared, ranks = [], []
    for row in rows:
        others = np.delete(np.arange(len(target)), row)
        near = others[np.argsort(-target[others] @ target[row])][:10]
        mapped = unit((source[row] @ turn())[None])[0]
        mine = others[np.argsort(-target[others] @ mapped)][:10]
        shared.append(len(set(near) & set(mine)) / 10)
        rank = 1 + int((target[others] @ mapped > target[row] @ mapped).sum())
        ranks.append(1 / rank if rank <= 10 else 0.0)
    assert found == pytest.approx(Held(float(np.mean(shared)), float(np.mean(ranks))))


def test_a_translation_needs_pairs_enough() -> None:
    for source, target, message in (
        (drawn(30), drawn(30), "30 and 30 vectors: must be as many, and 40 at least"),
        (drawn(50), drawn(49), "50 and 49 vectors"),
        (np.full((50, 4), np.nan), drawn(50), "source holds numbers that are none"),
        (drawn(50), np.full((50, 4), np.inf), "target holds numbers that are none"),
    ):
        with pytest.raises(ValueError, match=message):
            translation(source, target)


def test_a_translation_hangs_on_its_seed_alone() -> None:
    source, target = spaces(DIM, DIM, noise=0.5)
    one, again = translation(source, target), translation(source, target)
    assert isinstance(one, Translation)
    assert np.array_equal(one.matrix, again.matrix)
    assert one.after == again.after
    assert not np.array_equal(one.matrix, translation(source, target, seed=1).matrix)


@pytest.mark.parametrize("held", [0.0, 1.0])
def test_a_share_that_is_none_is_refused(held: float) -> None:
    with pytest.raises(ConfigError, match=f"held is {held}"):
        translation(drawn(60), drawn(60), held=held)
