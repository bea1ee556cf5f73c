"""Matrices for queries: the closed forms against plain solving, toys that can be learned, and noise that cannot."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.datasets.dataset import alone
from raglan.encode.adapted import Adapted
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError, DataError
from raglan.search.view import spoken
from raglan.train import adapting
from raglan.train.adapting import Fit, Held, Labels, Settings, adapter, labelled, procrustes, ridge, translation
from raglan.types import Example, Query
from tests.samples import WRITTEN

Matrix = NDArray[np.floating[Any]]
DIM = 16
FEW = (0.1, 1.0, 10.0, 100.0)  # penalties, for tests that are in a hurry
NONE = np.empty(0, np.int64)


def unit(vectors: Matrix) -> Matrix:
    found: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def drawn(rows: int, columns: int = DIM, seed: int = 0) -> Matrix:
    return unit(np.random.default_rng(seed).normal(size=(rows, columns)))


def turn(dim: int = DIM, seed: int = 5) -> Matrix:
    """A rotation, or reflection, drawn by chance."""
    found: Matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]
    return found


def toy(
    queries: Matrix, passages: Matrix, right: Sequence[Sequence[int]], wrong: Sequence[Sequence[int]] = ()
) -> Labels:
    lists = [tuple(np.array(one, np.int64) for one in all_of) for all_of in (right, wrong or [[]] * len(right))]
    return Labels(queries.astype(np.float32), passages.astype(np.float32), *lists)


def turned(rows: int = 400, *, others: int = 300, noise: float = 0.2, seed: int = 0) -> Labels:
    """Every query is its passage, turned, and a little noise; ``others`` are passages of no query."""
    passages = drawn(rows + others, seed=seed)
    blur = noise * np.random.default_rng(seed + 1).normal(size=(rows, DIM)) / math.sqrt(DIM)
    queries = unit(passages[:rows] @ turn() + blur)
    return toy(queries, passages, [[at] for at in range(rows)])


# Closed forms.


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("rows", [4, 60])
def test_ridge_is_what_plain_least_squares_gives(rows: int, penalty: float) -> None:
    source, target = drawn(rows, 6), drawn(rows, 9, seed=1)
    stacked = np.concatenate([source, math.sqrt(penalty) * np.eye(6)])
    plain, *_ = np.linalg.lstsq(stacked, np.concatenate([target, np.zeros((6, 9))]))
    assert ridge(source, target, penalty) == pytest.approx(plain.T, abs=1e-8)


@pytest.mark.parametrize("penalty", [1e-2, 1.0, 50.0])
def test_what_is_left_out_is_what_a_fit_without_it_gives(penalty: float) -> None:
    source, target = drawn(30, 6), drawn(30, 9, seed=1)
    group = np.random.default_rng(2).integers(0, 12, 30)
    found = adapting._Path(source).left_out(target.astype(np.float64), penalty, group)
    for row in range(30):
        others = group != group[row]
        assert found[row] == pytest.approx(ridge(source[others], target[others], penalty) @ source[row], abs=1e-8)


def test_a_rotation_is_found_again_exactly() -> None:
    source = drawn(50)
    found = procrustes(source, source @ turn().T)
    assert found == pytest.approx(turn(), abs=1e-8)
    assert found @ found.T == pytest.approx(np.eye(DIM), abs=1e-8)


@pytest.mark.parametrize(("source", "target"), [(5, 9), (9, 5), (7, 7)])
def test_no_orthogonal_matrix_leads_closer(source: int, target: int) -> None:
    a, b = drawn(40, source), drawn(40, target, seed=1)
    found = procrustes(a, b)
    least = min(source, target)
    small = found.T @ found if source <= target else found @ found.T
    assert small == pytest.approx(np.eye(least), abs=1e-8)
    best = (a @ found.T * b).sum()
    for seed in range(50):
        other = turn(max(source, target), seed)[:target, :source]
        assert (a @ other.T * b).sum() <= best + 1e-9


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


# Adapting to labels.


@pytest.mark.parametrize("push", [0.0, 0.5])
def test_a_turned_space_is_recovered(push: float) -> None:
    labels = turned()
    fit = adapter(labels, Settings(FEW, push=push))
    assert fit.kept
    assert fit.held == 100
    assert fit.before.recall < 0.1
    assert (fit.after.recall, fit.after.mrr) > (0.95, 0.95)
    # Where all penalties serve, the greatest is taken; with a small one the rotation itself is found.
    fit = adapter(labels, Settings(ridges=(1e-3,)))
    assert fit.matrix / np.linalg.norm(fit.matrix, 2) == pytest.approx(turn(), abs=0.1)


def test_what_is_told_is_what_the_adapted_queries_find() -> None:
    labels = turned(noise=1.5)
    fit = adapter(labels, Settings(seed=3))
    group = adapting._groups(labels)
    held = np.flatnonzero(adapting._drawn(group, 0.25, 3))
    assert len(held) == fit.held

    def measured(matrix: Matrix) -> Held:
        ranks = []
        for row in held:
            scores = labels.passages @ unit((matrix @ labels.queries[row])[None])[0]
            ranks.append(int((scores > scores[row]).sum()) + 1)
        return Held(float(np.mean([r <= 10 for r in ranks])), float(np.mean([1 / r if r <= 10 else 0 for r in ranks])))

    assert fit.before == pytest.approx(measured(np.eye(DIM)))
    assert fit.after == pytest.approx(measured(fit.matrix))


def test_noise_is_rejected() -> None:
    """Labels that say nothing: of twenty such sets at most one may look like something (it is a test at 5 %)."""
    fits = []
    for seed in range(20):
        chance = np.random.default_rng(seed)
        passages, queries = drawn(150, seed=100 + seed), drawn(100, seed=200 + seed)
        fits.append(
            adapter(
                toy(queries, passages, [[int(at)] for at in chance.integers(0, 150, 100)]), Settings(FEW, seed=seed)
            )
        )
    assert sum(fit.kept for fit in fits) <= 1
    assert all(fit.faults for fit in fits if not fit.kept)


def test_shuffled_labels_are_rejected_where_the_right_ones_are_kept() -> None:
    labels = turned()
    chance = np.random.default_rng(0)
    shuffled = replace(labels, positives=tuple(labels.positives[at] for at in chance.permutation(400)))
    assert adapter(labels).kept
    assert not adapter(shuffled).kept


def test_what_is_right_already_stays_as_it_is() -> None:
    passages = drawn(300)
    fit = adapter(toy(passages[:200], passages, [[at] for at in range(200)]))
    assert not fit.kept
    assert math.isinf(fit.penalty)
    assert np.array_equal(fit.matrix, np.eye(DIM))
    assert fit.before == fit.after == Held(1.0, 1.0)
    assert fit.faults == ("questions that were left out found more as they are than by any matrix",)


def test_negatives_push_away_what_is_confused() -> None:
    """Every positive has a twin that differs in one axis, of which queries say the opposite."""
    base = drawn(240, DIM - 1)
    passages = unit(np.concatenate([np.c_[base, 0.5 * np.ones(240)], np.c_[base, -0.5 * np.ones(240)]]))
    queries = unit(np.c_[base + 0.1 * drawn(240, DIM - 1, seed=3), -0.3 * np.ones(240)])
    labels = toy(queries, passages, [[at] for at in range(240)], [[at + 240] for at in range(240)])
    fit = adapter(labels, Settings(FEW, push=1.0))
    assert fit.kept
    assert fit.before.mrr < 0.6
    assert fit.after.mrr > 0.95


def test_the_same_seed_gives_the_same_fit() -> None:
    labels = turned(120, others=30, noise=2.0)
    one, again, other = (adapter(labels, Settings(FEW, push=0.5, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.matrix, again.matrix)
    assert one.after == again.after
    assert not np.array_equal(one.matrix, other.matrix)


def test_too_few_questions_prove_nothing() -> None:
    fit = adapter(turned(40, others=10))
    assert fit.held == 10
    assert fit.faults == ("10 questions could be held out to try it on; 20 are needed",)
    labels = turned(40, others=10)
    linked = replace(labels, positives=tuple(np.array([0, at]) if at else np.array([0]) for at in range(40)))
    fit = adapter(linked)
    assert (fit.held, fit.kept) == (0, False)
    assert "none can be held out" in fit.faults[0]


def test_questions_with_a_positive_in_common_are_held_out_together() -> None:
    chance = np.random.default_rng(4)
    queries = drawn(200).astype(np.float32)
    queries[1::7] = queries[0::7][: len(queries[1::7])]
    right = [sorted({int(at) for at in chance.integers(0, 300, 2)}) for _ in range(200)]
    labels = toy(queries, drawn(300, seed=1), right)
    group = adapting._groups(labels)
    for a in range(200):
        for b in range(a):
            if set(right[a]) & set(right[b]) or np.array_equal(queries[a], queries[b]):
                assert group[a] == group[b]
    for seed in range(5):
        held = adapting._drawn(group, 0.25, seed)
        assert 0 < held.sum() <= 50
        assert not set(group[held]) & set(group[~held])


def test_groups_are_no_larger_than_they_must_be() -> None:
    labels = toy(drawn(4), drawn(5, seed=1), [[0, 1], [2], [1, 3], [4]])
    assert adapting._groups(labels).tolist() == [0, 1, 0, 2]


def test_fewer_passages_keep_what_is_labelled() -> None:
    labels = toy(drawn(3), drawn(40, seed=1), [[7, 2], [30], [31]], [[5], [], [39]])
    few = labels.among(4, seed=0)
    assert len(few.passages) == 6 + 4
    for lists, those in ((labels.positives, few.positives), (labels.negatives, few.negatives)):
        for old, new in zip(lists, those, strict=True):
            assert np.array_equal(labels.passages[old], few.passages[new])
    assert np.array_equal(labels.among(1_000, seed=0).passages, labels.passages)


# Labels from examples.


def example(text: str, *positives: str, wrong: Sequence[str] = ()) -> Example:
    return Example(Query(text), positives=positives, negatives=tuple(wrong))


def test_labels_are_encoded_as_an_index_encodes() -> None:
    encoder = HashingEncoder(DIM)
    names = [one.id for one in WRITTEN]
    rows = [example("hot?", names[4]), example("empty?", names[3], wrong=[names[0]]), example("hot?", names[2])]
    unanswerable = Example(Query("why?"), negatives=(names[1],))
    labels = labelled([*rows, unanswerable], WRITTEN, encoder)
    assert np.array_equal(labels.queries, encoder.encode(["hot?", "empty?"], role="query"))
    assert np.array_equal(labels.passages, encoder.encode([spoken(one) for one in WRITTEN], role="passage"))
    assert [one.tolist() for one in labels.positives] == [[2, 4], [3]]
    assert [one.tolist() for one in labels.negatives] == [[], [0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "labels: there are none"),
        ([example("a")], "labels: there are none"),
        ([example("a", "nowhere")], r"row 0 \('a'\): passage 'nowhere' is not among"),
        ([example("a", "p1", wrong=["p1"])], "both positive and negative"),
        ([example("a", "p1"), example("a", "p2", wrong=["p1"])], "query 0: positives .* named once"),
        ([example("a", "p1", "p1")], "named twice"),
    ],
)
def test_examples_at_odds_with_themselves_are_told(rows: list[Example], message: str) -> None:
    with pytest.raises(DataError, match=message):
        labelled(rows, [alone(f"p{n}", f"text {n}") for n in range(4)], HashingEncoder(DIM))


def test_passages_that_share_an_id_are_told() -> None:
    with pytest.raises(DataError, match="1 passages have the id of another"):
        labelled([example("a", "p")], [alone("p", "one"), alone("p", "two")], HashingEncoder(DIM))


def bad(at: int) -> Matrix:
    found = drawn(3)
    found[at, 2] = np.nan
    return found


@pytest.mark.parametrize(
    ("queries", "passages", "right", "message"),
    [
        (bad(1), drawn(5), [[0], [1], [2]], "row 1 of queries holds a number that is none"),
        (drawn(3), bad(2), [[0], [1], [2]], "row 2 of passages"),
        (drawn(3, 5), drawn(5), [[0], [1], [2]], "do not go together"),
        (drawn(2), drawn(5), [[0], [1], [2]], "do not go together"),
        (drawn(3), drawn(5), [[0], [], [2]], r"query 1: positives \[\]"),
        (drawn(3), drawn(5), [[0], [5], [2]], r"query 1: positives \[5\] and negatives \[\] of 5 passages"),
        (drawn(3), drawn(5), [[0], [1], [-1]], "query 2"),
        (drawn(3), drawn(5), [[0], [1, 1], [2]], "query 1"),
        (np.empty((0, DIM)), drawn(5), [], "there are none"),
    ],
)
def test_labels_that_are_none_are_refused(
    queries: Matrix, passages: Matrix, right: list[list[int]], message: str
) -> None:
    with pytest.raises((ValueError, DataError), match=message):
        toy(queries, passages, right)


@pytest.mark.parametrize(
    "options",
    [
        {"ridges": ()},
        {"ridges": (0.0,)},
        {"ridges": (math.inf,)},
        {"push": -1.0},
        {"steps": -1},
        {"held": 0.0},
        {"held": 1.0},
    ],
)
def test_settings_that_mean_nothing_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        Settings(**options)  # type: ignore[arg-type]


def test_an_adapted_encoder_serves_what_was_fitted() -> None:
    """From examples to an encoder that finds what the plain one does not: questions in other words than the passages."""
    words = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(120)]
    encoder = HashingEncoder(64)
    chance = np.random.default_rng(0)
    asked = {word: f"query{word}" for word in words}
    passages, examples = [], []
    for n in range(400):
        own = [words[at] for at in chance.choice(24, 4, replace=False)]
        passages.append(alone(f"p{n}", " ".join(own), title="t"))
        examples.append(example(" ".join(asked[word] for word in own), f"p{n}"))
    fit = adapter(labelled(examples, passages, encoder))
    assert fit.kept
    assert fit.after.mrr > 3 * fit.before.mrr
    made = Adapted(encoder, fit.matrix)
    texts = made.encode([spoken(one) for one in passages], role="passage")
    found = (made.encode([one.query.text for one in examples], role="query") @ texts.T).argmax(axis=1)
    assert np.mean([passages[at].text == passages[n].text for n, at in enumerate(found)]) > 0.5


# From one space to another.


def spaces(old: int, new: int, *, rows: int = 400, noise: float = 0.1) -> tuple[Matrix, Matrix]:
    """The same texts by two encoders: what the old one sees is turned in the new one, with some noise."""
    target = drawn(rows, old)
    basis = turn(max(old, new))[:new, :old]
    return unit(target @ basis.T + noise * drawn(rows, new, seed=8)), target


@pytest.mark.parametrize(("old", "new"), [(DIM, DIM), (DIM, 24)])
def test_a_turned_space_is_translated(old: int, new: int) -> None:
    source, target = spaces(old, new)
    fit = translation(source, target)
    assert fit.kept
    assert fit.matrix.shape == (old, new)
    assert fit.before.recall < 0.2
    assert fit.after.recall > 0.8
    assert fit.after.mrr > 0.95
    assert fit.before == Held(0.0, 0.0) or old == new


def test_what_is_lost_in_fewer_dimensions_is_told() -> None:
    source, target = spaces(DIM, 4)
    fit = translation(source, target)
    assert not fit.kept
    assert "must be 0.5000 at least" in fit.faults[0]
    assert translation(source, target, least=0.05).kept


def test_spaces_that_have_nothing_to_do_with_each_other_are_rejected() -> None:
    fit = translation(drawn(400), drawn(400, seed=1))
    assert not fit.kept
    assert fit.after.recall < 0.2


def test_a_translation_that_is_no_better_than_none_is_rejected() -> None:
    target = drawn(45)
    fit = translation(unit(target + 0.3 * drawn(45, seed=1)), target)
    assert fit.before.recall > fit.after.recall > 0.5
    assert not fit.kept
    assert f"must be {fit.before.recall:.4f} at least" in fit.faults[0]


def test_of_few_texts_the_rotation_is_taken_of_many_stretched_ones_the_ridge() -> None:
    source, target = spaces(DIM, DIM, rows=60, noise=0.3)
    assert translation(source, target).penalty == 0.0
    stretched = unit(drawn(2_000) * np.linspace(1, 6, DIM))
    assert translation(stretched, drawn(2_000)).penalty > 0.0


def test_the_own_rank_and_the_neighbours_are_counted_plainly() -> None:
    source, target = spaces(DIM, DIM, noise=0.8)
    rows = np.arange(50)
    found = adapting._neighbours(source[rows] @ turn(), target, rows)
    shared, ranks = [], []
    for row in rows:
        others = np.delete(np.arange(len(target)), row)
        near = others[np.argsort(-target[others] @ target[row])][:10]
        mapped = unit((source[row] @ turn())[None])[0]
        mine = others[np.argsort(-target[others] @ mapped)][:10]
        shared.append(len(set(near) & set(mine)) / 10)
        rank = 1 + int((target[others] @ mapped > target[row] @ mapped).sum())
        ranks.append(1 / rank if rank <= 10 else 0.0)
    assert found == pytest.approx(Held(float(np.mean(shared)), float(np.mean(ranks))))


def test_a_translation_needs_pairs_enough() -> None:
    for source, target, message in (
        (drawn(30), drawn(30), "30 and 30 vectors: must be as many, and 40 at least"),
        (drawn(50), drawn(49), "50 and 49 vectors"),
        (np.full((50, 4), np.nan), drawn(50), "row 0 of source"),
    ):
        with pytest.raises(ValueError, match=message):
            translation(source, target)


def test_a_translation_hangs_on_its_seed_alone() -> None:
    source, target = spaces(DIM, DIM, noise=0.5)
    one, again = translation(source, target), translation(source, target)
    assert isinstance(one, Fit)
    assert np.array_equal(one.matrix, again.matrix)
    assert one.after == again.after
    assert not np.array_equal(one.matrix, translation(source, target, settings=Settings(seed=1)).matrix)
