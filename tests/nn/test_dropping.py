"""Dropout by bytes: the share that it says, the mean as it was, the same for the same seed, gradients where states stay."""

import pytest
import torch

from raglan.nn.dropping import dropped


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_share_and_the_mean(share: float) -> None:
    torch.manual_seed(0)
    found = dropped(torch.ones(400, 1001), share, training=True)
    assert (found == 0).float().mean().item() == pytest.approx(share, abs=0.005)
    assert found.mean().item() == pytest.approx(1, abs=0.01)
    assert len(found.unique()) == 2


def test_the_same_seed_drops_the_same() -> None:
    states = torch.randn(3, 7, 5)
    torch.manual_seed(1)
    first = dropped(states, 0.5, training=True)
    torch.manual_seed(1)
    assert torch.equal(first, dropped(states, 0.5, training=True))
    assert not torch.equal(first, dropped(states, 0.5, training=True))


def test_gradients_come_from_what_stays() -> None:
    torch.manual_seed(0)
    states = torch.randn(50, 3, requires_grad=True)
    found = dropped(states, 0.25, training=True)
    found.sum().backward()
    assert states.grad is not None
    torch.testing.assert_close(states.grad, torch.where(found != 0, 256 / 192, 0.0))


def test_where_nothing_is_dropped_nothing_changes() -> None:
    states = torch.randn(4)
    assert dropped(states, 0.5, training=False) is states
    assert dropped(states, 0.0, training=True) is states
    assert dropped(torch.zeros(0, 3), 0.5, training=True).shape == (0, 3)
