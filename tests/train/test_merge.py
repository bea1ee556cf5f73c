"""Learning a merge: its gradients against differences, and toys of which is known what there is to learn."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raglan.search.learned import FEATURES, learned
from raglan.search.learned import weights as per_query
from raglan.train.merge import Fit, Matrix, Settings, Values, fitted, objective, weights
from raglan.train.merging import Lists, ndcg
from raglan.types import Query
from tests.laws import hit

from .samples import WIDTH, constant, drawn, lists, pointed, sided, torn

QUICK = Settings(members=2, steps=200, batch=128)
GROUPS = ["hidden", "weight", "bonus", "sharpness"]


def point(seed: int) -> tuple[Lists, Matrix, list[Matrix]]:
    chance = np.random.default_rng(seed)
    some = drawn(20, 9, seed)
    inputs = np.hstack([some.features[:, :5], np.ones((len(some), 1))])
    values = [chance.normal(size=shape) / 2 for shape in ((4, 6), 5, 5)]
    # Blunt, lest a relevant candidate have a share so small that the loss is cut off there.
    return some, inputs, [*values, np.array([np.log(2.0)])]


def loss(some: Lists, inputs: Matrix, values: list[Matrix]) -> tuple[float, Values]:
    hidden, weight, bonus, sharpness = values
    return objective(some, inputs, (hidden, weight, bonus, sharpness))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", GROUPS)
def test_gradients_are_differences(name: str, seed: int) -> None:
    at = GROUPS.index(name)
    some, inputs, values = point(seed)
    _, gradients = loss(some, inputs, values)
    expected = np.zeros_like(values[at])
    step = 1e-5
    for place in np.ndindex(expected.shape):
        ends = []
        for way in (step, -step):
            moved = [value.copy() for value in values]
            moved[at][place] += way
            ends.append(loss(some, inputs, moved)[0])
        expected[place] = (ends[0] - ends[1]) / (2 * step)
    assert np.linalg.norm(expected) > 1e-3, "flat"
    assert np.linalg.norm(gradients[at] - expected) < 1e-5 * np.linalg.norm(expected)


def test_the_loss_by_hand() -> None:
    # Scores: the gold one 1/2, the other 1; sharpness 2.
    some = lists(np.zeros((1, WIDTH)), np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), np.zeros((1, 2)), np.eye(1, 2))
    values = (np.zeros((1, 2)), np.array([0.0, np.log(3)]), np.zeros(2), np.array([np.log(2)]))
    found, _ = objective(some, np.ones((1, 2)), values)
    # Vectors weigh 3/4.
    assert found == pytest.approx(np.log(1 + np.exp(2 * (0.75 - 0.25))))


def test_what_is_not_there_has_no_share() -> None:
    some, inputs, values = point(4)
    wider = each(lambda name: _wider(getattr(some, name)) if name not in ("features", "ideal") else getattr(some, name))
    found, expected = loss(wider, inputs, values), loss(some, inputs, values)
    assert found[0] == pytest.approx(expected[0])
    for one, other in zip(found[1], expected[1], strict=True):
        assert one == pytest.approx(other)


def _wider(value: Matrix) -> Matrix:
    return np.pad(value, ((0, 0), (0, 3)))


def each(change: Callable[[str], Any]) -> Lists:
    """Lists, array by array."""
    return Lists(**{name: change(name) for name in Lists.__slots__})


def test_it_learns_which_search_to_trust() -> None:
    fit = fitted({"toy": torn(600, seed=1)}, settings=QUICK)
    unseen = torn(400, seed=2)
    weight, bonus = weights(fit, unseen.features)
    told = unseen.features[:, FEATURES.index("asked with a mark")] > 0.5
    assert weight[told].mean() > 0.9
    assert weight[~told].mean() < 0.1
    mine = ndcg(unseen, weight, bonus).mean()
    best = max(ndcg(unseen, fixed, 0.0).mean() for fixed in np.linspace(0, 1, 21))
    assert mine > best + 0.1
    assert mine > 0.95


def test_where_mentions_are_right_they_count_more() -> None:
    right, wrong = (
        weights(fitted({"toy": pointed(300, 1, right=way)}, settings=QUICK), pointed(100, 2, right=way).features)[1]
        for way in (True, False)
    )
    # It starts at log 2 = 0.69; above 1 a mention beats all that searches say.
    assert right.min() > 1.0
    assert np.median(wrong) < 0.1
    assert wrong.max() < 0.3


def test_it_starts_as_minmax_does() -> None:
    fit = fitted({"toy": torn(9, seed=1)}, settings=Settings(members=3, steps=0))
    weight, bonus = weights(fit, torn(5, seed=2).features)
    assert weight.tolist() == pytest.approx([0.4] * 5)
    assert bonus.tolist() == pytest.approx([np.log(2)] * 5)


def test_where_nothing_tells_one_weight_serves_all() -> None:
    for vectors, expected in ((True, 1.0), (False, 0.0)):
        fit = fitted({"toy": sided(200, 1, vectors=vectors)}, settings=QUICK)
        weight, _ = weights(fit, np.zeros((5, WIDTH)))
        assert np.ptp(weight) == 0
        assert weight[0] == pytest.approx(expected, abs=0.1)


def nothing(rows: int) -> Lists:
    """Questions whose relevant passages no search found."""
    return replace(drawn(rows, 5, 1), grades=np.zeros((rows, 5)))


@pytest.mark.parametrize("sets", [{}, {"a": nothing(0)}, {"a": nothing(3), "b": nothing(2)}])
def test_there_may_be_nothing_to_learn_from(sets: dict[str, Lists]) -> None:
    with pytest.raises(ValueError, match="nothing to learn from"):
        fitted(sets, settings=QUICK)


def test_sets_and_questions_of_no_use_change_nothing() -> None:
    short = Settings(members=1, steps=5)
    some = torn(30, seed=1)
    # Thirty more questions, for which nothing was found.
    padded = each(lambda name: np.concatenate([getattr(some, name), np.zeros_like(getattr(some, name))]))
    alone = fitted({"a": some}, settings=short)
    assert fitted({"a": some, "b": nothing(9)}, settings=short).table() == alone.table()
    assert fitted({"a": padded}, settings=short).table() == alone.table()


def test_a_seed_says_all() -> None:
    short, some = Settings(members=2, steps=20), {"a": torn(50, seed=1), "b": pointed(20, 1, right=True)}
    table = fitted(some, seed=3, settings=short).table()
    assert fitted(some, seed=3, settings=short).table() == table
    assert fitted(some, seed=4, settings=short).table() != table
    assert fitted(some, seed=3, settings=replace(short, batch=10)).table() != table


def again(some: Lists, times: int) -> Lists:
    return some.at(np.tile(np.arange(len(some)), times))


def test_a_larger_set_does_not_outweigh_another() -> None:
    one, other = sided(100, 1, vectors=True), sided(100, 2, vectors=False)
    # In one pot the larger one has its way.
    pot = each(lambda name: np.concatenate([getattr(one, name), getattr(again(other, 10), name)]))
    alike, unlike, pooled = (
        float(weights(fitted(sets, settings=QUICK), np.zeros((1, WIDTH)))[0][0])
        for sets in ({"a": one, "b": other}, {"a": one, "b": again(other, 10)}, {"pot": pot})
    )
    assert alike == pytest.approx(0.5, abs=0.1)
    assert unlike == pytest.approx(alike, abs=0.05)
    assert pooled < 0.2


def test_a_larger_set_does_not_decide_what_is_usual() -> None:
    one, other = torn(50, seed=1), torn(50, seed=2)
    moved = replace(other, features=other.features * 3 + 5)
    short = Settings(members=1, steps=1)
    alike, unlike = (fitted({"a": one, "b": b}, settings=short) for b in (moved, again(moved, 10)))
    assert unlike.mean == pytest.approx(alike.mean)
    assert unlike.scale == pytest.approx(alike.scale)
    both = np.concatenate([one.features, moved.features])
    assert alike.mean == pytest.approx(both.mean(axis=0))
    assert alike.scale == pytest.approx(both.std(axis=0), abs=1e-5)


def test_members_side_by_side_are_one_network() -> None:
    some, short = {"a": torn(60, seed=1)}, Settings(members=3, hidden=5, steps=15)
    fit = fitted(some, settings=short)
    assert fit.hidden.shape == (15, WIDTH + 1)
    features = torn(40, seed=2).features
    units = np.split(fit.hidden, 3)
    parts = [
        Fit(fit.mean, fit.scale, units[at], _part(fit.weight, at, fit.weight[-1]), _part(fit.bonus, at, fit.bonus[-1]))
        for at in range(3)
    ]
    weight, _ = weights(fit, features)
    logits = [np.log(one / (1 - one)) for one in (weights(part, features)[0] for part in parts)]
    assert np.log(weight / (1 - weight)) == pytest.approx(np.mean(logits, axis=0))


def _part(rows: Matrix, at: int, last: float) -> Matrix:
    """A member's share of what comes out, as it was before it was divided by their number."""
    return np.append(rows[5 * at : 5 * at + 5] * 3, last)


def saved(fit: Fit, folder: Path) -> str:
    path = folder / "mine.json"
    path.write_text(json.dumps(fit.table()), encoding="utf-8")
    return str(path)


WORDS = [hit("a", 9.0), hit("b", 5.0), hit("c", 1.0)]
VECTORS = [hit("d", 0.9, "vectors"), hit("b", 0.5, "vectors"), hit("e", 0.4, "vectors")]


def test_what_is_learned_can_be_used(tmp_path: Path) -> None:
    path = saved(fitted({"toy": torn(400, seed=1)}, settings=QUICK), tmp_path)
    trusted = {}
    for text in ("what is x?", "what is x"):
        found = per_query(Query(text), [WORDS, VECTORS], weights=path)
        assert found is not None
        trusted[text] = found[0]
        assert {one.passage.document for one in learned(weights=path)(Query(text), [WORDS, VECTORS])} == set("abcde")
    assert trusted["what is x?"] > trusted["what is x"] + 0.1


def test_a_table_is_the_fit(tmp_path: Path) -> None:
    found = per_query(Query("x"), [WORDS, VECTORS], weights=saved(constant(0.3, 0.8), tmp_path))
    assert found == pytest.approx((0.3, 0.8), abs=1e-4)


def test_what_was_the_same_everywhere_does_not_decide_when_it_differs(tmp_path: Path) -> None:
    # No question mentioned anything, and all were asked with a mark.
    toy = torn(400, seed=1, teller="begins with a capital")
    for name, value in (("something mentioned", 0.0), ("how much is mentioned", 0.0), ("asked with a mark", 1.0)):
        toy.features[:, FEATURES.index(name)] = value
    fit = fitted({"toy": toy}, settings=QUICK)
    other = toy.features.copy()
    for name, value in (("something mentioned", 1.0), ("how much is mentioned", 3.0), ("asked with a mark", 0.0)):
        other[:, FEATURES.index(name)] = value
    assert weights(fit, other)[0] == pytest.approx(weights(fit, toy.features)[0], abs=0.1)
    # A scale that is rounded to nothing could not be loaded.
    found = per_query(Query("x"), [WORDS, VECTORS, [hit("a", 1.0, "mentions")]], weights=saved(fit, tmp_path))
    assert found is not None
