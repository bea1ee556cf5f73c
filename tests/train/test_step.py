from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from raglan.errors import ConfigError
from raglan.train.guards import Diverged
from raglan.train.step import Descend, Descent, accelerator, is_first, wait_for_all

torch.set_num_threads(1)  # small sums: a second thread only waits

Batch = tuple[Tensor, Tensor]


def small(seed: int = 0, dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Dropout(dropout), nn.Linear(8, 1))


def squared(model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    features, wanted = batch
    error = (model(features) - wanted).square().mean()
    return error, {"rows": float(len(features))}


def batches(count: int, rows: int = 16) -> Iterator[Batch]:
    chance = torch.Generator().manual_seed(5)
    for _ in range(count):
        features = torch.randn(rows, 4, generator=chance)
        yield features, features.sum(dim=1, keepdim=True)


def weights(model: nn.Module) -> list[Tensor]:
    return [one.detach().clone() for one in model.parameters()]


def equal(first: list[Tensor], second: list[Tensor]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_it_learns() -> None:
    step = Descend(small(), squared, Descent(updates=300, rate=0.02))
    losses = [step(batch)["loss"] for batch in batches(300)]
    assert losses[-1] < 0.1 * losses[0]


def test_it_is_what_one_would_write_by_hand() -> None:
    descent = Descent(updates=20, rate=0.01, warm=0.2, end=0.1, decay=0.1, clip=0.5)
    step, model = Descend(small(), squared, descent), small()
    shrunk = [one for one in model.parameters() if one.ndim > 1]
    free = [one for one in model.parameters() if one.ndim <= 1]
    plain = torch.optim.AdamW([{"params": shrunk, "weight_decay": 0.1}, {"params": free, "weight_decay": 0.0}], lr=0.01)
    for at, batch in enumerate(batches(20)):
        rate = 0.01 * ((at + 1) / 4 if at < 4 else 0.1 + 0.9 * (20 - at) / 16)
        report = step(batch)
        loss, _ = squared(model, batch)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        for group in plain.param_groups:
            group["lr"] = rate
        plain.step()
        plain.zero_grad()
        expected = {"rows": 16.0, "loss": loss.item(), "rate": rate, "norm": norm.item()}
        assert report == pytest.approx(expected)
    # Two modules need not be laid out alike in memory, and then the last bit of a sum may differ.
    torch.testing.assert_close(weights(step.model), weights(model), rtol=1e-6, atol=1e-7)


def test_the_rate_rises_and_falls() -> None:
    descent = Descent(updates=100, rate=2.0, warm=0.1, end=0.25)
    rates = [descent.at(update) for update in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == rates[9] == rates[10] == 2.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == descent.at(1000) == 0.5
    assert Descent(updates=10, rate=1.0, warm=0.0).at(0) == 1.0


def test_gathered_batches_are_one_large_one() -> None:
    [(features, wanted)] = batches(1, rows=12)
    descent = Descent(updates=1, rate=0.01, accumulate=3)
    gathered, whole = Descend(small(), squared, descent), Descend(small(), squared, Descent(updates=1, rate=0.01))
    for rows in (slice(0, 4), slice(4, 8), slice(8, 12)):
        before = weights(gathered.model)
        report = gathered((features[rows], wanted[rows]))
        assert ("rate" in report) == (not equal(before, weights(gathered.model))) == (rows.stop == 12)
    whole((features, wanted))
    for one, other in zip(weights(gathered.model), weights(whole.model), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("stop", range(6))
def test_it_goes_on_exactly_even_within_an_update(stop: int) -> None:
    descent = Descent(updates=4, rate=0.01, accumulate=3, average=0.9)
    whole, first = (Descend(small(), squared, descent) for _ in range(2))
    for batch in batches(12):
        whole(batch)
    rest = list(batches(12))
    for batch in rest[:stop]:
        first(batch)
    second = Descend(small(seed=1), squared, descent)
    second.load_state_dict(first.state_dict())
    untouched = weights(first.model)
    for batch in rest[stop:]:
        second(batch)
    assert equal(weights(second.model), weights(whole.model))
    assert equal(untouched, weights(first.model))
    with whole.averaged() as one, second.averaged() as other:
        assert equal(weights(one), weights(other))


def test_the_average_is_the_textbook_one_and_only_lent() -> None:
    step = Descend(small(dropout=0.5), squared, Descent(updates=10, rate=0.05, average=0.8))
    expected = weights(step.model)
    for batch in batches(10):
        step(batch)
        expected = [0.8 * kept + 0.2 * now for kept, now in zip(expected, weights(step.model), strict=True)]
    before = weights(step.model)
    with step.averaged() as model:
        assert not model.training
        for one, other in zip(weights(model), expected, strict=True):
            assert torch.allclose(one, other, atol=1e-6)
    assert step.model.training
    assert equal(weights(step.model), before)


def test_without_an_average_the_weights_themselves_are_lent() -> None:
    step = Descend(small(), squared, Descent(updates=10))
    with step.averaged() as model:
        assert equal(weights(model), weights(step.model))


def test_what_is_frozen_stays() -> None:
    model = small()
    model[0].requires_grad_(False)
    before = weights(model)
    step = Descend(model, squared, Descent(updates=5, rate=0.1))
    for batch in batches(5):
        step(batch)
    changed = [not torch.equal(one, other) for one, other in zip(before, weights(model), strict=True)]
    assert changed == [False, False, True, True, True, True]
    with pytest.raises(ConfigError, match="Sequential has no parameter that asks for gradients"):
        Descend(model.requires_grad_(False), squared, Descent(updates=5))


def infinite(model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    loss, report = squared(model, batch)
    return loss * torch.inf, report


def steep(model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """A number of its own, but at 0 the root has no slope."""
    loss, report = squared(model, batch)
    return loss + (model(batch[0]) * 0).square().sum().sqrt(), report


@pytest.mark.parametrize(("objective", "what"), [(infinite, "the loss became inf"), (steep, "the gradient became nan")])
def test_what_is_no_number_never_reaches_the_weights(objective, what: str) -> None:
    step = Descend(small(), objective, Descent(updates=5, rate=0.1))
    before = weights(step.model)
    [batch] = batches(1)
    with pytest.raises(Diverged, match=what):
        step(batch)
    assert equal(weights(step.model), before)


def test_a_slower_rate_lasts() -> None:
    step = Descend(small(), squared, Descent(updates=10, rate=1e-3, warm=0.0))
    [batch] = batches(1)
    assert step(batch)["rate"] == pytest.approx(1e-3)
    step.slow(0.25)
    other = Descend(small(), squared, Descent(updates=10, rate=1e-3, warm=0.0))
    other.load_state_dict(step.state_dict())
    assert other(batch)["rate"] == step(batch)["rate"] == pytest.approx(0.25 * 0.9 * 1e-3)


def test_another_checkpoint_is_told() -> None:
    state = Descend(small(), squared, Descent(updates=10, rate=1e-3)).state_dict()
    with pytest.raises(ConfigError, match=r"trained with rate = 0.001, not 0.002; resume with the same settings"):
        Descend(small(), squared, Descent(updates=10, rate=2e-3)).load_state_dict(state)
    with pytest.raises(ConfigError, match="of another model than this Linear"):
        Descend(nn.Linear(4, 1), squared, Descent(updates=10, rate=1e-3)).load_state_dict(state)
    state = Descend(nn.Linear(4, 1), squared, Descent(updates=10, rate=1e-3)).state_dict()
    with pytest.raises(ConfigError, match=r"Linear: weight is \[1, 4\] there, \[1, 5\] here; resume with that model"):
        Descend(nn.Linear(5, 1), squared, Descent(updates=10, rate=1e-3)).load_state_dict(state)


def test_two_steps_share_one_accelerator() -> None:
    by = accelerator("no", cpu=True)
    one, other = (Descend(small(seed), squared, Descent(updates=5), by=by) for seed in (1, 2))
    for batch in batches(5):
        one(batch)
        other(batch)
    assert is_first()
    wait_for_all()


def test_batches_of_any_form_are_moved() -> None:
    def objective(model: nn.Module, batch: dict[str, object]) -> tuple[Tensor, dict[str, float]]:
        assert batch["names"] == ["a", "b"]
        features = batch["features"]
        assert isinstance(features, Tensor)
        return model(features).square().mean(), {}

    step = Descend(small(), objective, Descent(updates=5))
    assert step({"names": ["a", "b"], "features": torch.ones(2, 4)})["loss"] > 0
