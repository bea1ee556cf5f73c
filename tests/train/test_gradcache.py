import weakref

import pytest
import torch
from torch import Tensor, nn

from raglan.train.contrastive import in_batch
from raglan.train.gradcache import in_parts
from raglan.train.similarity import dot

torch.set_num_threads(1)  # small sums: a second thread only waits

ROWS, PASSAGES, DIM = 24, 60, 8


def tower(dropout: float = 0.0, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Dropout(dropout), nn.Linear(32, DIM)).double()


def rows(count: int, seed: int) -> Tensor:
    return torch.randn(count, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


QUERIES, TEXTS = rows(ROWS, 1), rows(PASSAGES, 2)


def gradients(model: nn.Module, queries: Tensor, passages: Tensor) -> list[Tensor]:
    model.zero_grad()
    loss, _ = in_batch(dot(queries, passages), temperature=1.0)
    loss.backward()
    return [one.grad.clone() for one in model.parameters() if one.grad is not None]


def same(first: list[Tensor], second: list[Tensor]) -> bool:
    assert len(first) == len(second) == 4
    return all(torch.allclose(one, other, rtol=1e-6, atol=1e-9) for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize("size", [1, 7, 24, 1000])
def test_gradients_are_those_of_the_whole_batch(size: int) -> None:
    model = tower()
    whole = gradients(model, model(QUERIES), model(TEXTS))
    assert same(gradients(model, in_parts(model, QUERIES, size=size), in_parts(model, TEXTS, size=size)), whole)


def test_dropout_is_the_same_on_the_way_back() -> None:
    """Against the same parts with their activations kept: same masks, same gradients, same random state afterwards."""
    model = tower(dropout=0.5)
    torch.manual_seed(3)
    kept = [torch.cat([model(part) for part in torch.split(one, 7)]) for one in (QUERIES, TEXTS)]
    whole = gradients(model, kept[0], kept[1])
    state = torch.get_rng_state()
    torch.manual_seed(3)
    assert same(gradients(model, in_parts(model, QUERIES, size=7), in_parts(model, TEXTS, size=7)), whole)
    assert torch.equal(torch.get_rng_state(), state)
    assert not same(gradients(model, in_parts(model, QUERIES, size=7), in_parts(model, TEXTS, size=7)), whole)


def test_several_inputs_are_cut_alike() -> None:
    model = tower()
    mask = (rows(ROWS, 4)[:, :1] > 0).double()

    def encode(features: Tensor, kept: Tensor) -> Tensor:
        vectors: Tensor = model(features) * kept
        return vectors

    assert torch.allclose(in_parts(encode, QUERIES, mask, size=5), encode(QUERIES, mask))


class Watched(nn.Module):
    """Counts for how many rows something is remembered at once, until it is used on the way back."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(6, DIM, dtype=torch.float64))
        self.alive = self.most = 0

    def forward(self, features: Tensor) -> Tensor:
        held = features.clone()
        memory = held.untyped_storage()
        self.alive += len(held)
        self.most = max(self.most, self.alive)
        weakref.finalize(memory, self.freed, len(held))
        vectors: Tensor = held @ self.weight
        return vectors

    def freed(self, count: int) -> None:
        self.alive -= count


def test_one_part_is_remembered_at_a_time() -> None:
    model = Watched()
    in_batch(dot(model(QUERIES), model(TEXTS)))[0].backward()
    assert (model.most, model.alive) == (ROWS + PASSAGES, 0)
    model.most = 0
    in_batch(dot(in_parts(model, QUERIES, size=4), in_parts(model, TEXTS, size=4)))[0].backward()
    assert (model.most, model.alive) == (4, 0)


def test_nothing_is_encoded_twice_without_gradients() -> None:
    model = Watched()
    with torch.no_grad():
        assert in_parts(model, QUERIES, size=10).shape == (ROWS, DIM)
    assert (model.most, model.alive) == (10, 0)


def test_unequal_inputs_are_told() -> None:
    with pytest.raises(ValueError, match=r"\[24, 60\] rows"):
        in_parts(tower(), QUERIES, TEXTS, size=4)
    with pytest.raises(ValueError, match="parts of 0"):
        in_parts(tower(), QUERIES, size=0)
