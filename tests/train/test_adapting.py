"""A matrix for queries: toys that can be learned, what it hangs on, and the push against its definition."""

import math

import numpy as np
import pytest

from raglan.errors import ConfigError
from raglan.train import adapting
from raglan.train.adapting import Settings, adapter
from raglan.train.labels import Labels

from .vectors import DIM, Matrix, drawn, toy, turn, unit

FEW = (0.1, 1.0, 10.0, 100.0)  # penalties, for tests that are in a hurry


def turned(rows: int = 400, *, others: int = 300, noise: float = 0.2, seed: int = 0) -> Labels:
    """Every query is its passage, turned, and a little noise; ``others`` are passages of no query."""
    passages = drawn(rows + others, seed=seed)
    blur = noise * np.random.default_rng(seed + 1).normal(size=(rows, DIM)) / math.sqrt(DIM)
    queries = unit(passages[:rows] @ turn() + blur)
    return toy(queries, passages, [[at] for at in range(rows)])


def mrr(labels: Labels, matrix: Matrix) -> float:
    """The mean reciprocal rank at 10, counted plainly."""
    scores = unit(labels.queries @ matrix.T) @ labels.passages.T
    ranks = [1 + (row > row[right].max()).sum() for row, right in zip(scores, labels.positives, strict=True)]
    return float(np.mean([1 / rank if rank <= 10 else 0.0 for rank in ranks]))


def twins() -> Labels:
    """Every positive has a twin that differs in one axis, of which queries say the opposite; it is named as negative."""
    base = drawn(240, DIM - 1)
    passages = unit(np.concatenate([np.c_[base, 0.5 * np.ones(240)], np.c_[base, -0.5 * np.ones(240)]]))
    queries = unit(np.c_[base + 0.1 * drawn(240, DIM - 1, seed=3), -0.3 * np.ones(240)])
    return toy(queries, passages, [[at] for at in range(240)], [[at + 240] for at in range(240)])


def test_a_turned_space_is_recovered() -> None:
    labels = turned()
    found = adapter(labels, Settings(FEW))
    assert found.before == pytest.approx(mrr(labels, np.eye(DIM)))
    assert found.before < 0.1
    assert found.mrr > 0.95
    assert mrr(labels, found.matrix) > 0.95
    # Where all penalties serve, the greatest is taken; with a small one the rotation itself is found.
    found = adapter(labels, Settings(ridges=(1e-3,)))
    assert found.matrix / np.linalg.norm(found.matrix, 2) == pytest.approx(turn(), abs=0.1)


def test_what_it_tells_is_of_queries_that_it_was_not_fitted_to() -> None:
    """Fitting anew without each query gives the same figure, and a lower one than on its own rows."""
    labels, settings = turned(40, others=60, noise=3.0), Settings()
    fitting = adapting._Fitting(labels, settings)
    found = fitting.tried(0.3, 0.0)
    ranks = []
    for row in range(40):
        # Penalties are in units of a sum over queries, of which there is one less.
        rest = adapting._Fitting(labels.at(np.delete(np.arange(40), row)), settings)
        ranks.append(mrr(labels.at(np.array([row])), rest.matrix(rest.tried(0.3 * 40 / 39, 0.0))))
    assert found.mrr == pytest.approx(np.mean(ranks), abs=1e-3)
    assert found.mrr < mrr(labels, fitting.matrix(found)) - 0.05


def test_of_noise_the_greatest_penalty_or_none_at_all() -> None:
    gains = []
    for seed in range(10):
        chance = np.random.default_rng(seed)
        passages, queries = drawn(150, seed=100 + seed), drawn(100, seed=200 + seed)
        found = adapter(toy(queries, passages, [[int(at)] for at in chance.integers(0, 150, 100)]), Settings(FEW))
        gains.append(found.mrr - found.before)
    assert np.mean(gains) < 0.02


def test_what_is_right_already_stays_as_it_is() -> None:
    passages = drawn(300)
    found = adapter(toy(passages[:200], passages, [[at] for at in range(200)]))
    assert math.isinf(found.penalty)
    assert np.array_equal(found.matrix, np.eye(DIM))
    assert found.before == found.mrr == 1.0


def test_negatives_push_away_what_is_confused() -> None:
    labels, strict = twins(), (30.0, 100.0)
    plain, pushed = adapter(labels, Settings(strict, push=0.0)), adapter(labels, Settings(strict, push=1.0))
    assert (plain.push, pushed.push) == (0.0, 1.0)
    assert pushed.mrr > plain.mrr + 0.01

    def ahead(matrix: Matrix) -> float:
        """How much nearer queries are to what is right than to what is wrong."""
        moved = unit(labels.queries @ matrix.T)
        return float((moved * (labels.passages[:240] - labels.passages[240:])).sum(axis=1).mean())

    assert ahead(np.eye(DIM)) < ahead(plain.matrix) < ahead(pushed.matrix)


def test_without_negatives_nothing_is_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("pushed")

    monkeypatch.setattr(adapting, "_pushed", refuse)
    assert adapter(turned(60, others=20), Settings(FEW, push=1.0)).push == 0.0
    with pytest.raises(AssertionError, match="pushed"):
        adapter(twins(), Settings(FEW, push=1.0))


def test_the_same_seed_gives_the_same_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = turned(120, others=30, noise=2.0)
    monkeypatch.setattr(adapting, "_ASKED", 30)
    one, again, other = (adapter(labels, Settings(FEW, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.matrix, again.matrix)
    assert one.mrr == again.mrr != other.mrr


@pytest.mark.parametrize("positives", [1, 3])
def test_the_push_is_the_gradient_of_the_contrastive_loss(positives: int) -> None:
    passages = drawn(40)
    right, wrong = list(range(positives)), [30, 31]
    labels = toy(drawn(1, seed=9), passages, [right], [wrong])
    query = drawn(1, seed=9)[0]
    near = [at for at in np.argsort(-passages @ query)[: 16 + positives] if at not in right]
    others = np.array(sorted({*near, *wrong}))
    aim = passages[right].mean(axis=0)
    [pushed] = adapting._pushed(query[None], labels, aim[None])
    best = (passages[right] @ query).max()

    def loss(at: Matrix) -> float:
        # The positives' score counts as that of the best one, their place as the mean.
        own = best + aim @ (at - query)
        return float(0.05 * np.log1p(np.exp((passages[others] @ at - own) / 0.05).sum()))

    steps = 1e-6 * np.eye(DIM)
    gradient = [(loss(query + step) - loss(query - step)) / 2e-6 for step in steps]
    assert pushed == pytest.approx(-np.array(gradient), abs=1e-5)


def test_the_push_of_far_passages_is_nothing_and_of_near_ones_does_not_overflow() -> None:
    passages = np.concatenate([np.eye(DIM), -np.eye(DIM)])
    labels = toy(np.eye(1, DIM), passages, [[0]])
    [pushed] = adapting._pushed(np.eye(1, DIM), labels, passages[:1])
    assert np.abs(pushed).max() < 1e-6
    [pushed] = adapting._pushed(1e4 * np.eye(1, DIM, 1), labels, passages[:1])
    assert pushed == pytest.approx(passages[0] - passages[1])


@pytest.mark.parametrize(
    "options",
    [{"ridges": ()}, {"ridges": (0.0,)}, {"ridges": (math.inf,)}, {"push": -1.0}, {"push": math.inf}, {"steps": -1}],
)
def test_settings_that_mean_nothing_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        Settings(**options)  # type: ignore[arg-type]
