"""A balance that is learned: towards the evidence where it helps, away from it where it is noise, to the best there is."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from raglan.errors import DataError
from raglan.generate.trusted import Balance, Grounds
from raglan.train.balancing import Case, Row, balanced, loss, rows
from raglan.types import Evidence, Query
from tests.samples import passage

HELPS, NOISE = ([0.9, 0.8, 0.7], [0.1, 0.05, 0.2]), ([0.01, 0.02, 0.05], [0.6, 0.3, 0.5])


def row(kind: tuple[list[float], list[float]], held: float) -> Row:
    return Row(Grounds(0.5, 0.2, held, held), *kind)


def drawn(count: int = 60, seed: int = 0) -> list[Row]:
    """Evidence that holds more of the question helps more often."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        some = chance.random(4)
        kind = HELPS if chance.random() < some[2] else NOISE
        found.append(Row(Grounds(*map(float, some)), *kind))
    return found


def test_where_evidence_helps_it_is_trusted_and_where_it_is_noise_it_is_not() -> None:
    learned = balanced([*[row(HELPS, 1.0)] * 20, *[row(NOISE, 0.0)] * 20])
    assert learned.share(Grounds(0.5, 0.2, 1.0, 1.0)) > 0.95
    assert learned.share(Grounds(0.5, 0.2, 0.0, 0.0)) < 0.05


@pytest.mark.parametrize(("kind", "trusted"), [(HELPS, True), (NOISE, False)])
def test_what_always_helps_is_always_trusted(kind: tuple[list[float], list[float]], trusted: bool) -> None:
    share = balanced([row(kind, held) for held in (0.0, 0.5, 1.0)] * 10).share(Grounds(0.3, 0.3, 0.3, 0.3))
    assert share > 0.95 if trusted else share < 0.05


def test_a_constant_is_the_best_that_there_is() -> None:
    """Where nothing tells questions apart it is the share that a search through all of them finds."""
    given = [row(HELPS, 0.0)] * 5 + [row(NOISE, 0.0)] * 3
    shares = np.arange(1, 1000) / 1000
    best = min(shares, key=lambda share: loss(share, given))
    learned = balanced(given)
    assert learned.share(given[0].grounds) == pytest.approx(best, abs=0.02)
    assert loss(learned, given) == pytest.approx(loss(best, given), abs=1e-4)


def test_no_other_weights_are_better() -> None:
    given = drawn()
    learned = balanced(given, ridge=1e-9)
    best = loss(learned, given)
    assert best < min(loss(share, given) for share in np.arange(0, 101) / 100) - 0.01, "no constant is as good"
    chance = np.random.default_rng(1)
    for size in (0.03, 0.3, 3.0):
        for _ in range(50):
            other = Balance(tuple(float(one) for one in np.array(learned.weights) + size * chance.normal(size=5)))
            assert loss(other, given) >= best - 1e-5


def test_what_it_learned_holds_for_others() -> None:
    learned, others = balanced(drawn(200)), drawn(200, seed=1)
    assert loss(learned, others) < min(loss(share, others) for share in (0.0, 0.25, 0.5, 0.75, 1.0))


def test_the_loss_is_that_of_the_mixture() -> None:
    given = [Row(Grounds(0, 0, 0, 0), [0.5], [0.1]), Row(Grounds(0, 0, 0, 0), [0.2, 0.4], [0.6, 0.0])]
    chances = [0.25 * 0.5 + 0.75 * 0.1, 0.25 * 0.2 + 0.75 * 0.6, 0.25 * 0.4]
    assert loss(0.25, given) == pytest.approx(-sum(map(math.log, chances)) / 3)


def test_chances_of_nothing_are_borne() -> None:
    learned = balanced([Row(Grounds(1, 1, 1, 1), [0.0, 1.0], [0.0, 0.0]), Row(Grounds(0, 0, 0, 0), [0.0], [1.0])])
    assert all(map(math.isfinite, learned.weights))
    assert learned.share(Grounds(1, 1, 1, 1)) > 0.9


class Scripted:
    def foretold(self, query: Query, evidence: Sequence[Evidence], answer: str) -> tuple[list[float], list[float]]:
        return ([0.9] * len(answer), [0.1] * len(answer)) if evidence else ([], [])


def test_rows_come_of_a_generator() -> None:
    given = [Evidence(passage("The warranty lasts.", "a.md"), 1.0)]
    query = Query("warranty")
    found = rows(Scripted(), [Case(query, given, "ab"), Case(query, [], "ab")])
    assert found == [Row(Grounds(1.0, 1.0, 1.0, 1.0), [0.9, 0.9], [0.1, 0.1])]


def test_of_nothing_nothing_is_learned() -> None:
    with pytest.raises(DataError, match="no answer has chances"):
        balanced([])
