"""Pooling, unit length, and one tower or two."""

from typing import Any, cast

import pytest
import torch

from raglan.errors import ConfigError
from raglan.nn.shape import Shape
from raglan.nn.tower import Tower, Towers
from tests.nn.samples import SHAPE, slope, texts, tiny


@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_vector_is_the_mean_of_tokens_or_the_first(pooling: Any, unit: bool) -> None:
    trunk, (ids, mask, _) = tiny(1), texts(1)
    tower = Tower(trunk, pooling=pooling, unit=unit)
    with torch.no_grad():
        vectors = tower(ids, mask)
        assert vectors.shape == (4, tower.dim)
        for row, length in enumerate(mask.sum(dim=1).tolist()):
            states = trunk(ids[row : row + 1, :length], mask[row : row + 1, :length])[0]
            expected = states.mean(dim=0) if pooling == "mean" else states[0]
            expected = expected / expected.norm() if unit else expected
            assert (vectors[row] - expected).abs().max() < 1e-5
        assert torch.equal(tower.pool(trunk(ids, mask), mask), vectors)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_nothing_gives_zeros_and_padding_gives_nothing(pooling: Any) -> None:
    tower = Tower(tiny(), pooling=pooling)
    states, mask = torch.full((2, 3, 32), float("nan")), torch.zeros(2, 3, dtype=torch.bool)
    states[1, 0], mask[1, 0] = 2.0, True
    vectors = tower.pool(states, mask)
    assert vectors[0].abs().max() == 0
    assert vectors[1].norm().item() == pytest.approx(1)


def test_pooling_is_in_float32_whatever_the_states_are() -> None:
    tower, (ids, mask, _) = Tower(tiny(2)), texts(2)
    with torch.no_grad():
        exact = tower(ids, mask)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = tower(ids, mask)
        whole = tower.bfloat16()(ids, mask)
    for vectors in (mixed, whole):
        assert vectors.dtype == torch.float32
        assert vectors.norm(dim=1).tolist() == pytest.approx([1.0] * 4)
        assert (vectors * exact).sum(dim=1).min() > 0.999


def test_towers_are_shared_when_they_are_one() -> None:
    tower, (ids, mask, _) = Tower(tiny(3)), texts(3)
    shared, separate = Towers(tower, tower), Towers.separate(tower)
    assert shared.shared
    assert not separate.shared
    assert 2 * len(list(shared.parameters())) == len(list(separate.parameters()))
    with torch.no_grad():
        assert torch.equal(separate(ids, mask, role="query"), separate(ids, mask, role="passage"))
        separate.query.trunk.words.weight.mul_(2)  # which learns by itself
        assert not torch.equal(separate(ids, mask, role="query"), separate(ids, mask, role="passage"))
        assert torch.equal(shared(ids, mask, role="query"), shared(ids, mask, role="passage"))
        assert torch.equal(shared(ids, mask, role="query"), separate(ids, mask, role="query"))


def test_both_sides_learn_from_one_loss() -> None:
    towers, (ids, mask, _) = Towers.separate(Tower(tiny(4))), texts(4)
    scores = towers(ids, mask, role="query") @ towers(ids.flip(0), mask.flip(0), role="passage").T
    torch.logsumexp(scores, dim=1).sum().backward()
    for tower in (towers.query, towers.passage):
        assert all(slope(parameter).abs().max() > 0 for parameter in tower.parameters())


def test_what_does_not_fit_is_said() -> None:
    tower, (ids, mask, _) = Tower(tiny()), texts()
    with pytest.raises(ConfigError, match="pooling is 'max'"):
        Tower(tiny(), pooling=cast("Any", "max"))
    with pytest.raises(ConfigError, match="role is 'document'"):
        Towers(tower, tower)(ids, mask, role="document")
    narrow = Shape(vocab=SHAPE.vocab, width=16, layers=1, heads=2, inner=16)
    with pytest.raises(ConfigError, match="queries would have 32 dimensions and passages 16"):
        Towers(tower, Tower(tiny(shape=narrow)))
