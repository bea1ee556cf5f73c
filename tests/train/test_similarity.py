import numpy as np
import pytest
import torch
from torch.nn import functional

from raglan.train.similarity import Similarity, cosine, dot, negative_squared_l2, products

torch.set_num_threads(1)  # small sums: a second thread only waits

ALL = [dot, cosine, negative_squared_l2]


def drawn(rows: int, seed: int, dim: int = 12) -> torch.Tensor:
    return torch.randn(rows, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_pairs(queries: torch.Tensor, passages: torch.Tensor, name: str) -> torch.Tensor:
    """The same, one pair at a time, as the textbook has it."""
    one = {
        "dot": lambda q, p: (q * p).sum(),
        "cosine": lambda q, p: (q * p).sum() / (q.norm() * p.norm()),
        "negative_squared_l2": lambda q, p: -((q - p) ** 2).sum(),
    }[name]
    return torch.stack([torch.stack([one(q, p) for p in passages]) for q in queries])


@pytest.mark.parametrize("similarity", ALL)
def test_as_in_the_textbook(similarity: Similarity) -> None:
    queries, passages = drawn(5, 1), drawn(7, 2)
    assert torch.allclose(similarity(queries, passages), by_pairs(queries, passages, similarity.__name__))


def test_unit_vectors_have_one_ranking() -> None:
    queries, passages = (functional.normalize(drawn(rows, rows), dim=1) for rows in (20, 200))
    first, *others = [similarity(queries, passages).argsort(dim=1, descending=True) for similarity in ALL]
    for other in others:
        assert torch.equal(first, other)
    assert torch.allclose(negative_squared_l2(queries, passages), 2 * dot(queries, passages) - 2)


def test_other_vectors_have_three() -> None:
    scale = torch.linspace(0.1, 3, 200, dtype=torch.float64)[:, None]
    queries, passages = drawn(20, 20), drawn(200, 200) * scale
    best = [similarity(queries, passages).argmax(dim=1).tolist() for similarity in ALL]
    assert best[0] != best[1] != best[2] != best[0]


def test_a_vector_is_at_no_distance_from_itself() -> None:
    one = 1e3 * drawn(50, 3).float()
    scores = negative_squared_l2(one, one)
    assert float(scores.max()) <= 0.0
    assert scores.argmax(dim=1).tolist() == list(range(50))


def test_zeros_are_alike_to_nothing_and_have_gradients() -> None:
    zeros = torch.zeros(1, 4, requires_grad=True)
    scores = cosine(zeros, torch.eye(4))
    assert scores.tolist() == [[0.0] * 4]
    scores.sum().backward()
    assert zeros.grad is not None
    assert bool(zeros.grad.isfinite().all())


@pytest.mark.parametrize(("name", "similarity"), [("cosine", cosine), ("dot", dot), ("l2", negative_squared_l2)])
def test_products_rank_as_the_similarity_does(name: str, similarity: Similarity) -> None:
    queries, passages = drawn(20, 1), drawn(50, 2) * torch.linspace(0.2, 3, 50, dtype=torch.float64)[:, None]
    asked, among = (
        products(side.float().numpy(), role, name) for side, role in ((queries, "query"), (passages, "passage"))
    )
    assert asked.dtype == among.dtype == np.float32
    wanted = similarity(queries, passages).argsort(dim=1, descending=True)
    assert (-(asked @ among.T)).argsort(axis=1).tolist() == wanted.tolist()
    others = [one(queries, passages).argsort(dim=1, descending=True).tolist() for one in ALL if one is not similarity]
    assert wanted.tolist() not in others
