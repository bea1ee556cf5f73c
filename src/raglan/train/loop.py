"""The one loop: it runs a step over batches, says how far it is, keeps the best, and can be stopped at any moment.

A run that is stopped and resumed ends with the very weights, bit by bit, of one that is not. For that, all that the next
step depends on is in the checkpoint: the step's state, the place in the data, the random numbers; what an evaluation draws
changes nothing. (With several processes up to rounding and dropout: the random numbers of the first are saved.) A tracker
is a function that watches.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from raglan.errors import ConfigError
from raglan.train.batches import Source
from raglan.train.begun import refuse_other
from raglan.train.checkpoint import State, load, random_state, restore_random_state, save
from raglan.train.guards import Diverged, Recovery, stoppable
from raglan.train.plan import Outcome, Pace, Plan, Progress, Watch
from raglan.train.step import Report, Resumes, Step, is_first, wait_for_all

__all__ = ["BEST", "LAST", "Trainable", "resumable", "run"]

LAST = "last.safetensors"
BEST = "best.safetensors"

B = TypeVar("B")
B_contra = TypeVar("B_contra", contravariant=True)
_log = logging.getLogger(__name__)


class Trainable(Step[B_contra], Resumes, Protocol[B_contra]):
    """A step that can be stopped and resumed."""


Evaluate = Callable[[], Mapping[str, float]]


def resumable(plan: Plan) -> State | None:
    """The last checkpoint of the run that lies in ``plan.place``; ``None`` where none does, and without a place.

    Raises as :func:`run` will of it: whoever has much to do before can know it beforehand.
    """
    if plan.place is None or not (plan.place / LAST).exists():
        return None
    if not plan.resume:
        raise ConfigError(f"{plan.place} holds a run already: resume it, or name another folder")
    state = load(plan.place / LAST)
    refuse_other(plan.place, state.get("settings", {}), plan.settings)
    return state


def run(
    step: Trainable[B],
    batches: Source[B],
    plan: Plan,
    *,
    evaluate: Evaluate | None = None,
    watch: Sequence[Watch] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Train, and tell every ``watch`` after every step; what a watch raises ends the run.

    Ctrl-C (or SIGTERM) lets the step under way finish, saves, and raises :class:`KeyboardInterrupt` that says how to
    resume; a second one does not wait. A loss that is no number goes back to the last checkpoint once, at a lower rate.
    Raises :class:`ConfigError` if a run lies in ``plan.place`` already that is not to be resumed or was begun with other
    settings, :class:`ModelError` if a checkpoint cannot be read or written, :class:`raglan.train.guards.Diverged` if
    recovery was in vain.
    """
    going = _Run(step, batches, plan, evaluate, watch, Pace(clock))
    try:
        with stoppable() as stopped:
            going.begin()
            while going.done < plan.steps:
                stopped()
                going.once()
            going.finish()
            # Asked for in the last step, it counts too.
            stopped()
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(going.farewell()) from error
    return Outcome(going.done, going.report, going.best, going.best_step, going.recovered)


class _Run(Generic[B]):
    """One run under way."""

    def __init__(
        self,
        step: Trainable[B],
        batches: Source[B],
        plan: Plan,
        evaluate: Evaluate | None,
        watch: Sequence[Watch],
        pace: Pace,
    ) -> None:
        self._step, self._batches, self._plan = step, batches, plan
        self._evaluate, self._watch, self._pace = evaluate, watch, pace
        self.done, self.report, self.recovered = 0, Report(), ""
        self.best: float | None = None
        self.best_step = self._evaluated = self._saved = -1
        self._evaluation: Mapping[str, float] = {}
        # False while a batch is taken and not yet learned from: then nothing may be saved.
        self._whole = True
        self._recover = Recovery(self._restore if plan.place else None, step)

    def begin(self) -> None:
        """From a checkpoint, or with one, so that there is always something to go back to."""
        state = resumable(self._plan)
        if state is not None:
            self._restored(state)
        wait_for_all()
        self._look()
        if state is None:
            self._save(LAST)

    def once(self) -> None:
        """One step, and what is due after it."""
        self._whole = False
        try:
            with self._pace.of("step"):
                self.report = self._step(next(self._batches))
        except Diverged as error:
            self._go_back(error)
            return
        self.done, self._whole = self.done + 1, True
        self._look()
        self._tell()
        by_steps = self._plan.save_steps and self.done % self._plan.save_steps == 0
        if by_steps or 0 < self._plan.save_minutes <= self._pace.since("save") / 60:
            self._save(LAST)

    def finish(self) -> None:
        """What a run ends with."""
        if self._saved != self.done:
            self._save(LAST)

    def farewell(self) -> str:
        """Save if it can be; what a person who stopped the run should know."""
        told = f"stopped at step {self.done} of {self._plan.steps}"
        if not self._plan.place:
            return f"{told}; nothing was saved, as the plan names no place"
        if self._whole:
            self.finish()
        return f"{told}; resume from step {self._saved} in {self._plan.place} with the same settings and resume"

    def _go_back(self, error: Diverged) -> None:
        best = self.best, self.best_step
        self.recovered = self._recover(error, self.done + 1)
        # What was the best stays in its file, though it be later than the place gone back to.
        self.best, self.best_step = best
        self._whole = True
        _log.warning("%s", self.recovered)
        # At once, so that a run killed now has not its chance again.
        self._save(LAST)

    def _look(self) -> None:
        """Evaluate, if it is time and was not done after this step."""
        every, done = self._plan.evaluate_steps, self.done
        if not (self._evaluate and every) or self._evaluated == done or (done % every and done < self._plan.steps):
            return
        state = random_state()
        with self._pace.of("look"):
            self._evaluation = self._evaluate()
        restore_random_state(state)
        self._evaluated = done
        self._keep_best(self._evaluation)

    def _keep_best(self, evaluation: Mapping[str, float]) -> None:
        name = self._plan.best_by
        if name not in evaluation:
            raise ConfigError(f"the evaluation gives no {name!r} to keep the best by; it gives {sorted(evaluation)}")
        if not math.isnan(evaluation[name]) and (self.best is None or evaluation[name] > self.best):
            self.best, self.best_step = evaluation[name], self.done
            self._save(BEST)

    def _tell(self) -> None:
        every, steps = self._plan.evaluate_steps, self._plan.steps
        looking = every and self._evaluate and self.done < steps
        looks = math.ceil(steps / every) - self.done // every if looking else 0
        left = self._pace.left(steps - self.done, looks)
        progress = Progress(self.done, steps, self.report, left, self._evaluation, self._evaluated)
        for one in self._watch:
            one(progress)

    def _save(self, name: str) -> None:
        if not self._plan.place:
            return
        with self._pace.of("save"):
            # Every process has a part in the state; one writes it.
            state = self._state()
            if is_first():
                save(self._plan.place / name, state)
        if name == LAST:
            self._saved = self.done

    def _state(self) -> State:
        own = {
            "done": self.done,
            "best": self.best,
            "best_step": self.best_step,
            "evaluated": self._evaluated,
            "recovered": self.recovered,
        }
        parts = {"step": self._step.state_dict(), "batches": self._batches.state_dict()}
        return {"loop": own, "settings": dict(self._plan.settings), **parts, "random": random_state()}

    def _restore(self) -> int:
        assert self._plan.place is not None
        return self._restored(load(self._plan.place / LAST))

    def _restored(self, state: State) -> int:
        self._step.load_state_dict(state["step"])
        self._batches.load_state_dict(state["batches"])
        own = state["loop"]
        self.done, self.best, self.best_step = own["done"], own["best"], own["best_step"]
        self._evaluated, self.recovered = own["evaluated"], own["recovered"]
        self._recover.used = bool(self.recovered)
        self._saved = self.done
        restore_random_state(state["random"])
        return self.done
