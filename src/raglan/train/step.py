"""A step is whatever improves something for one batch; :class:`Descend` follows a gradient.

A step owns its optimiser, so that runs resume: what it keeps goes into its state, by name, without pickle. Steps are
composed, not inherited: two in turn are adversaries, a step that picks a step is a schedule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from raglan.errors import ConfigError
from raglan.extras import need
from raglan.train.checkpoint import State
from raglan.train.guards import finite

__all__ = ["Descend", "Descent", "Objective", "Resumes", "Step", "accelerator", "is_first", "wait_for_all"]

B = TypeVar("B")
B_contra = TypeVar("B_contra", contravariant=True)
Report = dict[str, float]
Objective = Callable[[nn.Module, B], tuple[Tensor, Report]]  # the model as prepared, a batch on its device


class Step(Protocol[B_contra]):
    """Improve something for one batch, and report numbers."""

    def __call__(self, batch: B_contra) -> Report:
        """Learn from it."""
        ...


class Resumes(Protocol):
    """What continues as if it had never stopped: state out, the same state in."""

    def state_dict(self) -> State:
        """What :func:`raglan.train.checkpoint.save` can write."""
        ...

    def load_state_dict(self, state: State) -> None:
        """Be as one was then."""
        ...


def accelerator(precision: str = "auto", *, cpu: bool = False) -> Any:
    """Device, precision and processes, in this one place (``accelerate.Accelerator``; one set-up a process).

    ``precision``: "no", "bf16", "fp16", or "auto": bf16 on a GPU that has it, else none. Several processes are started by
    ``accelerate launch``. Raises :class:`raglan.errors.MissingExtra` where accelerate is not installed.
    """
    library = need("accelerate", "train")
    if precision == "auto":
        precision = "bf16" if not cpu and torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "no"
    return library.Accelerator(mixed_precision=precision, cpu=cpu)


def is_first() -> bool:
    """Whether this is the process that writes files."""
    return not _several() or torch.distributed.get_rank() == 0


def wait_for_all() -> None:
    """Until every process has come here."""
    if _several():
        torch.distributed.barrier()


def _several() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


@dataclass(frozen=True, slots=True)
class Descent:
    """How to descend, over so many ``updates``.

    ``rate`` rises linearly over the first share ``warm`` of them, then falls linearly to the share ``end`` of itself.
    ``decay`` shrinks matrices, not biases and norms (AdamW, Loshchilov and Hutter 2019). ``clip`` is the largest norm of a
    gradient. One update is made of ``accumulate`` batches. ``average`` is the share that the moving average of weights
    keeps at each update, 0 for none, such as 0.999.
    """

    updates: int
    rate: float = 2e-5
    warm: float = 0.1
    end: float = 0.0
    decay: float = 0.01
    clip: float = 1.0
    accumulate: int = 1
    average: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)

    def at(self, update: int) -> float:
        """The rate of an update, counted from 0.

        >>> [round(Descent(updates=10, rate=1.0, warm=0.2).at(update), 2) for update in (0, 1, 2, 6, 9, 99)]
        [0.5, 1.0, 1.0, 0.5, 0.12, 0.0]
        """
        warm = math.ceil(self.warm * self.updates)
        if update < warm:
            return self.rate * (update + 1) / warm
        left = max(0.0, (self.updates - update) / max(1, self.updates - warm))
        return self.rate * (self.end + (1 - self.end) * left)


class Descend(Generic[B]):
    """One batch down the gradient of ``objective(model, batch)`` over the parameters of ``model`` that ask for gradients.

    What runs inside ``model.forward`` runs in the accelerator's precision; what the objective makes of it, in float32.
    Parameters of the objective itself (:class:`raglan.train.contrastive.Calibration`) must be part of the model.
    Raises :class:`raglan.train.guards.Diverged` before a loss or gradient that is not finite reaches the weights.
    """

    def __init__(self, model: nn.Module, objective: Objective[B], descent: Descent, *, by: Any = None) -> None:
        self._by = accelerator() if by is None else by
        self._objective = objective
        self._descent = descent
        self._named = {name: one for name, one in model.named_parameters() if one.requires_grad}
        if not self._named:
            raise ConfigError(
                f"{type(model).__name__} has no parameter that asks for gradients: nothing can be trained"
            )
        optimiser = torch.optim.AdamW(self._groups(), lr=descent.rate, betas=descent.betas, fused=True)
        self.model, self._optimiser = self._by.prepare(model, optimiser)
        self._plain = model
        self._average = {name: one.detach().clone() for name, one in self._named.items()} if descent.average else {}
        self._updates = self._waiting = 0
        self._slowed = 1.0

    def __call__(self, batch: B) -> Report:
        """Learn from one batch; every ``accumulate`` batches the weights change. Reports ``loss``, ``rate``, ``norm``."""
        batch = self._by_device(batch)
        self.model.train()
        last = self._waiting + 1 == self._descent.accumulate
        # Processes exchange gradients only when an update is due.
        with nullcontext() if last else self._by.no_sync(self.model):
            loss, report = self._objective(self.model, batch)
            value = finite(float(self._by.reduce(loss.detach(), reduction="mean")), "the loss")
            self._by.backward(loss / self._descent.accumulate)
        self._waiting += 1
        return {**report, "loss": value, **(self._update() if last else {})}

    def slow(self, factor: float) -> None:
        """Go on at ``factor`` of the rate."""
        self._slowed *= factor

    @contextmanager
    def averaged(self) -> Iterator[nn.Module]:
        """The model with the average of its weights, in evaluation mode; as it was afterwards."""
        kept = {name: one.detach().clone() for name, one in self._named.items() if name in self._average}
        training = self._plain.training
        self._put(self._average)
        self._plain.eval()
        try:
            yield self._plain
        finally:
            self._put(kept)
            self._plain.train(training)

    def state_dict(self) -> State:
        """All that the next batch depends on; gradients too, if an update is half gathered."""
        moments = self._optimiser.state_dict()["state"]
        return {
            "model": self._plain.state_dict(),
            "moments": {name: moments[at] for at, name in enumerate(self._order()) if at in moments},
            "gradients": self._gathered() if self._waiting else {},
            "average": self._average,
            "counts": {"updates": self._updates, "waiting": self._waiting, "slowed": self._slowed},
            "scaler": self._by.scaler.state_dict() if self._by.scaler else {},
            "descent": self._settings(),
        }

    def load_state_dict(self, state: State) -> None:
        """Continue from there. Raises :class:`ConfigError` if it was saved by another model or other settings."""
        self._same(state)
        self._plain.load_state_dict(state["model"])
        order = self._order()
        # Copies, since the optimiser would go on writing into the state itself.
        moments = {at: _copied(state["moments"][name]) for at, name in enumerate(order) if name in state["moments"]}
        self._optimiser.load_state_dict({**self._optimiser.state_dict(), "state": moments})
        for name, one in self._named.items():
            gradient = state["gradients"].get(name)
            one.grad = None if gradient is None else gradient.to(one.device, copy=True)
        self._average = {name: one.to(self._named[name].device, copy=True) for name, one in state["average"].items()}
        counts = state["counts"]
        self._updates, self._waiting, self._slowed = counts["updates"], counts["waiting"], counts["slowed"]
        if self._by.scaler and state["scaler"]:
            self._by.scaler.load_state_dict(state["scaler"])

    def _update(self) -> Report:
        rate = self._descent.at(self._updates) * self._slowed
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        norm = float(self._by.clip_grad_norm_(list(self._named.values()), self._descent.clip))
        # With float16 an infinite gradient is expected now and then; the scaler leaves that update out by itself.
        norm = norm if self._by.scaler else finite(norm, "the gradient")
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._updates, self._waiting = self._updates + 1, 0
        for name, kept in self._average.items():
            kept.lerp_(self._named[name].detach(), 1 - self._descent.average)
        return {"rate": rate, "norm": norm}

    def _gathered(self) -> dict[str, Tensor]:
        """Gradients of an update that is not made yet, their mean over processes."""
        named = {name: one.grad for name, one in self._named.items() if one.grad is not None}
        return {name: self._by.reduce(one, reduction="mean") for name, one in named.items()}

    def _groups(self) -> list[dict[str, Any]]:
        shrunk = [one for one in self._named.values() if one.ndim > 1]
        free = [one for one in self._named.values() if one.ndim <= 1]
        return [{"params": shrunk, "weight_decay": self._descent.decay}, {"params": free, "weight_decay": 0.0}]

    def _order(self) -> list[str]:
        """Names as the optimiser numbers them."""
        return sorted(self._named, key=lambda name: self._named[name].ndim <= 1)

    def _by_device(self, batch: B) -> B:
        moved: B = need("accelerate.utils", "train").send_to_device(batch, self._by.device)
        return moved

    def _put(self, values: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in values.items():
                self._named[name].copy_(value)

    def _settings(self) -> State:
        """As JSON gives them back."""
        return {key: list(one) if isinstance(one, tuple) else one for key, one in asdict(self._descent).items()}

    def _same(self, state: State) -> None:
        own = self._settings()
        if differing := [key for key in own if own[key] != state["descent"].get(key)]:
            key = differing[0]
            raise ConfigError(
                f"the checkpoint was trained with {key} = {state['descent'].get(key)}, not {own[key]}; "
                "resume with the same settings, or begin a new run from its weights"
            )
        there, here = (
            {name: list(one.shape) for name, one in of.items()} for of in (state["model"], self._plain.state_dict())
        )
        if differing := [name for name in {**there, **here} if there.get(name) != here.get(name)]:
            name = differing[0]
            raise ConfigError(
                f"the checkpoint is of another model than this {type(self._plain).__name__}: {name} is {there.get(name)} "
                f"there, {here.get(name)} here; resume with that model, or begin a new run"
            )


def _copied(moments: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one.clone() if isinstance(one, Tensor) else one for key, one in moments.items()}
