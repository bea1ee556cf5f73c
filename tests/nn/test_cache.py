"""What a cache holds is as if it stood before, in the same row."""

import pytest
import torch

from raglan.nn.cache import Cache
from raglan.nn.masks import causal, padding, prefix
from tests.nn.samples import slope, texts, tiny

EVERY = torch.ones(2, 9, dtype=torch.bool)


def test_source_then_target_is_a_prefix() -> None:
    trunk, (ids, _, _) = tiny(1), texts(1, (9, 9))
    lengths = torch.tensor([5, 3])
    with torch.no_grad():
        states = trunk.embed(ids)
        # Two sources of different lengths, padded to five; targets stand behind.
        cache, seen = Cache(), torch.arange(5) < lengths[:, None]
        first = trunk.run(states[:, :5], seen, cache=cache)
        positions = lengths[:, None] + torch.arange(4)
        target = torch.gather(ids, 1, positions)
        looks = torch.cat([seen[:, None, :].expand(2, 4, 5), causal(4).expand(2, 4, 4)], dim=2)
        second = trunk.run(trunk.embed(target, positions=positions), looks, cache=cache)
        whole = trunk.run(states, prefix(lengths, 9))
    assert cache.held() == cache.held(1) == 9
    for row, length in enumerate(lengths.tolist()):
        assert (first[row, :length] - whole[row, :length]).abs().max() < 1e-5
        assert (second[row] - whole[row, length : length + 4]).abs().max() < 1e-5


def test_token_by_token_is_causal() -> None:
    trunk, (ids, _, _) = tiny(2), texts(2, (9, 9))
    cache = Cache()
    with torch.no_grad():
        states = trunk.embed(ids)
        single = [trunk.run(states[:, at : at + 1], EVERY[:, : at + 1], cache=cache) for at in range(9)]
        assert (torch.cat(single, dim=1) - trunk.run(states, causal(9))).abs().max() < 1e-5


def test_passages_read_alone_are_looked_at_together() -> None:
    trunk, (ids, mask, _) = tiny(3), texts(3, (5, 4, 2, 5))  # two passages for each of two targets
    target, places = texts(4, (3, 3))[0], torch.arange(10, 13)
    bias = torch.randn(2, 1, 1, 13, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        cache = Cache()
        trunk.run(trunk.embed(ids), mask, cache=cache)
        joined = cache.joined(2)
        assert (cache.held(), joined.held()) == (5, 10)
        own = causal(3).expand(2, 3, 3)
        looks = torch.cat([mask.view(2, 1, 10).expand(2, 3, 10), own], dim=2)
        fused = trunk.run(trunk.embed(target, positions=places), looks, cache=joined, bias=bias)
        # The same in one row: passages see themselves only.
        alone = padding(mask).view(2, 2, 5, 5)
        whole = torch.zeros(2, 13, 13, dtype=torch.bool)
        whole[:, :5, :5], whole[:, 5:10, 5:10], whole[:, 10:] = alone[:, 0], alone[:, 1], looks
        biases = torch.zeros(2, 1, 13, 13)
        biases[:, :, 10:] = bias
        states = torch.cat([trunk.embed(ids).view(2, 10, -1), trunk.embed(target, positions=places)], dim=1)
        assert (fused - trunk.run(states, whole, bias=biases)[:, 10:]).abs().max() < 1e-5


def test_a_fork_leaves_the_original_and_rows_follow_an_index() -> None:
    trunk, (ids, _, _) = tiny(5), texts(5, (9, 9))
    with torch.no_grad():
        states = trunk.embed(ids)
        cache = Cache()
        trunk.run(states[:, :6], EVERY[:, :6], cache=cache)
        one = trunk.run(states[:, 6:7], EVERY[:, :7], cache=cache.fork())
        again = trunk.run(states[:, 6:7], EVERY[:, :7], cache=cache.fork())
        assert torch.equal(one, again)
        assert cache.held() == 6
        beams = torch.tensor([1, 1, 0])
        spread = trunk.run(states[beams, 6:7], EVERY[:1, :7].expand(3, 7), cache=cache.rows(beams))
        assert (spread - one[beams]).abs().max() < 1e-5


def test_parts_of_the_layers_share_a_cache() -> None:
    trunk, (ids, _, _) = tiny(6), texts(6, (9, 9))
    whole, parts = Cache(), Cache()
    with torch.no_grad():
        states = trunk.embed(ids)
        for part in (slice(0, 5), slice(5, 9)):
            seen = EVERY[:, : part.stop]
            expected = trunk.run(states[:, part], seen, cache=whole)
            lower = trunk.run(states[:, part], seen, last=1, cache=parts)
            assert torch.equal(trunk.run(lower, seen, first=1, cache=parts), expected)


def test_gradients_reach_the_source() -> None:
    trunk, (ids, _, _) = tiny(7).double(), texts(7, (9, 9))
    cache, states = Cache(), trunk.embed(ids).detach().requires_grad_()
    trunk.run(states[:, :6], EVERY[:, :6], cache=cache)
    looks = torch.cat([EVERY[:, None, :6].expand(2, 3, 6), causal(3).expand(2, 3, 3)], dim=2)
    (trunk.run(states[:, 6:], looks, cache=cache) ** 3).sum().backward()
    whole = states.detach().requires_grad_()
    (trunk.run(whole, prefix(torch.tensor([6, 6]), 9))[:, 6:] ** 3).sum().backward()
    assert slope(whole).abs().amax(dim=2).min() > 1e-4
    assert (slope(states) - slope(whole)).abs().max() < 1e-9


def test_groups_must_come_out_even() -> None:
    cache = Cache()
    cache.extend(0, torch.zeros(5, 1, 2, 4), torch.zeros(5, 1, 2, 4))
    with pytest.raises(ValueError, match="5 texts cannot be joined in groups of 2"):
        cache.joined(2)
