"""Two towers learn what belongs together, by every loss and similarity; frozen, in parts, stopped and resumed alike."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from raglan.errors import ConfigError, ModelError
from raglan.nn.tower import Towers
from raglan.train.checkpoint import load, save
from raglan.train.drawing import Drawing, Hard
from raglan.train.gate import by_vectors
from raglan.train.guards import Collapse, Collapsed
from raglan.train.loop import LAST, run
from raglan.train.mining import finder
from raglan.train.parts import Model
from raglan.train.plan import Plan, Progress
from raglan.train.retriever import LOSSES, SIMILARITIES, Columns, Learning, Retriever
from raglan.train.rows import Drawn, Row, gathered
from raglan.train.step import Descend, Descent, accelerator
from tests.train.toy import codes, tokens, towers

torch.set_num_threads(1)  # small sums: a second thread only waits

DATA = gathered([codes()])
PAIRS = [(loss, name, True) for loss in LOSSES for name in SIMILARITIES]
PAIRS += [(loss, name, False) for loss in LOSSES for name in ("dot", "l2")]


def learner(both: Towers, *, place: Path | None = None, **learning: Any) -> Retriever:
    return Retriever(both, tokens(), DATA.texts, Learning(**learning), place=place)


def recall(one: Retriever) -> float:
    """The share of questions whose passage is the nearest of all, by the similarity that was learned."""
    names = list(DATA.texts)
    queries, passages = (
        torch.from_numpy(one.encode(texts, role=role))
        for texts, role in (([row.query for row in DATA.rows], "query"), (list(DATA.texts.values()), "passage"))
    )
    nearest = SIMILARITIES[one.learning.similarity](queries, passages).argmax(dim=1).tolist()
    return sum(names[at] in row.positives for at, row in zip(nearest, DATA.rows, strict=True)) / len(nearest)


def descend(one: Retriever, steps: int, rate: float = 5e-3) -> Descend[Columns]:
    return Descend(one.model, one.objective, Descent(steps, rate=rate), by=accelerator(cpu=True))


def learn(one: Retriever, steps: int, **drawing) -> dict[str, Tensor]:
    run(descend(one, steps), Drawing(DATA, 32, one.batch, **drawing), Plan(steps), watch=[Collapse(patience=20)])
    return weights(one)


def weights(one: Retriever) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in one.model.state_dict().items()}


def equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return list(first) == list(second) and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(("loss", "similarity", "unit"), PAIRS)
def test_every_loss_and_similarity_learns_the_codes(loss: str, similarity: str, unit: bool) -> None:
    one = learner(towers(unit=unit), loss=loss, similarity=similarity)
    assert recall(one) < 0.15
    learn(one, 100)
    assert recall(one) > 0.8


def test_two_towers_learn_apart() -> None:
    both = towers(separate=True)
    one = learner(both)
    learn(one, 100)
    assert recall(one) > 0.8
    first, second = (side.trunk.words.weight for side in (both.query, both.passage))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("kept", [True, False])
def test_frozen_states_learn_as_frozen_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, separate: bool, kept: bool
) -> None:
    """Through states that are kept, up to rounding to float16; the lower layers stay as they were."""
    both = towers(separate=separate)
    before = both.query.trunk.get_parameter("layers.0.qkv.weight").detach().clone()
    one = learner(both, frozen=1, place=tmp_path if kept else None)
    one.fill([row.query for row in DATA.rows])
    mine = learn(one, 20)
    one.close()
    other = learner(towers(separate=separate), frozen=1)
    given = other._given
    monkeypatch.setattr(other, "_given", lambda texts, role, cached: given(texts, role, cached=False))
    theirs = learn(other, 20)
    assert torch.equal(both.query.trunk.get_parameter("layers.0.qkv.weight"), before)
    moved = mine["towers.query.trunk.layers.1.qkv.weight"] - towers().query.trunk.get_parameter("layers.1.qkv.weight")
    assert moved.abs().max() > 0.01
    for name, value in mine.items():
        # Adam's first steps turn on signs: a gradient next to 0 may go either way.
        assert (value - theirs[name]).abs().mean() < 2e-3, name
    texts = list(DATA.texts.values())
    apart = one.encode(texts, role="passage") - one.encode(texts, role="passage", cached=False)
    assert abs(apart).max() == 0


def test_parts_give_the_same_gradients() -> None:
    rows = [Drawn(row, row.positives[0], ()) for row in DATA.rows[:10]]
    found = []
    for part in (0, 3):
        one = learner(towers(), part=part)
        loss, _ = one.objective(one.model, one.batch(rows))
        loss.backward()
        found.append({name: value.grad for name, value in one.model.named_parameters()})
    for name, gradient in found[0].items():
        assert gradient is not None
        torch.testing.assert_close(gradient, found[1][name])


def test_a_collapse_ends_the_run() -> None:
    """A margin at too high a rate draws all vectors onto a line."""
    one = learner(towers(), loss="hinge")
    with pytest.raises(Collapsed, match="lower the rate"):
        run(descend(one, 80, rate=1e-2), Drawing(DATA, 32, one.batch), Plan(80), watch=[Collapse(patience=20)])


def test_columns_are_positives_then_negatives_each_once() -> None:
    names = list(DATA.texts)
    one = learner(towers())
    rows = [
        Drawn(Row("qa1", (names[0], names[5])), names[0], (names[2], names[1])),
        Drawn(Row("qa2", (names[1],)), names[1], (names[2], names[5])),
    ]
    batch = one.batch(rows)
    assert batch.passages == tuple(DATA.texts[names[at]] for at in (0, 1, 2, 5))
    assert batch.queries == ("qa1", "qa2")
    # What answers the first question is no negative of it, though the second brought it.
    assert batch.right.tolist() == [[True, False, False, True], [False, True, False, False]]


def test_a_false_negative_does_not_push() -> None:
    """A positive of the same question elsewhere in the batch changes nothing; another passage does."""
    names = list(DATA.texts)
    one = learner(towers())
    losses = []
    for positives, negative in (((names[0],), ()), ((names[0], names[5]), (names[5],)), ((names[0],), (names[5],))):
        batch = one.batch(
            [Drawn(Row("qa1 qb1", positives), names[0], negative), Drawn(Row("x", (names[5],)), names[1], ())]
        )
        batch = Columns(batch.queries[:1], batch.passages, batch.right[:1])
        losses.append(float(one.objective(one.model, batch)[0].detach()))
    assert losses[0] == pytest.approx(losses[1])
    assert losses[2] > losses[0] + 0.01


def test_the_report_tells_of_a_collapse() -> None:
    one = learner(towers())
    rows = [Drawn(row, row.positives[0], ()) for row in DATA.rows[:8]]
    _, report = one.objective(one.model, one.batch(rows))
    assert 0 < report["alike"] < 0.95
    assert report["rank"] > 2
    with torch.no_grad():
        one.model.towers.query.trunk.words.weight.zero_()
        one.model.towers.query.trunk.places.weight.zero_()
    _, report = one.objective(one.model, one.batch(rows))
    assert report["alike"] > 0.999
    # So few columns say nothing.
    _, report = one.objective(one.model, one.batch(rows[:3]))
    assert (report["alike"], report["rank"]) == (0.0, math.inf)


@pytest.mark.parametrize("source", ["in-batch", "bm25", "mined"])
@pytest.mark.parametrize("loss", ["in_batch", "pointwise"])
def test_stopped_and_resumed_gives_the_same_weights(tmp_path: Path, source: str, loss: str) -> None:
    def whole(place: Path | None, *, stop: int = 0, resume: bool = False) -> dict[str, Tensor]:
        one = learner(towers(), loss=loss)

        def watch(now: Progress) -> None:
            if now.step == stop:
                raise KeyboardInterrupt

        find = finder(source, DATA, one, count=4)
        rows = Drawing(DATA, 16, one.batch, hard=Hard(2, find, refresh=True), seed=3)
        torch.manual_seed(3)
        run(descend(one, 14), rows, Plan(14, place=place, resume=resume), watch=[watch])
        return weights(one)

    unbroken = whole(None)
    for stop in (3, 6, 8):  # epochs end after 4 steps
        with pytest.raises(KeyboardInterrupt, match=f"resume from step {stop} "):
            whole(tmp_path / str(stop), stop=stop)
        assert equal(whole(tmp_path / str(stop), resume=True), unbroken)


def test_a_checkpoint_of_other_rows_or_not_finite_is_refused(tmp_path: Path) -> None:
    one = learner(towers())
    run(descend(one, 2), Drawing(DATA, 16, one.batch), Plan(2, place=tmp_path))
    fewer = gathered([codes(seed=1)])
    with pytest.raises(ConfigError, match="data with"):
        run(descend(one, 2), Drawing(fewer, 8, one.batch), Plan(2, place=tmp_path, resume=True))
    state = load(tmp_path / LAST)
    next(iter(state["step"]["model"].values()))[0] = math.nan
    with pytest.raises(ModelError, match="not finite"):
        save(tmp_path / LAST, state)
    assert math.isfinite(float(next(iter(load(tmp_path / LAST)["step"]["model"].values())).sum()))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"loss": "softmax"}, "there are in_batch, hinge, pointwise"),
        ({"similarity": "l1"}, "there are cosine, dot, l2"),
        ({"part": -1}, "0 or more"),
        ({"frozen": 2}, "2 of 2 layers frozen leaves none to learn"),
    ],
)
def test_what_cannot_be_is_said(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        learner(towers(), **wrong)


def test_the_model_takes_ids_or_states() -> None:
    one = learner(towers(), frozen=1)
    assert isinstance(one.model, (Model, nn.Module))
    texts = list(DATA.texts.values())[:4]
    exact, kept = (one.encode(texts, role="passage", cached=cached) for cached in (False, True))
    assert exact.shape == (4, 32)
    assert 0 < abs(exact - kept).max() < 1e-3  # float16


def stretched(by: float) -> Towers:
    """Towers whose vectors are so many times as long."""
    both = towers(unit=False)
    with torch.no_grad():
        last = both.query.trunk.layers[-1].norm_fed
        assert isinstance(last, nn.LayerNorm)
        last.weight.mul_(by)
    return both


@pytest.mark.parametrize("similarity", ["dot", "l2"])
@pytest.mark.parametrize("loss", ["in_batch", "pointwise"])
def test_how_long_vectors_are_does_not_change_what_is_learned(loss: str, similarity: str) -> None:
    """Temperature and calibration are measured in what the towers' scores reach."""
    rows = [Drawn(row, row.positives[0], ()) for row in DATA.rows[:10]]
    found = []
    for by in (0.1, 1.0, 8.0):
        one = learner(stretched(by), loss=loss, similarity=similarity)
        found.append(float(one.objective(one.model, one.batch(rows))[0].detach()))
    assert found == pytest.approx([found[1]] * 3, rel=1e-3)
    assert 0.05 < found[1] < 10
    told = learner(stretched(8.0), loss=loss, similarity=similarity, scale=1.0)
    assert float(told.objective(told.model, told.batch(rows))[0].detach()) != pytest.approx(found[1], rel=0.1)


def test_scores_reach_as_far_as_squared_lengths() -> None:
    one = learner(stretched(3.0), similarity="dot")
    squares = (one.encode(list(DATA.texts.values()), role="passage") ** 2).sum(axis=1)
    assert one._scale == pytest.approx(float(squares.mean()), rel=0.1)
    assert learner(stretched(3.0), similarity="l2")._scale == pytest.approx(2 * one._scale)
    assert [learner(towers(), similarity=name)._scale for name in ("cosine", "dot", "l2")] == [1.0, 1.0, 2.0]


def ordered(one: Retriever) -> list[list[str]]:
    """All passages for each question, by the similarity that is learned, as torch has it."""
    names = list(DATA.texts)
    asked, among = (
        torch.from_numpy(one.encode(texts, role=role)).double()
        for texts, role in (([row.query for row in DATA.rows], "query"), (list(DATA.texts.values()), "passage"))
    )
    order = SIMILARITIES[one.learning.similarity](asked, among).argsort(dim=1, descending=True)
    return [[names[at] for at in row] for row in order.tolist()]


def uneven() -> Towers:
    """Towers whose vectors are of many lengths."""
    both = towers(unit=False)
    with torch.no_grad():
        last = both.query.trunk.layers[-1].norm_fed
        assert isinstance(last, nn.LayerNorm)
        last.weight.mul_(torch.linspace(0.1, 4, 32))
        last.bias.add_(torch.randn(32, generator=torch.Generator().manual_seed(0)))
    return both


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_mining_and_judging_are_by_the_similarity_that_is_learned(similarity: str) -> None:
    one = learner(uneven(), similarity=similarity)
    orders = ordered(one)
    find = finder("mined", DATA, one, count=len(DATA.texts), depth=6)
    assert find is not None
    for row, order, found in zip(DATA.rows, orders, find(0), strict=True):
        assert set(found) == set(order[1:6]) - set(row.positives)
    told = by_vectors(lambda texts, role: one.searched(texts, role=role), codes())
    assert told.values["rank"].tolist() == [
        1 + order.index(row.positives[0]) for row, order in zip(DATA.rows, orders, strict=True)
    ]
    plain = by_vectors(lambda texts, role: one.encode(texts, role=role), codes())
    assert (plain.values["rank"].tolist() == told.values["rank"].tolist()) == (similarity == "dot")


def test_in_a_small_pool_negatives_are_looked_for_near_the_top() -> None:
    one = learner(towers())
    find = finder("mined", DATA, one)
    assert find is not None
    for order, found in zip(ordered(one), find(0), strict=True):
        assert set(found) <= set(order[:16])
        assert len(found) > 12
