"""A balance is the mean that its equation has, whoever speaks; what was nearest counts as its equation says."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from raglan.errors import ConfigError
from raglan.generate.balanced import Balanced, Nearest, Remembered
from raglan.generate.decoding import Decoding, decoded, greedy
from raglan.models.reader import Said
from tests.generate.test_decoding import END, FIRST, NAMES, WORDS, Random

TEXT = [2, 4, 3]


class Stated(Random):
    """A writer whose state hangs on what was said, too."""

    @property
    def state(self) -> np.ndarray:
        return np.random.default_rng([99, *self.before]).normal(size=4).astype(np.float32)

    def fork(self) -> Stated:
        return Stated(self.seed, self.before)


def known(count: int = 12) -> Remembered:
    chance = np.random.default_rng(3)
    return Remembered(chance.normal(size=(count, 4)).astype(np.float32), chance.integers(0, WORDS, count))


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_chances_are_the_mean_of_both(weight: float) -> None:
    both, one, other = Balanced(Random(1), Random(2), weight), Random(1), Random(2)
    for at, token in enumerate([FIRST, *TEXT]):
        both = both.fork() if at % 2 else both
        said, left, right = both.next(token), one.next(token), other.next(token)
        np.testing.assert_allclose(said.chances, weight * left.chances + (1 - weight) * right.chances, atol=1e-6)
        assert said.own == pytest.approx(weight * left.own + (1 - weight) * right.own)
        copied = np.concatenate([weight * (1 - left.own) * left.copied, (1 - weight) * (1 - right.own) * right.copied])
        np.testing.assert_allclose((1 - said.own) * said.copied, copied, atol=1e-6)


def test_what_is_copied_is_found_on_either_side() -> None:
    text = Balanced(Random(1, ends=0.1), Random(2, ends=0.1), 0.5)
    names = [*NAMES, *NAMES]
    for told in decoded(text, names, first=FIRST, end=END, how=Decoding(beams=2, copies=True, longest=6)):
        assert told.tokens
        assert all(names[at] == token for token, at in zip(told.tokens, told.whence, strict=True) if at >= 0)


def test_a_fork_goes_on_by_itself() -> None:
    for text in (Balanced(Random(1), Random(2), 0.5), Nearest(Stated(1), known(), 0.5)):
        text.next(FIRST)
        other = text.fork()
        left, right = text.next(2).chances, other.next(3).chances
        assert not np.allclose(left, right)
        again = Balanced(Random(1), Random(2), 0.5) if isinstance(text, Balanced) else Nearest(Stated(1), known(), 0.5)
        again.next(FIRST)
        np.testing.assert_array_equal(again.next(3).chances, right)


@pytest.mark.parametrize("heat", [0.2, 1.0, 7.0])
def test_what_is_nearest_counts_most(heat: float) -> None:
    """Against the equation, term by term."""
    store, text, alone = known(), Nearest(Stated(5), known(), 0.4, heat=heat), Stated(5)
    for token in [FIRST, *TEXT]:
        found, plain = text.next(token).chances, alone.next(token).chances
        near = defaultdict[int, float](float)
        for state, value in zip(store.states.tolist(), store.tokens.tolist(), strict=True):
            near[value] += math.exp(-math.dist(state, alone.state.tolist()) / heat)
        whole = sum(near.values())
        for at in range(WORDS):
            assert found[at] == pytest.approx(0.4 * near[at] / whole + 0.6 * plain[at], abs=1e-5)


def test_a_state_seen_before_is_followed_by_what_followed_it() -> None:
    text = Stated(5)
    text.next(FIRST)
    seen = Remembered(np.stack([text.state, text.state + 30]), np.array([4, 2]))
    assert seen.chances(text.state, WORDS, 1.0).argmax() == 4
    assert seen.chances(text.state + 29, WORDS, 1.0).argmax() == 2
    far = seen.chances(text.state + np.float32(1e6), WORDS, 1.0)
    assert far.sum() == pytest.approx(1), "nothing is too far away to be a chance"


def test_without_evidence_nothing_is_near() -> None:
    nothing = Remembered.of([(np.zeros((0, 0), np.float32), np.zeros(0, np.int64))])
    np.testing.assert_array_equal(Nearest(Stated(5), nothing, 0.9).next(FIRST).chances, Stated(5).next(FIRST).chances)


def test_several_texts_are_remembered_together() -> None:
    whole = known()
    parts = Remembered.of([(whole.states[:5], whole.tokens[:5]), (whole.states[5:], whole.tokens[5:])])
    np.testing.assert_array_equal(parts.states, whole.states)
    np.testing.assert_array_equal(parts.tokens, whole.tokens)


def test_greedy_is_what_one_beam_gives() -> None:
    for seed in range(10):
        [told] = decoded(Random(seed), NAMES, first=FIRST, end=END, how=Decoding(longest=6))
        assert tuple(greedy(Random(seed), first=FIRST, end=END, longest=6)) == told.tokens


class Other(Random):
    def next(self, token: int) -> Said:
        return Said(np.full(WORDS + 1, 1 / (WORDS + 1), np.float32), np.zeros(0, np.float32), 1.0)


def test_other_tokens_are_refused() -> None:
    with pytest.raises(ConfigError, match="writers of 5 and 6 tokens cannot be balanced"):
        Balanced(Random(1), Other(1), 0.5).next(FIRST)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan, True])
def test_what_is_no_share_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError, match=f"balance={wrong}: must be from 0 to 1"):
        Balanced(Random(1), Random(2), wrong)
    with pytest.raises(ConfigError, match=f"nearest={wrong}: must be from 0 to 1"):
        Nearest(Stated(1), known(), wrong)


@pytest.mark.parametrize("heat", [0.0, -1.0, math.nan])
def test_a_heat_is_above_nothing(heat: float) -> None:
    with pytest.raises(ConfigError, match="heat="):
        Nearest(Stated(1), known(), 0.5, heat=heat)
