"""What is central: against the definition, with the whole matrix."""

import random

import numpy as np
import pytest

from raglan.generate.central import centrality, cosine, vectors


def by_definition(texts: list[list[str]]) -> list[float]:
    seen = vectors(texts)
    likeness = np.array([[cosine(one, other) for other in seen] for one in seen])
    # Nobody votes for itself.
    np.fill_diagonal(likeness, 0)
    n = len(texts)
    a = np.array([row / row.sum() if row.sum() else np.full(n, 1 / n) for row in likeness])
    # p = d / n + (1 - d) Aᵀ p, solved outright.
    p = np.linalg.solve(np.eye(n) - 0.85 * a.T, np.full(n, 0.15 / n))
    return [float(one) for one in p / p.sum()]


def test_it_is_the_stationary_share() -> None:
    chance = random.Random(0)
    texts = [[*chance.choices("abcdefghij", k=chance.randint(2, 8))] for _ in range(30)] + [["alone"]]
    found = centrality(vectors(texts))
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx(by_definition(texts), abs=1e-6)


def test_what_many_say_is_central() -> None:
    texts = [["tea", "hot", "cup"], ["tea", "hot", "pot"], ["tea", "cup", "pot"], ["boat", "sea"]]
    found = centrality(vectors(texts))
    assert found[3] < 0.1 < 0.25 < min(found[:3])


def test_nothing_and_empty_texts() -> None:
    assert centrality([]) == []
    assert centrality(vectors([["tea"], []])) == pytest.approx([0.5, 0.5])
    assert cosine({}, {"tea": 1.0}) == 0.0
