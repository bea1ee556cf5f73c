"""The trunk computes what BERT computes, whole or in parts, with any mask and bias, in any precision."""

import math

import pytest
import torch

from raglan.nn.cache import Cache
from raglan.nn.masks import causal, padding, prefix
from raglan.nn.trunk import Trunk
from raglan.nn.weights import named
from tests.nn.samples import SHAPE, slope, slowly, texts, theirs, tiny

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_it_is_what_transformers_computes(attention: str) -> None:
    trunk, (ids, mask, types) = tiny(1), texts(1)
    model = theirs(attn_implementation=attention)
    missing, unexpected = model.load_state_dict(named(trunk), strict=False)
    assert (missing, unexpected) == (["pooler.dense.weight", "pooler.dense.bias"], [])
    with torch.no_grad():
        for given in (None, types):
            ours = trunk(ids, mask, given)
            found = model(input_ids=ids, attention_mask=mask.long(), token_type_ids=given).last_hidden_state
            assert ours.shape == (*ids.shape, SHAPE.width)
            assert (ours - found)[mask].abs().max() < 1e-5


def test_it_is_the_slow_computation() -> None:
    trunk, (ids, mask, types) = tiny(2), texts(2)
    with torch.no_grad():
        slow = slowly(trunk, trunk.embed(ids, types), padding(mask))
        assert (trunk(ids, mask, types) - slow)[mask].abs().max() < 1e-5
        assert torch.equal(trunk(ids, mask, types)[mask], trunk(ids, padding(mask), types)[mask])


def test_masks_say_who_looks_at_whom() -> None:
    assert padding(torch.tensor([[True, True, False]])).tolist() == [[[True, True, False]] * 3]
    assert causal(3).int().tolist() == [[[1, 0, 0], [1, 1, 0], [1, 1, 1]]]
    looks = prefix(torch.tensor([2, 0, 4]), 4).int().tolist()
    assert looks[0] == [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert looks[1] == causal(4)[0].int().tolist()
    assert looks[2] == [[1] * 4] * 4


@pytest.mark.parametrize(
    "looks", [causal(9).expand(4, 9, 9), prefix(torch.tensor([3, 9, 0, 1]), 9)], ids=["causal", "prefix"]
)
def test_a_mask_of_rows_is_the_slow_computation(looks: torch.Tensor) -> None:
    trunk, (ids, _, _) = tiny(3), texts(3)
    with torch.no_grad():
        states = trunk.embed(ids)
        assert (trunk.run(states, looks) - slowly(trunk, states, looks)).abs().max() < 1e-5


def test_a_prefix_keeps_the_future_from_the_past() -> None:
    trunk, (ids, _, _) = tiny(4), texts(4, (8, 8))
    looks, other = prefix(torch.tensor([3, 3]), 8), ids.clone()
    other[:, 5] = (ids[:, 5] + 1) % SHAPE.vocab
    with torch.no_grad():
        changed = (trunk(ids, looks) - trunk(other, looks)).abs().amax(dim=2)
        assert changed[:, :5].max() == 0
        assert changed[:, 5:].min() > 1e-4
        other = ids.clone()
        other[:, 2] = (ids[:, 2] + 1) % SHAPE.vocab
        assert (trunk(ids, looks) - trunk(other, looks)).abs().amax(dim=2).min() > 1e-4


def test_what_stands_at_padding_makes_no_difference() -> None:
    trunk, (ids, mask, _) = tiny(5), texts(5)
    other = torch.where(mask, ids, (ids + 7) % SHAPE.vocab)
    with torch.no_grad():
        assert torch.equal(trunk(ids, mask)[mask], trunk(other, mask)[mask])
        alone = trunk(ids[1:2, :4], mask[1:2, :4])
        assert (alone - trunk(ids, mask)[1:2, :4]).abs().max() < 1e-5


def test_parts_compose_to_the_whole() -> None:
    trunk, (ids, mask, types) = tiny(6), texts(6)
    with torch.no_grad():
        states = trunk.embed(ids, types)
        assert torch.equal(trunk.run(trunk.run(states, mask, last=1), mask, first=1), trunk(ids, mask, types))
        assert trunk.run(states, mask, first=1, last=1) is states
        assert torch.equal(trunk.embed(ids, torch.zeros_like(ids), torch.arange(9)), trunk.embed(ids))


def test_kept_lower_layers_teach_as_frozen_ones_do() -> None:
    frozen, kept, (ids, mask, _) = tiny(7), tiny(7), texts(7)
    for part in (frozen.words, frozen.places, frozen.kinds, frozen.norm, frozen.layers[0]):
        part.requires_grad_(False)
    (frozen(ids, mask)[mask] ** 3).sum().backward()
    with torch.no_grad():
        states = kept.run(kept.embed(ids), mask, last=1)
    (kept.run(states, mask, first=1)[mask] ** 3).sum().backward()
    for one, other in zip(frozen.parameters(), kept.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None)
        assert one.grad is None or torch.equal(one.grad, slope(other))


def test_a_bias_shifts_attention_as_the_softmax_says() -> None:
    trunk, (ids, mask, _) = tiny(8), texts(8)
    bias = torch.randn(4, 1, 9, 9, generator=torch.Generator().manual_seed(8))
    with torch.no_grad():
        states = trunk.embed(ids)
        ours = trunk.run(states, mask, bias=bias)
        assert (ours - slowly(trunk, states, padding(mask), bias))[mask].abs().max() < 1e-5
        assert (ours - trunk.run(states, mask))[mask].abs().max() > 0.1
        assert torch.equal(trunk(ids, mask, bias=bias), ours)
        # The same for all that look is no shift at all.
        even = trunk.run(states, mask, bias=torch.full((1, 1, 1, 1), -200.0))
        assert (even - trunk.run(states, mask))[mask].abs().max() < 1e-3


def test_a_bias_of_log_two_counts_a_token_twice() -> None:
    trunk = tiny(9, shape=SHAPE)
    with torch.no_grad():
        states = trunk.embed(texts(9, (5,))[0])
        twice = torch.cat([states, states[:, 2:3]], dim=1)
        bias = torch.zeros(1, 1, 5, 5)
        bias[..., 2] = math.log(2)
        once = trunk.run(states, torch.ones(1, 5, dtype=torch.bool), last=1, bias=bias)
        assert (trunk.run(twice, torch.ones(1, 6, dtype=torch.bool), last=1)[:, :5] - once).abs().max() < 1e-5


def test_a_token_that_may_look_at_nothing_breaks_nothing() -> None:
    trunk, (ids, mask, _) = tiny(10), texts(10)
    mask[2] = False
    states = trunk(ids, mask)
    assert states.isfinite().all()
    states[mask].sum().backward()
    assert all(slope(parameter).isfinite().all() for parameter in trunk.parameters())


def test_every_weight_and_the_bias_learn() -> None:
    trunk, (ids, mask, types) = tiny(11).double(), texts(11)
    bias = torch.zeros(4, 1, 9, 9, dtype=torch.float64, requires_grad=True)

    def loss(some: torch.Tensor) -> torch.Tensor:
        total: torch.Tensor = (trunk(ids, mask, types, bias=some)[mask] ** 3).sum()
        return total

    loss(bias).backward()
    assert all(slope(parameter).abs().max() > 1e-6 for parameter in trunk.parameters())
    assert slope(bias)[:, 0].masked_select(~padding(mask)).abs().max() == 0
    step = torch.zeros_like(bias)
    step[0, 0, 3, 5] = 1e-5
    with torch.no_grad():
        found = (loss(bias + step) - loss(bias - step)) / 2e-5
    assert slope(bias)[0, 0, 3, 5].item() == pytest.approx(found.item(), rel=1e-5)


@pytest.mark.parametrize("device", DEVICES)
def test_half_precision_is_close(device: str) -> None:
    trunk, (ids, mask, _) = tiny(12).to(device), (one.to(device) for one in texts(12))
    bias = torch.randn(4, 1, 9, 9, generator=torch.Generator().manual_seed(8)).to(device)
    with torch.no_grad():
        exact = trunk(ids, mask, bias=bias)[mask]
        with torch.autocast(device, torch.bfloat16):
            mixed = trunk(ids, mask, bias=bias)[mask]
        whole = trunk.bfloat16()(ids, mask, bias=bias)[mask]
    assert (mixed.dtype, whole.dtype) == (torch.float32, torch.bfloat16)
    for found in (mixed, whole.float()):
        assert torch.cosine_similarity(found, exact, dim=-1).min() > 0.999


@pytest.mark.parametrize("device", [*DEVICES[1:], "meta"])
def test_it_stays_on_its_device(device: str) -> None:
    trunk, (ids, mask, types) = tiny(13).to(device), (one.to(device) for one in texts(13))
    states = trunk(ids, mask, types, bias=torch.zeros(1, 1, 9, 9, device=device))
    assert (states.device.type, states.shape) == (device, (4, 9, 32))
    assert trunk(ids, prefix(mask.sum(dim=1), 9)).device.type == device
    assert causal(3, device).device.type == device


def test_dropout_is_for_training_only() -> None:
    trunk, (ids, mask, _) = tiny(14, dropout=0.5), texts(14)
    with torch.no_grad():
        still = trunk(ids, mask)
        assert torch.equal(still, trunk(ids, mask))
        assert torch.equal(still, tiny(14)(ids, mask))
        trunk.train()
        torch.manual_seed(0)
        one, other = trunk(ids, mask), trunk(ids, mask)
        torch.manual_seed(0)
        again = trunk(ids, mask)
    assert torch.equal(one, again)
    assert (one - other).abs().max() > 0.1


def test_fresh_weights_are_the_seed_s() -> None:
    one, same, other = (named(Trunk(SHAPE, seed=seed)) for seed in (0, 0, 1))
    for name, value in one.items():
        assert torch.equal(value, same[name])
        assert torch.equal(value, other[name]) == (name.endswith("bias") or "LayerNorm" in name)
    assert one["encoder.layer.1.intermediate.dense.weight"].std().item() == pytest.approx(0.02, rel=0.1)


def test_what_does_not_fit_is_said() -> None:
    trunk, (ids, mask, _) = tiny(15), texts(15)
    states = trunk.embed(ids)
    with pytest.raises(ValueError, match="a text of 25 tokens: the model has 24 positions"):
        trunk(torch.zeros(1, 25, dtype=torch.long), torch.ones(1, 25, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"a mask is bool .* not torch.int64 \[4, 9\]"):
        trunk.run(states, mask.long())
    with pytest.raises(ValueError, match="none runs from 1 to before 3"):
        trunk.run(states, mask, first=1, last=3)
    with pytest.raises(ValueError, match=r"mask and bias give \[4, 1, 1, 8\]"):
        trunk.run(states, mask[:, :8])
    cache = Cache()
    trunk.run(states, mask, cache=cache)
    with pytest.raises(ValueError, match=r"does not fit \[b, h, t, s\] = \[4, 4, 9, 18\]"):
        trunk.run(states, mask, cache=cache)
