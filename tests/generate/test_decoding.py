"""Decoding against all texts there are: the likeliest is found, copies know whence they are, and rules are kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from raglan.errors import ConfigError
from raglan.generate.decoding import Decoding, decoded
from raglan.models.reader import Said

FIRST, END, WORDS = 0, 1, 5
NAMES = [2, 3, 2, 4]  # the tokens of the sources


class Random:
    """Chances that hang on all that was said before."""

    def __init__(self, seed: int, before: tuple[int, ...] = (), *, ends: float = 1.0) -> None:
        self.seed, self.before, self.ends = seed, before, ends

    def next(self, token: int) -> Said:
        self.before += (token,)
        chance = np.random.default_rng([self.seed, *self.before])
        words, copied, own = chance.dirichlet(np.ones(WORDS)), chance.dirichlet(np.ones(len(NAMES))), chance.random()
        chances = own * words
        np.add.at(chances, NAMES, (1 - own) * copied)
        chances[[END]] *= self.ends
        return Said((chances / chances.sum()).astype(np.float32), copied.astype(np.float32), own)

    def fork(self) -> Random:
        return Random(self.seed, self.before, ends=self.ends)


def every(seed: int, longest: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """All texts that end in time, and the logs of their chances."""
    for length in range(longest + 1):
        for text in product([0, 2, 3, 4], repeat=length):
            made, log = Random(seed), 0.0
            for token, after in zip((FIRST, *text), (*text, END), strict=True):
                log += math.log(made.next(token).chances[after])
            yield text, log


@pytest.mark.parametrize("penalty", [0.0, 0.8])
@pytest.mark.parametrize("seed", range(4))
def test_with_beams_enough_the_best_of_all_texts_is_found(seed: int, penalty: float) -> None:
    how = Decoding(beams=300, longest=3, penalty=penalty)
    found = decoded(Random(seed), NAMES, first=FIRST, end=END, how=how)
    texts = sorted(every(seed, 3), key=lambda one: -one[1] / ((6 + len(one[0])) / 6) ** penalty)
    assert [one.tokens for one in found[:5]] == [text for text, _ in texts[:5]]
    for one, (_, log) in zip(found[:5], texts[:5], strict=True):
        assert one.logprob == pytest.approx(log, rel=1e-4)
        assert one.ended


@pytest.mark.parametrize("seed", range(4))
def test_greedy_takes_the_likeliest_token_each_time(seed: int) -> None:
    [found] = decoded(Random(seed), NAMES, first=FIRST, end=END, how=Decoding(longest=6))
    made, before = Random(seed), FIRST
    for token in (*found.tokens, END):
        chances = made.next(before).chances
        if len(found.tokens) < 6:
            assert token == chances.argmax()
        before = token


def test_some_tokens_are_never_said() -> None:
    for copies in (False, True):
        how = Decoding(beams=3, longest=6, never=frozenset({2}), copies=copies)
        found = [decoded(Random(seed, ends=0.1), NAMES, first=FIRST, end=END, how=how) for seed in range(8)]
        assert any(one.tokens for many in found for one in many)
        assert all(2 not in one.tokens for many in found for one in many)


def test_more_beams_are_never_worse() -> None:
    for seed in range(20):
        logs = [
            decoded(Random(seed, ends=0.3), NAMES, first=FIRST, end=END, how=Decoding(beams=beams, longest=5))[
                0
            ].logprob
            for beams in (1, 2000)
        ]
        assert logs[1] >= logs[0] - 1e-9


@pytest.mark.parametrize("unlike", [1, 2])
def test_no_run_comes_twice(unlike: int) -> None:
    for seed in range(10):
        how = Decoding(beams=3, longest=8, unlike=unlike)
        for one in decoded(Random(seed, ends=0.01), NAMES, first=FIRST, end=END, how=how):
            runs = [one.tokens[at : at + unlike] for at in range(len(one.tokens) - unlike + 1)]
            assert len(runs) == len(set(runs))


def test_only_what_stands_in_the_sources_is_said() -> None:
    lengths = []
    for seed in range(10):
        for one in decoded(Random(seed, ends=0.1), NAMES, first=FIRST, end=END, how=Decoding(beams=2, copies=True)):
            assert all(NAMES[at] == token for token, at in zip(one.tokens, one.whence, strict=True) if at >= 0)
            assert set(one.tokens) <= set(NAMES)
            lengths.append(len(one.tokens))
    assert max(lengths) > 1


class Fixed(Random):
    """Copies 3 and then 2, which stands twice; its own words are 4."""

    def next(self, token: int) -> Said:
        self.before += (token,)
        steps = {
            1: Said(np.array([0, 0, 0, 1, 0], np.float32), np.array([0, 1, 0, 0], np.float32), 0.0),
            2: Said(np.array([0, 0, 1, 0, 0], np.float32), np.array([0.6, 0, 0.4, 0], np.float32), 0.0),
            3: Said(np.array([0, 0, 0, 0, 1], np.float32), np.array([0, 0, 0, 1], np.float32), 1.0),
        }
        end = Said(np.array([0, 1, 0, 0, 0], np.float32), np.array([1, 0, 0, 0], np.float32), 1.0)
        return steps.get(len(self.before), end)

    def fork(self) -> Fixed:
        return Fixed(self.seed, self.before)


def test_a_copy_goes_on_where_the_one_before_it_ended() -> None:
    [found] = decoded(Fixed(0), NAMES, first=FIRST, end=END)
    assert found.tokens == (3, 2, 4)
    assert found.whence == (1, 2, -1), "2 stands at 0 and behind 3; 4 is its own word"


def test_what_never_ends_is_cut() -> None:
    for one in decoded(Random(1, ends=0.0), NAMES, first=FIRST, end=END, how=Decoding(beams=2, longest=4)):
        assert not one.ended
        assert len(one.tokens) == 4


def test_what_is_broken_off_pays_for_no_end() -> None:
    cut, ended = (
        decoded(Random(1, ends=1e-3), NAMES, first=FIRST, end=END, how=Decoding(beams=2, longest=4, cuts=cuts))[0]
        for cuts in (True, False)
    )
    assert cut.tokens == ended.tokens
    assert len(cut.tokens) == 4
    assert (cut.ended, ended.ended) == (False, True)
    made, log = Random(1, ends=1e-3), 0.0
    for before, token in pairwise((FIRST, *cut.tokens)):
        log += math.log(made.next(before).chances[token])
    assert cut.logprob == pytest.approx(log, rel=1e-5)
    assert ended.logprob < cut.logprob - 2
    for seed in range(10):
        same = [
            decoded(Random(seed, ends=50), NAMES, first=FIRST, end=END, how=Decoding(longest=9, cuts=cuts))[0]
            for cuts in (True, False)
        ]
        assert same[0] == same[1], "what ends in time ends alike"


@pytest.mark.parametrize("wrong", [{"beams": 0}, {"longest": 0}, {"unlike": -1}, {"penalty": -0.1}])
def test_counts_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Decoding(**wrong)
