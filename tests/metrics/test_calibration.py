"""Against the definitions, written as plain loops."""

from itertools import pairwise, product

import numpy as np
import pytest

from raglan.metrics.calibration import auroc, brier, coverage_at_risk, ece, mean_risk, risk_coverage
from raglan.metrics.value import Undefined

CASES = 1000


def drawn(seed):
    """Confidences, often tied and at the edges of bins, and whether they came true."""
    rng = np.random.default_rng(seed)
    for _ in range(CASES):
        size = int(rng.integers(1, 20))
        steps = int(rng.choice([1, 2, 5, 15, 1000]))
        yield rng.integers(0, steps + 1, size) / steps, rng.integers(0, 2, size).astype(float)


def plain_ece(confidence, right, edges):
    """Bin by bin, as Guo et al. write it; a confidence of 0 goes into the first."""
    total = 0.0
    for n, (low, high) in enumerate(pairwise(edges)):
        inside = [(c, r) for c, r in zip(confidence, right, strict=True) if low < c <= high or (n == 0 and c <= low)]
        if inside:
            sure, good = zip(*inside, strict=True)
            total += len(inside) / len(right) * abs(sum(good) / len(inside) - sum(sure) / len(inside))
    return total


def plain_aurc(confidence, right):
    """The mean risk over all ways to order the equally confident: each position holds a random member of its group."""
    order = sorted(range(len(right)), key=lambda n: -confidence[n])
    risks, before, i = [], 0.0, 0
    while i < len(order):
        group = [n for n in order if confidence[n] == confidence[order[i]]]
        wrong = sum(1 - right[n] for n in group)
        risks += [(before + wrong * taken / len(group)) / (i + taken) for taken in range(1, len(group) + 1)]
        before, i = before + wrong, i + len(group)
    return sum(risks) / len(risks)


def test_ece_is_the_sum_over_bins():
    for confidence, right in drawn(14):
        wanted = plain_ece(confidence, right, np.arange(16) / 15)
        assert ece(confidence, right) == pytest.approx(wanted, abs=1e-9)


def test_equal_mass_puts_the_edges_at_the_quantiles():
    for confidence, right in drawn(15):
        edges = np.percentile(confidence, np.arange(0, 101, 10))
        wanted = plain_ece(confidence, right, edges)
        assert ece(confidence, right, bins=10, equal_mass=True) == pytest.approx(wanted, abs=1e-9)


def test_equal_mass_means_as_many_in_each_bin():
    confidence = np.random.default_rng(16).random(60)
    right = np.zeros(60)
    by_hand = [float(np.sort(confidence)[n : n + 6].sum()) for n in range(0, 60, 6)]
    assert ece(confidence, right, bins=10, equal_mass=True) == pytest.approx(sum(by_hand) / 60, abs=1e-9)


def test_brier_is_the_mean_square():
    for confidence, right in drawn(16):
        wanted = sum((c - r) ** 2 for c, r in zip(confidence, right, strict=True)) / len(right)
        assert brier(confidence, right) == pytest.approx(wanted, abs=1e-9)


def test_auroc_compares_every_pair():
    undefined = 0
    for confidence, right in drawn(17):
        above, below = confidence[right > 0].tolist(), confidence[right == 0].tolist()
        pairs = [(yes > no) + 0.5 * (yes == no) for yes, no in product(above, below)]
        found = auroc(confidence, right)
        if pairs:
            assert found == pytest.approx(sum(pairs) / len(pairs), abs=1e-9)
        else:
            undefined += isinstance(found, Undefined)
    assert 0 < undefined < CASES / 2


def test_aurc_is_the_mean_over_every_order_of_equals():
    for confidence, right in drawn(18):
        assert mean_risk(confidence, right) == pytest.approx(plain_aurc(confidence, right), abs=1e-9)


def test_coverage_at_risk_tries_every_threshold():
    for confidence, right in drawn(19):
        taken = [right[confidence >= threshold] for threshold in set(confidence.tolist())]
        reached = [(1 - one.sum() / len(one), len(one) / len(right)) for one in taken]
        for risk in (0.0, 0.1, 0.5):
            wanted = max((share for wrong, share in reached if wrong <= risk + 1e-12), default=0.0)
            assert coverage_at_risk(confidence, right, risk=risk) == pytest.approx(wanted, abs=1e-9)


def test_nothing_depends_on_the_order_of_rows():
    rng = np.random.default_rng(20)
    for confidence, right in list(drawn(21))[:100]:
        order = rng.permutation(len(right))
        one, other = risk_coverage(confidence, right), risk_coverage(confidence[order], right[order])
        assert np.allclose(one[1], other[1], atol=1e-12)
        assert ece(confidence, right, equal_mass=True) == pytest.approx(
            ece(confidence[order], right[order], equal_mass=True), abs=1e-12
        )


def test_all_ties():
    confidence, right = np.full(4, 0.5), np.array([1.0, 0.0, 0.0, 1.0])
    assert auroc(confidence, right) == 0.5
    assert mean_risk(confidence, right) == 0.5
    assert coverage_at_risk(confidence, right, risk=0.4) == 0.0
    assert coverage_at_risk(confidence, right, risk=0.5) == 1.0
    assert ece(confidence, right) == 0.0
    assert ece(confidence, right, equal_mass=True) == 0.0
    assert brier(confidence, right) == 0.25


def test_one_kind_only_has_no_auroc():
    assert auroc(np.array([0.1, 0.9]), np.ones(2)) == Undefined(
        "AUROC compares two kinds of rows, and all 2 are of one kind"
    )
