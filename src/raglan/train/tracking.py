"""Curves of a run for others to draw: a tracker is a function that watches."""

from __future__ import annotations

from pathlib import Path

from raglan.extras import need
from raglan.train.plan import Progress, Watch

__all__ = ["tensorboard", "wandb"]


def tensorboard(folder: Path, *, every: int = 10) -> Watch:
    """Curves for TensorBoard, a point every so many steps. Raises :class:`raglan.errors.MissingExtra` without it."""
    need("tensorboard", "track")
    writer = need("torch.utils.tensorboard", "track").SummaryWriter(str(folder))

    def track(progress: Progress) -> None:
        for name, value in _points(progress, every).items():
            writer.add_scalar(name, value, progress.step)
        if progress.step in (progress.evaluated, progress.steps):
            writer.flush()

    return track


def wandb(project: str, *, every: int = 10) -> Watch:
    """Curves for Weights & Biases, a point every so many steps. Raises :class:`raglan.errors.MissingExtra` without it."""
    tracked = need("wandb", "track").init(project=project)

    def track(progress: Progress) -> None:
        if points := _points(progress, every):
            tracked.log(points, step=progress.step)

    return track


def _points(progress: Progress, every: int) -> dict[str, float]:
    points = {f"train/{name}": value for name, value in progress.report.items()} if progress.step % every == 0 else {}
    if progress.evaluated == progress.step:
        points |= {f"dev/{name}": value for name, value in progress.evaluation.items()}
    return points
