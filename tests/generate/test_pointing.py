"""Chances at tokens to answers: against all pairs of tokens, tried one by one."""

import itertools

import numpy as np
import pytest

from raglan.generate.pointing import pointed
from raglan.models.blocks import Block
from raglan.types import Span


def block(source: int, first: int, tokens: int, offset: int = 0) -> Block:
    """Each token stands for three characters."""
    spans = [(offset + 3 * at, offset + 3 * at + 3) for at in range(tokens)]
    return Block(source, [0] * (first + tokens + 1), [0] * (first + tokens + 1), first, spans)


BLOCKS = [block(0, 3, 5), block(0, 3, 4, offset=9), block(1, 4, 2)]
WIDE = 9


def drawn(seed: int) -> list["np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]:
    """Logs of chances over what may be meant."""
    allowed = np.zeros((len(BLOCKS), WIDE), bool)
    for row, one in zip(allowed, BLOCKS, strict=True):
        row[0] = True
        row[one.first : one.first + len(one.spans)] = True
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(2):
        raw = np.where(allowed, chance.random(allowed.shape), 0.0)
        with np.errstate(divide="ignore"):
            found.append(np.log(raw / raw.sum()).astype(np.float32))
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("most", [1, 3, 48])
def test_it_finds_what_trying_all_pairs_finds(seed: int, most: int) -> None:
    start, end = drawn(seed)
    wanted: dict[tuple[int, Span], float] = {}
    for at, one in enumerate(BLOCKS):
        for first, last in itertools.product(range(len(one.spans)), repeat=2):
            if first <= last < first + most:
                key = (one.source, Span(one.spans[first][0], one.spans[last][1]))
                chance = np.exp(start[at][one.first + first]) * np.exp(end[at][one.first + last])
                wanted[key] = wanted.get(key, 0.0) + float(chance)
    found, nothing = pointed(start, end, BLOCKS, most=most)
    assert {(one.source, one.span): one.chance for one in found} == pytest.approx(wanted, rel=1e-5)
    assert [one.chance for one in found] == sorted((one.chance for one in found), reverse=True)
    assert nothing == pytest.approx(float((np.exp(start[:, 0]) * np.exp(end[:, 0])).sum()), rel=1e-5)


def test_no_text_no_answer() -> None:
    start = np.zeros((1, 4), np.float32)
    assert pointed(start, start, [Block(0, [0] * 4, [0] * 4, 3, [])]) == ([], 1.0)
