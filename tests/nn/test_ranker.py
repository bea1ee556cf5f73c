"""One score for a query and a passage."""

import torch

from raglan.nn.ranker import Ranker
from raglan.nn.weights import named_ranker
from tests.nn.samples import lively, texts, tiny


def test_a_score_is_the_first_state_through_two_layers() -> None:
    ranker, (ids, mask, types) = lively(Ranker(tiny(1)), 1), texts(1)
    weights = named_ranker(ranker)
    with torch.no_grad():
        scores = ranker(ids, mask, types)
        first = ranker.trunk(ids, mask, types)[:, 0]
        turned = torch.tanh(first @ weights["bert.pooler.dense.weight"].T + weights["bert.pooler.dense.bias"])
        expected = turned @ weights["classifier.weight"][0] + weights["classifier.bias"]
        assert scores.shape == (4,)
        assert (scores - expected).abs().max() < 1e-5
        assert torch.equal(ranker.score(ranker.trunk(ids, mask, types)), scores)
        assert not torch.equal(ranker(ids, mask, 1 - types), scores)


def test_it_learns_which_pairs_belong_together() -> None:
    # A passage belongs to a query if it has the query's word: that can be seen only by looking across.
    torch.manual_seed(0)
    chance = torch.Generator().manual_seed(0)
    ids = torch.randint(10, 40, (48, 6), generator=chance)
    wanted = torch.arange(48) % 2 == 0
    ids[wanted, 4] = ids[wanted, 1]
    types = (torch.arange(6) > 2).long().expand(48, 6)
    ranker, mask = Ranker(tiny(2), seed=1).train(), torch.ones(48, 6, dtype=torch.bool)
    rule = torch.optim.Adam(ranker.parameters(), lr=3e-3)
    for _ in range(40):
        rule.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(ranker(ids, mask, types), wanted.float())
        loss.backward()
        rule.step()
    scores = ranker(ids, mask, types).detach()
    assert ((scores > 0) == wanted).float().mean() > 0.95
    assert all(parameter.grad is not None for parameter in ranker.parameters())


def test_half_precision_gives_float32_scores_nearby() -> None:
    ranker, (ids, mask, types) = lively(Ranker(tiny(3)), 3), texts(3)
    with torch.no_grad():
        exact = ranker(ids, mask, types)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = ranker(ids, mask, types)
    assert mixed.dtype == torch.float32
    assert (mixed - exact).abs().max() < 0.05


def test_the_head_is_the_seed_s() -> None:
    one, same, other = (named_ranker(Ranker(tiny(), seed=seed)) for seed in (0, 0, 1))
    head = "bert.pooler.dense.weight"
    assert torch.equal(one[head], same[head])
    assert not torch.equal(one[head], other[head])
    assert one["classifier.bias"].item() == 0
