"""Intervals and tests of differences: against SciPy, against every outcome counted, and on data whose truth is known."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.stats  # type: ignore[import-untyped, unused-ignore]

from raglan.evaluate.resample import Contest, Resampling, contest, interval
from raglan.metrics.bleu import bleu, corpus_bleu, counts, sentence_bleu
from raglan.metrics.confidence import abstain_auroc, brier_score, equal_width_ece
from raglan.metrics.metric import Metric, of_answers
from raglan.metrics.value import Matrix, Statistics, Undefined, Value

PLAIN = of_answers("plain", lambda answer, example: 0.0)
AUROC = abstain_auroc()
MANY = Resampling(draws=20_000)
FEW = Resampling(draws=2_000)


def column(*values: float | None) -> Statistics:
    """One number for each row; ``None`` is a row without a value."""
    blanks = tuple("" if value is not None else "no gold" for value in values)
    return Statistics(np.array([[value or 0.0] for value in values]), blanks)


def full(values: Any) -> Statistics:
    """Rows that all have a value."""
    values = np.asarray(values, np.float64)
    return Statistics(values.reshape(len(values), -1), ("",) * len(values))


def tried(metric: Metric, one: Statistics, other: Statistics, drawn: Resampling = FEW) -> Contest:
    found = contest(metric, one, other, drawn)
    assert found is not None
    return found


def sure_and_good(seed: int, rows: int, *, tell: float = 0.3) -> Matrix:
    """Confidence and whether it came true [rows, 2]; half came true."""
    chance = np.random.default_rng(seed)
    good = np.arange(rows) % 2
    return np.stack([np.clip(0.4 + tell * good + 0.2 * chance.standard_normal(rows), 0, 1), good], axis=1)


def exact(value: Callable[[Matrix], Value], a: Matrix, b: Matrix) -> float:
    """The share of all exchanges of rows after which the two are as far apart, counted one by one."""
    gaps = []
    for change in product([False, True], repeat=len(a)):
        swap = np.array(change)[:, None]
        one, other = value(np.where(swap, b, a)), value(np.where(swap, a, b))
        assert isinstance(one, float)
        assert isinstance(other, float)
        gaps.append(abs(other - one))
    return float(np.mean(np.array(gaps) >= gaps[0] - 1e-12))


# Intervals.


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).beta(2, 1, size=40)
    found = interval(PLAIN, values[:, None], MANY)
    wanted = scipy.stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=2)
    # The ends of 20 000 draws are sure to some hundredths of the standard error.
    assert found == pytest.approx(tuple(wanted.confidence_interval), abs=0.15 * values.std() / np.sqrt(len(values)))


def test_the_interval_of_what_is_no_mean_is_that_of_scipy() -> None:
    rows = sure_and_good(3, 60)

    def area(sure: Matrix, good: Matrix) -> float:
        return float(
            scipy.stats.mannwhitneyu(sure[good > 0], sure[good == 0]).statistic / (good.sum() * (1 - good).sum())
        )

    found = interval(AUROC, rows, Resampling(draws=2_000))
    wanted = scipy.stats.bootstrap(
        (rows[:, 0], rows[:, 1]), area, paired=True, vectorized=False, n_resamples=1_500, method="percentile", rng=4
    )
    assert found == pytest.approx(tuple(wanted.confidence_interval), abs=0.3 * wanted.standard_error)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(5)
    held = []
    for seed in range(250):
        found = interval(PLAIN, chance.beta(1, 2, size=(50, 1)), Resampling(seed, draws=200))
        assert found is not None
        held.append(found[0] <= 1 / 3 <= found[1])
    assert 0.91 <= np.mean(held) <= 0.97


def test_more_rows_are_surer() -> None:
    values = np.random.default_rng(6).random((1600, 1))
    few, many = (interval(PLAIN, values[:count], FEW) for count in (100, 1600))
    assert few is not None
    assert many is not None
    assert (few[1] - few[0]) / (many[1] - many[0]) == pytest.approx(4, rel=0.2)


def test_rows_that_are_alike_leave_no_doubt() -> None:
    assert interval(PLAIN, np.full((9, 1), 0.25), FEW) == (0.25, 0.25)
    assert interval(PLAIN, np.array([[0.75]]), FEW) == (0.75, 0.75)


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    rows = np.random.default_rng(7).random((30, 1))
    assert interval(PLAIN, rows, Resampling(1)) == interval(PLAIN, rows, Resampling(1))
    assert interval(PLAIN, rows, Resampling(1)) != interval(PLAIN, rows, Resampling(2))


def test_every_metric_draws_for_itself() -> None:
    rows = np.random.default_rng(8).random((30, 1))
    other = of_answers("other", lambda answer, example: 0.0)
    assert interval(PLAIN, rows, Resampling()) != interval(other, rows, Resampling())


def test_two_systems_are_drawn_alike() -> None:
    rows = np.random.default_rng(9).random((30, 1))
    low, high = interval(PLAIN, rows, Resampling()) or (0.0, 0.0)
    assert interval(PLAIN, rows + 1, Resampling()) == pytest.approx((low + 1, high + 1))


def test_no_interval_where_most_samples_have_no_value() -> None:
    def picky(kinds: int) -> Metric:
        """It has a value where so many kinds of rows are there: of 3 rows 3 kinds are drawn in 2 of 9, 2 in 8 of 9."""
        few = Undefined("too few kinds of rows")
        value = lambda rows: float(rows.mean()) if len(np.unique(rows)) >= kinds else few  # noqa: E731
        return Metric("picky", frozenset({"answer"}), PLAIN.rows, value, each=None)

    rows = np.array([[1.0], [2.0], [3.0]])
    assert interval(picky(4), rows, Resampling()) is None
    assert interval(picky(3), rows, Resampling()) is None
    assert interval(picky(2), rows, Resampling()) is not None


def test_samples_without_a_value_are_left_out() -> None:
    # In a tenth of the samples all are of one kind.
    rows = sure_and_good(10, 4, tell=1.0)
    assert interval(AUROC, rows, Resampling()) == (1.0, 1.0)


# Contests.


@pytest.mark.parametrize("seed", range(4))
def test_a_difference_of_means_is_tested_as_scipy_tests_it(seed: int) -> None:
    chance = np.random.default_rng(seed)
    a = chance.integers(0, 4, size=9) / 3
    b = np.clip(a + chance.integers(-1, 3, size=9) / 3, 0, 1)
    wanted = scipy.stats.permutation_test(
        (a, b), lambda x, y: np.mean(y) - np.mean(x), permutation_type="samples", vectorized=False, n_resamples=np.inf
    )
    found = tried(PLAIN, full(a), full(b), MANY)
    assert found.difference == pytest.approx(wanted.statistic)
    assert found.p == pytest.approx(wanted.pvalue, abs=0.015)


@pytest.mark.parametrize("metric", [AUROC, equal_width_ece(5), brier_score()], ids=lambda metric: metric.name)
def test_a_difference_of_sets_is_tested_by_every_exchange(metric: Metric) -> None:
    a, b = sure_and_good(11, 8, tell=0.0), sure_and_good(12, 8, tell=0.6)
    found = tried(metric, full(a), full(b))
    assert 0.02 < found.p < 0.5
    assert found.p == pytest.approx(exact(metric.value, a, b), abs=0.04)


@pytest.mark.parametrize("metric", [PLAIN, brier_score()], ids=lambda metric: metric.name)
def test_eight_rows_of_one_mind_are_as_sure_as_eight_coins(metric: Metric) -> None:
    chance = np.random.default_rng(24)
    a, b = (np.stack([chance.random(8) / 2 + more, np.ones(8)], axis=1) for more in (0, 0.5))
    assert tried(metric, full(a), full(b), MANY).p == pytest.approx(2 / 2**8, abs=0.003)


def test_the_bleu_of_a_set_is_tested_and_not_the_mean_of_its_rows() -> None:
    # By the long row, which decides on a set, one is better; by most rows the other.
    golds = ["we go by train to the sea and then by boat to the island of birds and seals", *["so it was said"] * 5]
    one, other = [["nobody knows", *golds[1:]], [golds[0], *["no more of that"] * 4, golds[5]]]
    a, b = (np.array([counts(text, [gold]) for text, gold in zip(said, golds, strict=True)]) for said in (one, other))
    found, by_rows = tried(bleu(), full(a), full(b)), tried(PLAIN, full(sentence_bleu(a)), full(sentence_bleu(b)))
    assert by_rows.difference < 0 < found.difference
    assert found.p == pytest.approx(exact(corpus_bleu, a, b), abs=0.04)
    assert abs(found.p - by_rows.p) > 0.1
    assert (found.wins, found.losses) == (1, 4)


def test_chance_finds_a_difference_as_often_as_p_says() -> None:
    chance = np.random.default_rng(13)
    pairs = chance.random((400, 2, 30))
    ps = np.array([tried(PLAIN, full(a), full(b), Resampling(n, 200)).p for n, (a, b) in enumerate(pairs)])
    for level in (0.05, 0.2, 0.5):
        assert np.mean(ps <= level) == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / 400))


def test_a_large_difference_is_sure_and_p_is_never_zero() -> None:
    ones, zeros = full(np.ones(100)), full(np.zeros(100))
    assert tried(PLAIN, zeros, ones, Resampling(draws=999)) == Contest(1.0, 1 / 1000, 100, 100, 0)
    assert tried(PLAIN, ones, zeros, Resampling(draws=999)) == Contest(-1.0, 1 / 1000, 100, 0, 100)
    assert tried(AUROC, full(sure_and_good(14, 60, tell=-0.6)), full(sure_and_good(14, 60, tell=0.6))).p == 1 / 2001


@pytest.mark.parametrize("metric", [PLAIN, AUROC, brier_score(), equal_width_ece()], ids=lambda metric: metric.name)
def test_what_is_alike_does_not_differ(metric: Metric) -> None:
    same = full(sure_and_good(15, 20))
    found = tried(metric, same, full(same.values.copy()), Resampling(draws=100))
    assert (found.difference, found.p, found.rows) == (0.0, 1.0, 20)
    assert (found.wins or 0, found.losses or 0) == (0, 0)


@pytest.mark.parametrize("metric", [PLAIN, AUROC, brier_score()], ids=lambda metric: metric.name)
def test_sides_can_be_changed(metric: Metric) -> None:
    a, b = full(sure_and_good(16, 20)), full(sure_and_good(17, 20))
    one, other = tried(metric, a, b), tried(metric, b, a)
    assert one.difference == -other.difference != 0
    assert one.p == other.p
    assert (one.wins, one.losses) == (other.losses, other.wins)


def test_rows_that_tie_are_neither_won_nor_lost_and_change_nothing() -> None:
    a, b = [0.0, 0.5, 1.0, 0.25, 0.0], [1.0, 0.5, 1.0, 0.0, 0.5]
    found = tried(PLAIN, full(a), full(b), MANY)
    assert (found.rows, found.wins, found.losses) == (5, 2, 1)
    # Of the 8 signs of 1, -0.25 and 0.5 these 4 come as far from 0 as 1.25: with 1 and 0.5 of one sign.
    assert found.p == pytest.approx(0.5, abs=0.015)
    padded = tried(PLAIN, full([*a, *[0.3] * 100]), full([*b, *[0.1 + 0.2] * 100]), MANY)
    assert (padded.rows, padded.wins, padded.losses, padded.p) == (105, 2, 1, found.p)


def test_less_is_better_where_a_metric_says_so() -> None:
    metric = brier_score()
    good, bad = full([(0.9, 1.0)] * 3 + [(0.5, 0.0)]), full([(0.5, 1.0)] * 3 + [(0.2, 0.0)])
    found = tried(metric, bad, good)
    assert found.difference < 0
    assert (found.wins, found.losses) == (3, 1)


def test_a_set_has_no_winning_rows() -> None:
    found = tried(AUROC, full(sure_and_good(18, 10)), full(sure_and_good(19, 10)))
    assert (found.wins, found.losses) == (None, None)


def test_only_rows_with_both_values_count() -> None:
    found = tried(PLAIN, column(1.0, None, 0.0, 0.5, None), column(None, 1.0, 0.5, 0.5, None))
    assert (found.difference, found.rows, found.wins, found.losses) == (0.25, 2, 1, 0)


@pytest.mark.parametrize("metric", [PLAIN, AUROC], ids=lambda metric: metric.name)
def test_no_row_in_common_is_no_contest(metric: Metric) -> None:
    values, blank = np.array([[0.5, 1.0], [0.2, 0.0]]), "no gold"
    assert contest(metric, Statistics(values, ("", blank)), Statistics(values, (blank, "")), MANY) is None


def test_no_value_over_the_rows_in_common_is_no_contest() -> None:
    values, blank = np.array([[0.5, 1.0], [0.2, 0.0], [0.7, 1.0]]), "no gold"
    # Both have an area of their own; of what they share all came true.
    assert contest(AUROC, full(values), Statistics(values, ("", blank, "")), MANY) is None


def test_an_exchange_without_a_value_speaks_against_nothing() -> None:
    nothing = Undefined("mixed")

    def value(rows: Matrix) -> Value:
        return float(rows[0, 0]) if len(np.unique(rows)) == 1 else nothing

    metric = Metric("pure", frozenset({"answer"}), PLAIN.rows, value, each=None)
    # Only the two exchanges of all rows or of none have a value, and both are as far apart.
    assert tried(metric, full([0.0] * 10), full([1.0] * 10)).p == 1.0


def test_a_contest_is_the_same_again_and_draws_anew_for_another_seed() -> None:
    a, b = (full(np.random.default_rng(seed).random(20)) for seed in (20, 21))
    assert tried(PLAIN, a, b, Resampling(1)) == tried(PLAIN, a, b, Resampling(1))
    assert tried(PLAIN, a, b, Resampling(1)).p != tried(PLAIN, a, b, Resampling(2)).p


def test_draws_in_parts_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (full(np.random.default_rng(seed).random(20)) for seed in (22, 23))
    whole = tried(PLAIN, a, b, MANY)
    monkeypatch.setattr("raglan.evaluate.resample._AT_ONCE", 300)
    assert tried(PLAIN, a, b, MANY).p == pytest.approx(whole.p, abs=0.015)
    assert tried(PLAIN, full(np.zeros(20)), full(np.ones(20)), Resampling(draws=99)).p == 1 / 100
