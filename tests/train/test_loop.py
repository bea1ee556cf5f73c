import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from raglan.errors import ConfigError, MissingExtra, ModelError
from raglan.train.batches import Batches
from raglan.train.checkpoint import load, save
from raglan.train.contrastive import in_batch
from raglan.train.guards import Collapse, Collapsed, Diverged, spread
from raglan.train.loop import BEST, LAST, resumable, run
from raglan.train.plan import Outcome, Plan, Progress, Watch
from raglan.train.similarity import dot
from raglan.train.step import Descend, Descent
from raglan.train.tracking import tensorboard, wandb

torch.set_num_threads(1)  # small sums: a second thread only waits

STEPS = 40
Pairs = tuple[Tensor, Tensor]


def pairs(rows: int = 50) -> list[Pairs]:
    chance = torch.Generator().manual_seed(1)
    turn, _ = torch.linalg.qr(torch.randn(8, 8, generator=chance))
    return [(one, one @ turn) for one in torch.randn(rows, 8, generator=chance)]


def collate(rows: list[Pairs]) -> Pairs:
    queries, passages = zip(*rows, strict=True)
    return torch.stack(queries), torch.stack(passages)


def batches(size: int = 8, seed: int = 0) -> Batches[Pairs, Pairs]:
    return Batches(pairs(), size, collate, seed=seed)


def contrastive(model: nn.Module, batch: Pairs) -> tuple[Tensor, dict[str, float]]:
    queries = model(batch[0])
    loss, report = in_batch(dot(queries, batch[1]), temperature=1.0)
    return loss, {**report, **spread(queries)}


def descend(seed: int = 0, steps: int = STEPS) -> Descend[Pairs]:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 8))
    return Descend(model, contrastive, Descent(updates=steps // 2, rate=0.02, accumulate=2, average=0.9))


def recall(step: Descend[Pairs]) -> Callable[[], dict[str, float]]:
    queries, passages = collate(pairs())

    def evaluate() -> dict[str, float]:
        torch.rand(7)  # what it draws must not matter
        with step.averaged() as model, torch.no_grad():
            return {"score": in_batch(dot(model(queries), passages))[1]["recall@1"]}

    return evaluate


def ends(step: Descend[Pairs]) -> dict[str, Tensor]:
    """All that training changed."""
    state = step.state_dict()
    moments = {f"{name} {key}": one for name, own in state["moments"].items() for key, one in own.items()}
    average = {f"{name} average": one for name, one in state["average"].items()}
    return {**state["model"], **moments, **average}


def equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return list(first) == list(second) and all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def unbroken() -> dict[str, Tensor]:
    """What a run comes to that nothing happens to."""
    torch.manual_seed(11)
    step = descend()
    torch.manual_seed(12)
    run(step, batches(), Plan(STEPS))
    return ends(step)


def at(step: int, do: Callable[[], object]) -> Watch:
    """Do something after one step."""

    def watch(progress: Progress) -> None:
        if progress.step == step:
            do()

    return watch


def interrupt() -> None:
    raise KeyboardInterrupt


def crash() -> None:
    raise ZeroDivisionError


def signalled() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("stop", [1, 13, 24, 39])
@pytest.mark.parametrize("how", [interrupt, signalled, crash])
def test_stopped_and_resumed_is_never_stopped(
    unbroken: dict[str, Tensor], tmp_path: Path, stop: int, how: Callable[[], object]
) -> None:
    """Bit by bit: weights, moments, averages; whether it was saved at the stop or some steps before it."""
    plan = Plan(STEPS, tmp_path, resume=True, save_steps=5, evaluate_steps=7)
    first = descend()
    torch.manual_seed(12)
    with pytest.raises((KeyboardInterrupt, ZeroDivisionError)):
        run(first, batches(), plan, evaluate=recall(first), watch=[at(stop, how)])
    torch.manual_seed(99)
    second = descend(seed=5)
    seen: list[Progress] = []
    outcome = run(second, batches(), plan, evaluate=recall(second), watch=[seen.append])
    assert outcome.steps == seen[-1].step == STEPS
    assert seen[0].step == (stop + 1 if how is not crash else stop // 5 * 5 + 1)
    assert equal(ends(second), unbroken)


def test_another_stop_every_few_steps_changes_nothing(unbroken: dict[str, Tensor], tmp_path: Path) -> None:
    plan = Plan(STEPS, tmp_path, resume=True)
    torch.manual_seed(12)
    for stop in (3, 4, 17, 30, 99):
        step = descend()
        if stop == 3:
            torch.manual_seed(12)
        with suppress(KeyboardInterrupt):
            run(step, batches(), plan, watch=[at(stop, interrupt)])
    assert equal(ends(step), unbroken)


def test_ctrl_c_says_how_to_resume(tmp_path: Path) -> None:
    # A shell that puts a job into the background may have it ignore the signal.
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=r"stopped at step 6 of 40; resume from step 6 in .* resume"):
        run(descend(), batches(), Plan(STEPS, tmp_path), watch=[at(6, signalled)])
    assert load(tmp_path / LAST)["loop"]["done"] == 6
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(
        KeyboardInterrupt, match="stopped at step 6 of 40; nothing was saved, as the plan names no place"
    ):
        run(descend(), batches(), Plan(STEPS), watch=[at(6, interrupt)])


def test_ctrl_c_in_the_last_step_counts_too(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt, match="stopped at step 4 of 4; resume from step 4"):
        run(descend(steps=4), batches(), Plan(4, tmp_path), watch=[at(4, signalled)])
    assert run(descend(steps=4), batches(), Plan(4, tmp_path, resume=True)).steps == 4


class Cut:
    """A step that is interrupted while it works."""

    def __init__(self, step: Descend[Pairs], when: int) -> None:
        self.step, self.left = step, when
        self.state_dict, self.load_state_dict = step.state_dict, step.load_state_dict

    def __call__(self, batch: Pairs) -> dict[str, float]:
        self.left -= 1
        if not self.left:
            with torch.no_grad():
                next(iter(self.step.model.parameters())).zero_()
            raise KeyboardInterrupt
        return self.step(batch)


def test_half_a_step_is_never_saved(unbroken: dict[str, Tensor], tmp_path: Path) -> None:
    plan = Plan(STEPS, tmp_path, resume=True, save_steps=4)
    step = descend()
    torch.manual_seed(12)
    with pytest.raises(KeyboardInterrupt, match="stopped at step 10 of 40; resume from step 8"):
        run(Cut(step, 11), batches(), plan)
    run(step, batches(), plan)
    assert equal(ends(step), unbroken)


def test_a_run_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    run(descend(steps=4), batches(), Plan(4, tmp_path))
    with pytest.raises(ConfigError, match="holds a run already: resume it, or name another folder"):
        run(descend(steps=4), batches(), Plan(4, tmp_path))
    step = descend(steps=4)
    seen: list[Progress] = []
    assert run(step, batches(), Plan(4, tmp_path, resume=True), watch=[seen.append]).steps == 4
    assert seen == []


def test_other_data_and_other_settings_are_told(tmp_path: Path) -> None:
    plan = Plan(4, tmp_path, resume=True)
    run(descend(steps=4), batches(), plan)
    with pytest.raises(ConfigError, match=r"of data with .*'seed': 0.*, not .*'seed': 1.*; name those"):
        run(descend(steps=4), batches(seed=1), plan)
    with pytest.raises(ConfigError, match="trained with updates = 2, not 4"):
        run(descend(steps=8), batches(), plan)


def test_a_run_goes_on_with_the_settings_that_it_was_begun_with(tmp_path: Path) -> None:
    plan = Plan(4, tmp_path, resume=True, settings={"loss": "in_batch", "rate": 0.1})
    run(descend(steps=4), batches(), plan)
    kept = (tmp_path / LAST).read_bytes()
    assert resumable(plan) is not None
    other = replace(plan, settings={"loss": "hinge", "rate": 0.1})
    for refuse in (lambda: resumable(other), lambda: run(descend(steps=4), batches(), other)):
        with pytest.raises(ConfigError, match=r"begun with loss = in_batch, not hinge: resume it with that"):
            refuse()
    assert (tmp_path / LAST).read_bytes() == kept
    # What was not noted then is not asked for.
    run(descend(steps=4), batches(), replace(plan, settings={**plan.settings, "new": 1}))
    assert resumable(Plan(4, tmp_path / "nowhere")) is None


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    plan = Plan(4, tmp_path, resume=True)
    run(descend(steps=4), batches(), plan)
    (tmp_path / LAST).write_bytes((tmp_path / LAST).read_bytes()[:-9])
    with pytest.raises(ModelError, match=r"last\.safetensors is damaged"):
        run(descend(steps=4), batches(), plan)


def test_a_full_disk_ends_a_run_that_can_be_resumed(
    unbroken: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(STEPS, tmp_path, resume=True, save_steps=10)

    def full(path: Path, state: dict[str, object]) -> None:
        def fails(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            if state["loop"]["done"] == 20:  # type: ignore[index]
                patch.setattr("os.fsync", fails)
            save(path, state)

    step = descend()
    torch.manual_seed(12)
    with monkeypatch.context() as patch:
        patch.setattr("raglan.train.loop.save", full)
        with pytest.raises(ModelError, match="No space left on device"):
            run(step, batches(), plan)
    assert load(tmp_path / LAST)["loop"]["done"] == 10
    run(step, batches(), plan)
    assert equal(ends(step), unbroken)


class Scripted:
    """A step that only counts, and reports what it is told to."""

    def __init__(self, clock: Callable[[float], None] = lambda _: None, seconds: float = 0.0) -> None:
        self.count, self.clock, self.seconds = 0, clock, seconds

    def __call__(self, batch: object) -> dict[str, float]:
        self.count += 1
        self.clock(self.seconds)
        return {"loss": 1.0 / self.count}

    def state_dict(self) -> dict[str, object]:
        return {"count": self.count, "weight": torch.tensor(float(self.count))}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.count = state["count"]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def test_the_best_is_kept(tmp_path: Path) -> None:
    scores = iter([0.1, 0.5, float("nan"), 0.4, 0.5, 0.3])
    step, seen = Scripted(), list[Progress]()
    plan = Plan(10, tmp_path, evaluate_steps=2, best_by="recall")
    outcome = run(step, batches(), plan, evaluate=lambda: {"recall": next(scores), "other": 9.0}, watch=[seen.append])
    assert outcome == Outcome(10, {"loss": 0.1}, best=0.5, best_step=2, recovered="")
    assert load(tmp_path / BEST)["step"]["count"] == 2
    assert load(tmp_path / LAST)["step"]["count"] == 10
    assert [one.evaluated for one in seen] == [0, 2, 2, 4, 4, 6, 6, 8, 8, 10]
    assert seen[1].evaluation == {"recall": 0.5, "other": 9.0}


def test_training_that_only_harms_leaves_what_was_there_before(tmp_path: Path) -> None:
    step = Scripted()
    outcome = run(step, batches(), Plan(6, tmp_path, evaluate_steps=3), evaluate=lambda: {"score": -step.count})
    assert (outcome.best, outcome.best_step) == (0, 0)
    assert load(tmp_path / BEST)["step"]["count"] == 0


def test_the_end_is_evaluated_too_and_once() -> None:
    calls: list[int] = []
    step = Scripted()

    def evaluate() -> dict[str, float]:
        calls.append(step.count)
        return {"score": 0.0}

    run(step, batches(), Plan(7, evaluate_steps=3), evaluate=evaluate)
    assert calls == [0, 3, 6, 7]


def test_an_evaluation_without_the_value_is_told() -> None:
    with pytest.raises(ConfigError, match=r"no 'score' to keep the best by; it gives \['mrr'\]"):
        run(Scripted(), batches(), Plan(2, evaluate_steps=1), evaluate=lambda: {"mrr": 1.0})


def test_saves_by_the_clock(tmp_path: Path) -> None:
    clock, saved = Clock(), list[int]()
    plan = Plan(10, tmp_path, save_minutes=2.0)

    def watch(_: Progress) -> None:
        saved.append(load(tmp_path / LAST)["loop"]["done"])

    run(Scripted(clock.pass_by, 50.0), batches(), plan, watch=[watch], clock=clock)
    assert saved == [0, 0, 0, 3, 3, 3, 6, 6, 6, 9]


def test_the_time_left_counts_evaluations_and_late_steps() -> None:
    clock, seen = Clock(), list[Progress]()
    step = Scripted(clock.pass_by, 2.0)

    def evaluate() -> dict[str, float]:
        clock.pass_by(100.0)
        return {"score": 0.0}

    run(step, batches(), Plan(10, evaluate_steps=4), evaluate=evaluate, watch=[seen.append], clock=clock)
    # Evaluations are after steps 4, 8 and 10.
    assert [one.left for one in seen] == [318, 316, 314, 212, 210, 208, 206, 104, 102, 0]


def test_the_time_left_follows_the_pace() -> None:
    clock, seen = Clock(), list[Progress]()
    step = Scripted(clock.pass_by, 1.0)
    watch = [seen.append, at(200, lambda: setattr(step, "seconds", 3.0))]
    run(step, batches(), Plan(400), watch=watch, clock=clock)
    assert seen[199].left == 200.0
    assert seen[299].left == 300.0


def test_no_time_is_told_before_it_is_known() -> None:
    clock, seen = Clock(), list[Progress]()
    run(Scripted(clock.pass_by, 0.2), batches(), Plan(5), watch=[seen.append], clock=clock)
    assert [one.left for one in seen[:2]] == [None, None]
    assert seen[2].left == pytest.approx(0.4)


# Guards at work.


class Free(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3))


class Wild:
    """A step that diverges as soon as its rate is above what it bears; from step ``since`` on, at any rate."""

    def __init__(self, bears: float, since: int = 10**9) -> None:
        self.rate, self.bears, self.since, self.count = 1.0, bears, since, 0

    def __call__(self, batch: Pairs) -> dict[str, float]:
        if (self.count >= 12 and self.rate > self.bears) or self.count >= self.since:
            raise Diverged("the loss became nan")
        self.count += 1
        return {"loss": 1.0, "first": float(batch[0][0, 0])}

    def slow(self, factor: float) -> None:
        self.rate *= factor

    def state_dict(self) -> dict[str, object]:
        return {"count": self.count, "rate": self.rate}

    def load_state_dict(self, state: dict[str, float]) -> None:
        self.count, self.rate = int(state["count"]), state["rate"]


def test_it_goes_back_once_at_a_lower_rate(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    step, seen = Wild(bears=0.5), list[Progress]()
    with caplog.at_level(logging.WARNING):
        outcome = run(step, batches(), Plan(20, tmp_path, save_steps=5), watch=[seen.append])
    assert outcome.recovered == "step 13: the loss became nan; went back to step 10, on at 0.25 of the rate"
    assert outcome.recovered in caplog.text
    assert [one.step for one in seen] == [*range(1, 13), *range(11, 21)]
    # The same batches again.
    assert [one.report["first"] for one in seen[10:12]] == [one.report["first"] for one in seen[12:14]]
    assert step.rate == 0.25


def test_then_it_gives_up_and_says_so(tmp_path: Path) -> None:
    plan = Plan(20, tmp_path, save_steps=5, resume=True)
    with pytest.raises(Diverged, match=r"step 18: the loss became nan, again, at 0.25 of the rate; lower the rate"):
        run(Wild(bears=0.5, since=17), batches(), plan)
    # Resuming gives no third chance.
    with pytest.raises(Diverged, match="again"):
        run(Wild(bears=0.5, since=17), batches(), plan)
    assert load(tmp_path / LAST)["loop"]["done"] == 15


def test_nothing_to_go_back_to() -> None:
    with pytest.raises(Diverged, match="step 13: the loss became nan, and there is no checkpoint to go back to"):
        run(Wild(bears=0.5), batches(), Plan(20))


def walled(model: nn.Module, batch: Pairs) -> tuple[Tensor, dict[str, float]]:
    """The least is at a half, and there is a wall at one: too long a step goes through it, where there are no logarithms."""
    [weight] = model.parameters()
    return ((weight - 0.5).square() - 1e-3 * torch.log(1 - weight)).sum(), {}


def test_what_was_too_fast_arrives_when_it_is_slower(tmp_path: Path) -> None:
    step = Descend(Free(), walled, Descent(updates=80, rate=1.5, warm=0.0, decay=0.0))
    outcome = run(step, batches(), Plan(80, tmp_path))
    assert outcome.recovered == "step 2: the loss became nan; went back to step 0, on at 0.25 of the rate"
    assert step.state_dict()["model"]["weight"].tolist() == pytest.approx([0.5] * 3, abs=0.02)


def test_what_is_no_number_at_any_rate_leaves_the_weights_as_they_were(tmp_path: Path) -> None:
    def explode(model: nn.Module, batch: Pairs) -> tuple[Tensor, dict[str, float]]:
        [weight] = model.parameters()
        return (1e18 * (weight - 1)).square().square().sum(), {}

    with pytest.raises(Diverged, match="the loss became inf, again"):
        run(Descend(Free(), explode, Descent(updates=20)), batches(), Plan(20, tmp_path))
    assert load(tmp_path / LAST)["step"]["model"]["weight"].tolist() == [0.0] * 3


def test_the_best_from_before_stays_the_best(tmp_path: Path) -> None:
    step = Wild(bears=0.5)
    scores = {0: 0.1, 12: 0.9}

    def evaluate() -> dict[str, float]:
        return {"score": scores.pop(step.count, 0.2)}

    outcome = run(step, batches(), Plan(20, tmp_path, save_steps=5, evaluate_steps=4), evaluate=evaluate)
    assert (outcome.best, outcome.best_step) == (0.9, 12)
    assert load(tmp_path / BEST)["step"]["count"] == 12


def test_collapse_ends_a_run_as_a_watch(tmp_path: Path) -> None:
    """Pulling positives together with nothing that pushes apart: all vectors become one."""

    def pull(model: nn.Module, batch: Pairs) -> tuple[Tensor, dict[str, float]]:
        queries, passages = model(batch[0]), model(batch[1])
        return (queries - passages).square().sum(), spread(queries)

    torch.manual_seed(0)
    step = Descend(nn.Linear(8, 8), pull, Descent(updates=400, rate=0.05, decay=0.0))
    with pytest.raises(Collapsed, match="mean cosine"):
        run(step, batches(), Plan(400, tmp_path), watch=[Collapse()])
    run(descend(), batches(), Plan(STEPS), watch=[Collapse()])


# Batches.


def numbers(count: int, size: int, seed: int = 0, share: tuple[int, int] = (0, 1)) -> Batches[int, list[int]]:
    return Batches(range(count), size, list, seed=seed, share=share)


def taken(source: Iterator[list[int]] | Batches[int, list[int]], count: int) -> list[list[int]]:
    return [next(source) for _ in range(count)]


def test_an_epoch_is_every_row_once_in_another_order() -> None:
    source = numbers(12, 3)
    epochs = [list(chain(*taken(source, 4))) for _ in range(3)]
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert source.epoch == 2
    assert taken(numbers(12, 3), 12) == taken(numbers(12, 3), 12) != taken(numbers(12, 3, seed=1), 12)


def test_all_batches_are_of_one_size() -> None:
    assert {len(batch) for batch in taken(numbers(10, 4), 9)} == {4}
    assert {len(batch) for batch in taken(numbers(3, 4), 9)} == {3}


def test_rows_of_a_batch_are_of_one_group() -> None:
    groups = [at % 3 for at in range(30)] + [3, 3]  # the last group is smaller than a batch
    source: Batches[int, list[int]] = Batches(range(32), 4, list, groups=groups)
    assert len(source) == 2 + 2 + 2 + 1
    epoch = taken(source, 7)
    assert all(len({groups[row] for row in batch}) == 1 for batch in epoch)
    assert sorted(map(len, epoch)) == [2, 4, 4, 4, 4, 4, 4]
    order = [groups[batch[0]] for batch in epoch]
    assert order != sorted(order)  # no set comes as a whole before another
    assert source.epoch == 0
    assert taken(source, 7) != epoch
    with pytest.raises(ConfigError, match="2 groups are named for 3 rows"):
        Batches(range(3), 1, list, groups=["a", "b"])
    other: Batches[int, list[int]] = Batches(range(32), 4, list)
    with pytest.raises(ConfigError, match="groups"):
        other.load_state_dict(source.state_dict())


@pytest.mark.parametrize("place", [0, 1, 2, 3, 7])
def test_batches_go_on_where_they_were(place: int) -> None:
    whole, first, second = (numbers(10, 4) for _ in range(3))
    expected = taken(whole, 12)
    taken(first, place)
    second.load_state_dict(first.state_dict())
    assert taken(second, 12 - place) == expected[place:]


def test_processes_share_an_epoch() -> None:
    parts = [list(chain(*taken(numbers(13, 2, share=(which, 3)), 2))) for which in range(3)]
    assert sorted(map(len, parts)) == [4, 4, 4]
    assert len(set(chain(*parts))) == 12


def test_no_rows_are_no_batches() -> None:
    for source in (lambda: numbers(0, 4), lambda: numbers(3, 0), lambda: numbers(1, 1, share=(0, 2))):
        with pytest.raises(ConfigError, match="make no batches"):
            source()


# Trackers.


class Recorder:
    def __init__(self, *_: object, **__: object) -> None:
        self.points: list[tuple[int, str, float]] = []
        self.flushed = 0

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.points.append((step, name, value))

    def log(self, values: dict[str, float], step: int) -> None:
        self.points += [(step, name, value) for name, value in values.items()]

    def flush(self) -> None:
        self.flushed += 1


@pytest.mark.parametrize("name", ["tensorboard", "wandb"])
def test_trackers_are_functions_that_watch(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    fake = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setattr(fake, "init", lambda project: recorder, raising=False)
    writer = ModuleType("torch.utils.tensorboard")
    monkeypatch.setattr(writer, "SummaryWriter", lambda folder: recorder, raising=False)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", writer)
    watch = tensorboard(tmp_path, every=2) if name == "tensorboard" else wandb("mine", every=2)
    run(Scripted(), batches(), Plan(5, evaluate_steps=3), evaluate=lambda: {"score": 0.5}, watch=[watch])
    assert recorder.points == [
        (2, "train/loss", 0.5),
        (3, "dev/score", 0.5),
        (4, "train/loss", 0.25),
        (5, "dev/score", 0.5),
    ]
    assert recorder.flushed == (2 if name == "tensorboard" else 0)


@pytest.mark.parametrize("name", ["tensorboard", "wandb"])
def test_missing_trackers_are_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=rf"{name} is not installed; try: pip install 'raglan\[track\]'"):
        tensorboard(tmp_path) if name == "tensorboard" else wandb("mine")
