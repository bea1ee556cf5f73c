import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from raglan.train.contrastive import Calibration, false_negatives, hinge, in_batch, pointwise
from raglan.train.similarity import cosine

torch.set_num_threads(1)  # small sums: a second thread only waits

Objective = Callable[[Tensor, Tensor], Tensor]  # queries [q, d], passages [q, d] -> loss
DIM = 16


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def planted(rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """A passage is its query turned, by the same unknown rotation for all, and a little noise."""
    turn, _ = torch.linalg.qr(drawn(DIM, DIM, seed=99))
    queries = drawn(rows, DIM, seed=seed)
    return queries, queries @ turn + 0.1 * drawn(rows, DIM, seed=seed + 1)


def recall(queries: Tensor, passages: Tensor) -> float:
    return float((cosine(queries, passages).argmax(dim=1) == torch.arange(len(queries))).float().mean())


def softmax_only(queries: Tensor, passages: Tensor) -> Tensor:
    return in_batch(cosine(queries, passages), temperature=0.1)[0]


def softmax_with_hard(queries: Tensor, passages: Tensor) -> Tensor:
    scores = cosine(queries, passages)
    # The two next best of the batch once more, as if they had been mined.
    hard = scores.detach().fill_diagonal_(-1).topk(2, dim=1).indices
    return in_batch(scores, hard=scores.gather(1, hard), temperature=0.1)[0]


def margin(queries: Tensor, passages: Tensor) -> Tensor:
    return hinge(cosine(queries, passages), margin=0.2, hardest=8)[0]


@pytest.mark.parametrize("objective", [softmax_only, softmax_with_hard, margin])
def test_a_toy_learns(objective: Objective) -> None:
    learns(objective, [])


def test_a_toy_learns_from_single_pairs_and_what_a_score_means() -> None:
    calibration = Calibration()
    given: list[float] = []

    def objective(queries: Tensor, passages: Tensor) -> Tensor:
        logits = calibration(cosine(queries, passages))
        given.append(float(logits.detach().sigmoid().sum()))
        return pointwise(logits, torch.eye(len(queries)))[0]

    learns(objective, list(calibration.parameters()))
    # Of 64 times 64 pairs, 64 are right; so say the probabilities, summed.
    assert given[0] < 32
    assert sum(given[-10:]) / 10 == pytest.approx(64, rel=0.15)


def learns(objective: Objective, more: list[nn.Parameter]) -> None:
    """From chance to nearly always right on pairs that were not seen."""
    torch.manual_seed(0)
    tower = nn.Linear(DIM, DIM, bias=False)
    queries, passages = planted(256, seed=1)
    unseen = planted(100, seed=5)
    assert recall(tower(unseen[0]), unseen[1]) < 0.1
    optimiser = torch.optim.Adam([*tower.parameters(), *more], lr=0.02)
    for step in range(100):
        rows = torch.arange(64) + 64 * (step % 4)
        loss = objective(tower(queries[rows]), passages[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert recall(tower(unseen[0]), unseen[1]) > 0.9


def test_softmax_is_the_formula() -> None:
    scores, hard, gold = drawn(3, 5), drawn(3, 2, seed=1), [4, 0, 2]
    expected = 0.0
    for row, column in enumerate(gold):
        everything = [*scores[row].tolist(), *hard[row].tolist()]
        expected -= scores[row, column].item() / 0.5 - math.log(sum(math.exp(one / 0.5) for one in everything))
    loss, _ = in_batch(scores, gold=torch.tensor(gold), hard=hard, temperature=0.5)
    assert loss.item() == pytest.approx(expected / 3, rel=1e-5)


def test_margins_are_the_formula() -> None:
    scores, gold = drawn(6, 9), [0, 8, 2, 3, 1, 5]
    expected = 0.0
    for row, column in enumerate(gold):
        own = scores[row, column].item()
        short = sorted((0.3 - own + scores[row, at].item() for at in range(9) if at != column), reverse=True)
        expected += sum(max(0.0, one) for one in short[:3])
    loss, _ = hinge(scores, gold=torch.tensor(gold), margin=0.3, hardest=3)
    assert loss.item() == pytest.approx(expected / 6, rel=1e-5)


def test_pairs_are_the_formula() -> None:
    logits, relevant, excluded = drawn(4, 5), drawn(4, 5, seed=1) > 0, drawn(4, 5, seed=2) > 1
    terms = [
        math.log1p(math.exp(-logit if right else logit))
        for logit, right, out in zip(logits.flatten().tolist(), relevant.flatten(), excluded.flatten(), strict=True)
        if not out
    ]
    loss, _ = pointwise(logits, relevant, excluded=excluded)
    assert loss.item() == pytest.approx(sum(terms) / len(terms), rel=1e-5)


@pytest.mark.parametrize("objective", [in_batch, hinge])
def test_what_is_excluded_is_as_if_it_were_not_there(objective: Callable[..., tuple[Tensor, dict[str, float]]]) -> None:
    scores = drawn(4, 6).requires_grad_()
    excluded = torch.zeros(4, 6, dtype=torch.bool)
    excluded[:, 5] = True
    loss, report = objective(scores, excluded=excluded)
    less, same = objective(scores[:, :5])
    assert loss.item() == pytest.approx(less.item())
    assert report == same
    loss.backward()
    assert scores.grad is not None
    assert not scores.grad[:, 5].any()
    assert bool(scores.grad.isfinite().all())


@pytest.mark.parametrize("objective", [in_batch, hinge])
def test_the_gold_one_is_never_excluded(objective: Callable[..., tuple[Tensor, dict[str, float]]]) -> None:
    scores = drawn(4, 4)
    only_gold, _ = objective(scores, excluded=torch.ones(4, 4, dtype=torch.bool))
    assert only_gold.item() == 0.0
    own, _ = objective(scores, excluded=torch.eye(4, dtype=torch.bool))
    assert own.item() == objective(scores)[0].item()


def test_false_negatives_hide_copies_and_other_positives() -> None:
    """Two questions have one passage: unmasked, each would push its own gold away as the other's."""
    names = ["warranty", "repair", "warranty"]
    mask = false_negatives([{"warranty"}, {"repair", "warranty"}, {"warranty"}], names)
    assert mask.int().tolist() == [[1, 0, 1], [1, 1, 1], [1, 0, 1]]
    scores = torch.tensor([[0.9, 0.1, 0.9], [0.8, 0.2, 0.8], [0.9, 0.1, 0.9]])
    assert in_batch(scores, excluded=mask)[1]["recall@1"] == 1.0
    assert in_batch(scores)[1]["recall@1"] == 0.0
    assert in_batch(scores, excluded=mask)[0] < 1e-3 < in_batch(scores)[0]


def test_a_draw_is_no_win() -> None:
    assert in_batch(torch.ones(4, 4))[1]["recall@1"] == 0.0
    assert hinge(torch.ones(4, 4))[1] == {"recall@1": 0.0, "violating": 1.0}


def test_a_margin_that_is_kept_costs_nothing() -> None:
    loss, report = hinge(torch.eye(5), margin=0.5)
    assert loss.item() == 0.0
    assert report == {"recall@1": 1.0, "violating": 0.0}


def test_half_precision_scores_are_computed_in_full() -> None:
    scores = drawn(8, 8)
    loss, _ = in_batch(scores.bfloat16())
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(in_batch(scores.bfloat16().float())[0].item())


def test_missing_golds_are_told() -> None:
    with pytest.raises(ValueError, match="say which is gold"):
        in_batch(drawn(4, 3))
    with pytest.raises(ValueError, match="nothing to learn from"):
        pointwise(drawn(2, 2), torch.eye(2), excluded=torch.ones(2, 2, dtype=torch.bool))


def test_only_right_pairs_have_a_mean_of_right_ones() -> None:
    _, report = pointwise(torch.zeros(1, 2), torch.ones(1, 2))
    assert report["right"] == 0.5
    assert math.isnan(report["wrong"])
