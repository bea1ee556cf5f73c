"""What a merge is worth: by hand on three questions, and every reason not to keep it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from raglan.search.learned import FEATURES
from raglan.train.merge import Settings, fitted
from raglan.train.merging import Lists
from raglan.train.trial import Trial, kept, trial, trust

from .samples import WIDTH, constant, drawn, lists, torn

SECOND, THIRD, FOURTH = (1 / math.log2(rank + 1) for rank in (2, 3, 4))

# Three questions with four candidates each, of which one is relevant.
#            words                 vectors               mentioned     relevant
TABLE = [
    ((1.0, 0.9, 0.2, 0.1), (0.1, 0.9, 0.2, 1.0), (0, 0, 0, 0), 1),
    ((0.2, 1.0, 0.3, 0.1), (1.0, 0.9, 0.2, 0.3), (0, 0, 0, 1), 3),
    ((1.0, 0.2, 0.3, 0.4), (0.3, 0.5, 1.0, 0.4), (0, 0, 0, 0), 2),
]


def by_hand() -> Lists:
    words, vectors, mentions = (np.array([row[at] for row in TABLE], float) for at in range(3))
    grades = np.eye(4)[[gold for *_, gold in TABLE]]
    # The last of the third question is named outright.
    lift = np.array([[0.0] * 4, [0.0] * 4, [0.0, 0.0, 0.0, 1.0]])
    return lists(np.zeros((3, WIDTH)), words, vectors, mentions, grades, lift=lift)


def test_the_numbers_by_hand() -> None:
    found = trial(by_hand(), constant(0.8, 0.05))
    assert found.questions == 3
    # Alone: no mention is raised, and nothing named is lifted.
    assert found.words == pytest.approx((SECOND + FOURTH + THIRD) / 3)
    assert found.vectors == pytest.approx((SECOND + THIRD + 1) / 3)
    # Ranks by words and by vectors: 2 and 2 against 1 and 4 | 4, 3 and 1 of the mentions against 1 and 2 | 3 and 1 against
    # 1 and 4, behind what is named.
    assert found.rrf == pytest.approx((1 + 1 + SECOND) / 3)
    # With 0.4 and 0.35: .90 against .64 | .18 + .35 against .52, .96 and .26 | .58 against .72, behind what is named.
    assert found.minmax == pytest.approx((1 + SECOND + THIRD) / 3)
    # With 0.8 and 0.05: .90 against .82 | .26 + .05 against .84, .92 and .22 | .86 against .44, behind what is named.
    assert found.learned == pytest.approx((1 + THIRD + SECOND) / 3)
    assert (found.weight, found.low, found.high) == pytest.approx((0.8, 0.8, 0.8))
    # Vectors are the better search: first instead of second, as they are, and second instead of first.
    assert found.better_single == found.vectors
    gaps = np.array([1 - SECOND, 0, SECOND - 1])
    assert found.error == pytest.approx(gaps.std() / math.sqrt(3))


def test_the_better_search_may_be_words() -> None:
    turned = by_hand()
    turned = replace(turned, words=turned.vectors, vectors=turned.words)
    found = trial(turned, constant(0.2, 0.05))
    assert found.better_single == found.words > found.vectors
    assert found.error == pytest.approx((1 - SECOND) * math.sqrt(2) / 3)


def test_one_question_has_no_error() -> None:
    assert trial(by_hand().at(np.array([1])), constant(0.5, 0.1)).error == 0


def test_the_weights_of_the_questions() -> None:
    some = torn(300, seed=1)
    found = trial(some, fitted({"toy": some}, settings=Settings(members=1, steps=150)))
    assert found.low < 0.2 < found.weight < 0.8 < found.high
    assert found.learned > max(found.words, found.vectors, found.rrf, found.minmax)


def a_trial(**numbers: float) -> Trial:
    """One that is kept, but for these numbers."""
    sound = {"words": 0.5, "vectors": 0.6, "rrf": 0.61, "minmax": 0.62, "learned": 0.7, "error": 0.01}
    return Trial(questions=100, weight=0.5, low=0.2, high=0.8, **{**sound, **numbers})


def test_what_is_better_is_kept() -> None:
    assert kept({"a": a_trial(), "b": a_trial()}) == []


@pytest.mark.parametrize("other", ["words", "vectors", "rrf", "minmax"])
def test_it_must_beat_each_way_on_average(other: str) -> None:
    # On one set it loses, and is not surely below the better search; on average it must be above.
    error = 1.0
    for its, faults in ((0.69, 0), (0.7, 1), (0.71, 1)):
        trials = {"a": a_trial(**{other: its - 0.1}, error=error), "b": a_trial(**{other: its + 0.1}, error=error)}
        found = kept(trials)
        assert len(found) == faults
        assert all(line == f"its mean, 0.7000, is not above that of {other}, {its:.4f}" for line in found)


@pytest.mark.parametrize("better", ["words", "vectors"])
def test_it_must_not_be_surely_below_the_better_search_anywhere(better: str) -> None:
    good = a_trial(learned=0.9)
    # 0.7 + 1.645 * 0.02 = 0.7329, and 0.005 less than the better search is forgiven.
    for its, faults in ((0.7378, 0), (0.738, 1)):
        found = kept({"bad": a_trial(**{better: its}, error=0.02), "good": good})
        assert len(found) == faults
        for line in found:
            assert line == f"bad: 0.7000 is surely more than 0.005 below the better single search ({its:.4f})"


def test_every_reason_is_told() -> None:
    assert len(kept({"a": a_trial(learned=0.4), "b": a_trial(learned=0.3)})) == 2 + 4


@pytest.mark.parametrize("teller", ["asked with a mark", "shared among ten", "best of vectors mentioned"])
def test_trust_names_what_was_planted(teller: str) -> None:
    sets = [torn(300, seed, teller=teller) for seed in (1, 2)]
    fit = fitted({"a": sets[0], "b": sets[1]}, settings=Settings(members=1, steps=150))
    [(first, related), *others] = trust(sets, fit)
    assert first == teller
    assert related > 0.9
    assert len(others) == 3
    assert all(abs(other) < 0.3 for _, other in others)
    # The other way round it is the lower one that speaks for vectors.
    for one in sets:
        one.features[:, FEATURES.index(teller)] *= -1
    fit = fitted({"a": sets[0], "b": sets[1]}, settings=Settings(members=1, steps=150))
    [(first, related)] = trust(sets, fit, most=1)
    assert (first, related < -0.9) == (teller, True)


def test_where_all_is_the_same_nothing_is_related() -> None:
    assert [related for _, related in trust([drawn(20, 5, 1)], constant(0.5, 0.3))] == [0.0] * 4
    same = replace(torn(50, 1), features=np.ones((50, WIDTH)))
    fit = fitted({"toy": torn(100, 1)}, settings=Settings(members=1, steps=20))
    assert [related for _, related in trust([same], fit)] == [0.0] * 4
