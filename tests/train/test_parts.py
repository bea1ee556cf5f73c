"""Parts of like length: the same vectors and gradients as at once, and no part where it saves nothing."""

import pytest
import torch

from raglan.nn.shape import Shape
from raglan.nn.tower import Tower, Towers
from raglan.nn.trunk import Trunk
from raglan.train.parts import Model, alike


def test_a_part_ends_where_the_next_texts_are_much_longer():
    assert alike([5] * 40) == [40]
    assert alike([5] * 16 + [9] * 16) == [16, 16]
    assert alike([5] * 16 + [6] * 16 + [9] * 3) == [32, 3]
    assert alike([]) == []
    rising = list(range(1, 100))
    assert sum(alike(rising)) == len(rising)


@pytest.mark.parametrize("frozen", [0, 1])
def test_parts_make_no_difference(frozen):
    shape = Shape(vocab=50, width=16, layers=2, heads=2, inner=32, positions=12)
    tower = Tower(Trunk(shape, seed=1))
    model = Model(Towers(tower, tower), None, frozen)
    chance = torch.Generator().manual_seed(0)
    mask = torch.arange(12) < torch.tensor([1, 2, 3, 9, 11, 12])[:, None]
    ids = torch.randint(50, mask.shape, generator=chance)
    given = torch.randn((*mask.shape, 16), generator=chance) if frozen else ids
    wanted = torch.randn((len(mask), 16), generator=chance)

    def learned(sizes):
        model.zero_grad()
        vectors = model(given, mask, role="query", sizes=sizes)
        (vectors * wanted).sum().backward()
        return vectors.detach(), {name: one.grad for name, one in model.named_parameters() if one.grad is not None}

    whole, gradients = learned(())
    parts, theirs = learned((3, 2, 1))
    assert torch.allclose(whole, parts, atol=1e-6)
    assert gradients.keys() == theirs.keys()
    assert all(torch.allclose(one, theirs[name], atol=1e-5) for name, one in gradients.items())
    if not frozen:
        at_once = model.towers(ids, mask, role="query")
        assert torch.allclose(whole, at_once, atol=1e-6)
