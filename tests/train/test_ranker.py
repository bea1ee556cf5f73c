"""A ranker learns which passage goes with a question, from candidates that are found, named or filled up."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from raglan.errors import ConfigError
from raglan.nn.ranker import Ranker
from raglan.nn.shape import Shape
from raglan.nn.trunk import Trunk
from raglan.train.drawing import Drawing, Hard
from raglan.train.loop import run
from raglan.train.plan import Plan, Progress
from raglan.train.ranker import Lists, RankerLearning
from raglan.train.rows import Drawn, Row, gathered
from raglan.train.step import Descend, Descent, accelerator
from tests.train.toy import WORDS, codes, primed, tokens

torch.set_num_threads(1)  # small sums: a second thread only waits

DATA = gathered([codes()])
NAMES = list(DATA.texts)
SHAPE = Shape(vocab=len(WORDS), width=32, layers=2, heads=2, inner=64, positions=24)


def ranker(seed: int = 0) -> Ranker:
    return Ranker(primed(Trunk(SHAPE, seed=seed)), seed=seed)


def learner(**more) -> RankerLearning:
    return RankerLearning(ranker(), tokens(), DATA.texts, **more)


def learn(one: RankerLearning, steps: int, *, rate: float = 3e-3, **plan) -> dict[str, Tensor]:
    def watch(now: Progress) -> None:
        if now.step == plan.get("stop"):
            raise KeyboardInterrupt

    step = Descend(one.model, one.objective, Descent(steps, rate=rate), by=accelerator(cpu=True))
    rows = Drawing(DATA, 16, one.batch, hard=Hard(7))
    done = Plan(steps, place=plan.get("place"), resume=plan.get("resume", False))
    run(step, rows, done, watch=[watch])
    return {name: value.detach().clone() for name, value in one.model.state_dict().items()}


def first(one: RankerLearning) -> float:
    """The share of questions whose passage scores above all others of the corpus."""
    right = 0
    for row in DATA.rows:
        scores = one.score([row.query] * len(NAMES), list(DATA.texts.values()))
        right += NAMES[int(scores.argmax())] in row.positives
    return right / len(DATA.rows)


def test_it_learns_which_passage_is_meant() -> None:
    one = learner()
    before = first(one)
    learn(one, 150, rate=6e-3)
    after = first(one)
    assert before < 0.2
    assert after > 0.8


def test_candidates_are_the_positive_then_wrong_ones() -> None:
    one = learner(negatives=3)
    row = Row("qa0 qb0", (NAMES[0], NAMES[1]), (NAMES[2],))
    drawn = Drawn(row, NAMES[1], (NAMES[2],))
    batch = one.batch([drawn])
    [texts] = batch.candidates
    assert batch.queries == ("qa0 qb0",)
    assert texts[:2] == (DATA.texts[NAMES[1]], DATA.texts[NAMES[2]])
    assert len(set(texts)) == 4
    assert DATA.texts[NAMES[0]] not in texts
    assert one.batch([drawn]) == batch
    # More than are wanted are not taken.
    many = one.batch([Drawn(row, NAMES[1], tuple(NAMES[2:9]))])
    assert many.candidates == (tuple(DATA.texts[name] for name in NAMES[1:5]),)


def test_the_loss_is_a_softmax_over_each_list() -> None:
    one = learner(negatives=3)
    batch = one.batch([Drawn(row, row.positives[0], ()) for row in DATA.rows[:5]])
    loss, report = one.objective(one.model, batch)
    wanted = []
    for query, texts in zip(*batch, strict=True):
        scores = torch.from_numpy(one.score([query] * 4, texts))
        wanted.append(-scores.log_softmax(0)[0])
    assert loss.item() == pytest.approx(torch.stack(wanted).mean().item(), abs=1e-5)
    assert 0 <= report["recall@1"] <= 1
    assert isinstance(batch, Lists)


def test_parts_give_the_same_gradients() -> None:
    found = []
    for part in (0, 3):
        one = learner(negatives=3, part=part)
        loss, _ = one.objective(one.model, one.batch([Drawn(row, row.positives[0], ()) for row in DATA.rows[:5]]))
        loss.backward()
        found.append({name: value.grad for name, value in one.model.named_parameters()})
    for name, gradient in found[0].items():
        torch.testing.assert_close(gradient, found[1][name])


def test_frozen_layers_stay() -> None:
    one = learner(frozen=1)
    before = {name: value.detach().clone() for name, value in one.model.named_parameters()}
    learn(one, 5)
    moved = {name for name, value in one.model.named_parameters() if not torch.equal(value, before[name])}
    assert moved
    assert all(name.startswith(("trunk.layers.1.", "dense", "to_score")) for name in moved)


def test_stopped_and_resumed_gives_the_same_weights(tmp_path: Path) -> None:
    unbroken = learn(learner(), 9)
    with pytest.raises(KeyboardInterrupt, match="resume from step 5 "):
        learn(learner(), 9, place=tmp_path, stop=5)
    resumed = learn(learner(), 9, place=tmp_path, resume=True)
    assert all(torch.equal(unbroken[name], resumed[name]) for name in unbroken)


def test_too_few_passages() -> None:
    texts = dict(list(DATA.texts.items())[:4])
    with pytest.raises(ConfigError, match="4 passages are too few to give a question 4"):
        RankerLearning(ranker(), tokens(), texts, negatives=4)
    one = RankerLearning(ranker(), tokens(), texts, negatives=3)
    with pytest.raises(ConfigError, match="has 2 known passages of 4: too few wrong"):
        one.batch([Drawn(Row("x", (NAMES[0], NAMES[1])), NAMES[0], ())])
