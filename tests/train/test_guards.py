import math
import os
import signal
import threading
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from raglan.errors import ConfigError, RaglanError
from raglan.train.guards import Collapse, Collapsed, Diverged, Recovery, finite, spread, stoppable

torch.set_num_threads(1)  # small sums: a second thread only waits


def drawn(rows: int, dim: int, seed: int = 0) -> Tensor:
    return torch.randn(rows, dim, generator=torch.Generator().manual_seed(seed))


class Slower:
    rate = 1.0

    def slow(self, factor: float) -> None:
        self.rate *= factor


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_told(bad: float) -> None:
    assert finite(0.5, "the loss") == 0.5
    with pytest.raises(Diverged, match=f"the loss became {bad}"):
        finite(bad, "the loss")
    assert issubclass(Diverged, RaglanError)


def test_there_is_one_second_chance() -> None:
    step = Slower()
    recover = Recovery(lambda: 40, step, factor=0.5)
    told = recover(Diverged("the loss became nan"), 47)
    assert told == "step 47: the loss became nan; went back to step 40, on at 0.5 of the rate"
    assert step.rate == 0.5
    with pytest.raises(Diverged, match=r"step 48: the gradient became inf, again, at 0\.5 of the rate; lower"):
        recover(Diverged("the gradient became inf"), 48)
    assert step.rate == 0.5


def test_none_without_a_checkpoint_or_a_rate() -> None:
    for recover in (Recovery(None, Slower()), Recovery(lambda: 0, object())):
        with pytest.raises(Diverged, match="step 3: the loss became nan, and there is no checkpoint to go back to"):
            recover(Diverged("the loss became nan"), 3)


def test_a_failed_restore_does_not_use_the_chance_up() -> None:
    def fails() -> int:
        raise BrokenPipeError

    recover = Recovery(fails, Slower())
    with pytest.raises(BrokenPipeError):
        recover(Diverged("the loss became nan"), 3)
    assert not recover.used


def test_spread_is_the_textbook_sum() -> None:
    vectors = drawn(9, 5) + 1
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    pairs = [float(unit[a] @ unit[b]) for a in range(9) for b in range(9) if a != b]
    assert spread(vectors)["alike"] == pytest.approx(sum(pairs) / len(pairs), abs=1e-6)
    values = torch.linalg.svdvals((unit - unit.mean(dim=0)).double()) ** 2
    shares = [float(one / values.sum()) for one in values]
    assert spread(vectors)["rank"] == pytest.approx(math.exp(-sum(p * math.log(p) for p in shares)), rel=1e-4)


def test_spread_of_what_one_can_see() -> None:
    line = torch.outer(torch.linspace(-1, 1, 20), torch.ones(8))
    assert spread(line)["rank"] == pytest.approx(1.0, abs=1e-6)
    assert spread(torch.ones(10, 4)) == {"alike": pytest.approx(1.0), "rank": 0.0}
    assert spread(torch.ones(1, 4)) == {"alike": 0.0, "rank": math.inf}
    many = spread(drawn(64, 128))
    assert abs(many["alike"]) < 0.05
    assert 30 < many["rank"] <= 63


def watched(guard: Collapse, vectors: Tensor) -> None:
    guard(SimpleNamespace(report={"loss": 0.1, **spread(vectors)}))


def test_healthy_vectors_pass() -> None:
    guard = Collapse(patience=1)
    for seed in range(5):
        watched(guard, drawn(32, 16, seed))
        watched(guard, drawn(32, 16, seed) + 2)
        # Two tight groups are no collapse as long as there is a third direction.
        watched(guard, drawn(3, 16, seed).repeat(10, 1) + 0.01 * drawn(30, 16))


@pytest.mark.parametrize(
    "vectors", [torch.ones(32, 16) + 0.01 * drawn(32, 16), torch.outer(drawn(32, 1)[:, 0], drawn(1, 16)[0])]
)
def test_collapse_ends_a_run_with_its_reason(vectors: Tensor) -> None:
    guard = Collapse(patience=3)
    watched(guard, vectors)
    watched(guard, vectors)
    watched(guard, drawn(32, 16))  # one batch that is well begins the count anew
    watched(guard, vectors)
    watched(guard, vectors)
    with pytest.raises(Collapsed, match=r"mean cosine .*, effective rank .*, for 3 steps; lower the rate"):
        watched(guard, vectors)


def test_a_guard_that_sees_nothing_says_so() -> None:
    with pytest.raises(ConfigError, match="spread"):
        Collapse()(SimpleNamespace(report={"loss": 0.1}))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_waits_and_a_second_does_not(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stoppable() as stop:
        stop()
        os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_other_threads_have_no_signals() -> None:
    seen = []

    def run() -> None:
        with stoppable() as stop:
            stop()
            seen.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [True]
