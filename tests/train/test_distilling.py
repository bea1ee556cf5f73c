import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from raglan.train.distilling import listwise, margin_mse

torch.set_num_threads(1)  # small sums: a second thread only waits

DIM = 16
Objective = Callable[..., tuple[Tensor, dict[str, float]]]


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def padded(rows: int, most: int) -> Tensor:
    """Bool [rows, most]: lists of different length, none empty."""
    lengths = torch.arange(rows) % most + 1
    return torch.arange(most) >= lengths[:, None]


def test_shares_are_the_formula() -> None:
    student, teacher, excluded = drawn(6, 4), drawn(6, 4, seed=1), padded(6, 4)
    expected = 0.0
    for row in range(6):
        there = [at for at in range(4) if not excluded[row, at]]
        own = [math.exp(student[row, at].item() / 0.3) for at in there]
        wanted = [math.exp(teacher[row, at].item() / 2.0) for at in there]
        for mine, its in zip(own, wanted, strict=True):
            expected += its / sum(wanted) * math.log(its / sum(wanted) * sum(own) / mine)
    loss, _ = listwise(student, teacher, excluded=excluded, student_temperature=0.3, teacher_temperature=2.0)
    assert loss.item() == pytest.approx(expected / 6, rel=1e-5)


def test_margins_are_the_formula() -> None:
    student, teacher, excluded = drawn(6, 4), drawn(6, 4, seed=1), padded(6, 4)
    gaps = [
        (student[row, 0] - student[row, at] - teacher[row, 0] + teacher[row, at]).item() ** 2
        for row in range(6)
        for at in range(1, 4)
        if not excluded[row, at]
    ]
    loss, _ = margin_mse(student, teacher, excluded=excluded)
    assert loss.item() == pytest.approx(sum(gaps) / len(gaps), rel=1e-5)


def test_the_positive_may_stand_anywhere() -> None:
    student, teacher = drawn(5, 4), drawn(5, 4, seed=1)
    gold = torch.tensor([3, 1, 0, 2, 3])
    order = torch.stack([torch.cat([one[None], torch.tensor([at for at in range(4) if at != one])]) for one in gold])
    first, _ = margin_mse(student.gather(1, order), teacher.gather(1, order))
    assert margin_mse(student, teacher, gold=gold)[0].item() == pytest.approx(first.item())


@pytest.mark.parametrize("objective", [listwise, margin_mse])
def test_one_who_agrees_has_nothing_to_learn(objective: Objective) -> None:
    scores = drawn(5, 7).requires_grad_()
    same = {"student_temperature": 1.0} if objective is listwise else {}
    loss, report = objective(scores, scores.detach(), **same)
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert report == {"agreement": 1.0}
    loss.backward()
    assert scores.grad is not None
    assert float(scores.grad.abs().max()) < 1e-6


@pytest.mark.parametrize("objective", [listwise, margin_mse])
def test_what_is_excluded_gets_no_gradient_and_the_teacher_none_at_all(objective: Objective) -> None:
    student, teacher, excluded = drawn(6, 4).requires_grad_(), drawn(6, 4, seed=1).requires_grad_(), padded(6, 4)
    loss, _ = objective(student, teacher, excluded=excluded)
    loss.backward()
    assert teacher.grad is None
    assert student.grad is not None
    assert bool(student.grad.isfinite().all())
    assert not student.grad[excluded].any()


def test_a_shift_of_the_teacher_changes_nothing() -> None:
    student, teacher = drawn(5, 7), drawn(5, 7, seed=1)
    for objective in (listwise, margin_mse):
        assert objective(student, teacher + 3)[0].item() == pytest.approx(
            objective(student, teacher)[0].item(), rel=1e-4
        )


def test_lists_without_candidates_are_told() -> None:
    everything = torch.ones(2, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match="no candidate"):
        listwise(drawn(2, 3), drawn(2, 3), excluded=everything)
    with pytest.raises(ValueError, match="nothing to learn from"):
        margin_mse(drawn(2, 3), drawn(2, 3), excluded=everything)


@pytest.mark.parametrize("objective", [listwise, margin_mse])
def test_a_toy_learns_what_its_teacher_knows(objective: Objective) -> None:
    """No labels: candidates are random, and only the teacher knows the rotation by which passages follow from queries."""
    torch.manual_seed(0)
    turn, _ = torch.linalg.qr(drawn(DIM, DIM, seed=99))
    tower = nn.Linear(DIM, DIM, bias=False)
    queries, passages = (functional.normalize(drawn(256, DIM, seed=seed), dim=1) for seed in (1, 2))
    unseen = functional.normalize(drawn(100, DIM, seed=3), dim=1)
    assert recall(tower(unseen), unseen @ turn) < 0.1
    optimiser = torch.optim.Adam(tower.parameters(), lr=0.02)
    temperatures = {"student_temperature": 0.1, "teacher_temperature": 0.1} if objective is listwise else {}
    for step in range(150):
        rows = torch.arange(64) + 64 * (step % 4)
        student, teacher = tower(queries[rows]) @ passages.T, queries[rows] @ turn @ passages.T
        loss, _ = objective(student, teacher, **temperatures)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert recall(tower(unseen), unseen @ turn) > 0.9


def recall(queries: Tensor, passages: Tensor) -> float:
    return float(((queries @ passages.T).argmax(dim=1) == torch.arange(len(queries))).float().mean())
