"""What every ``raglan train`` of a network has in common: the course that its options say, what is shown, and the end."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.build.progress import Pace, Progress
from raglan.cli.render import print_json, warn
from raglan.cli.terminal import Ticker
from raglan.cli.train_sets import sides
from raglan.cli.train_verdict import print_verdict

if TYPE_CHECKING:
    from raglan.train.course import Course
    from raglan.train.lessons import Lessons
    from raglan.train.plan import Outcome, Watch
    from raglan.train.rows import Rows
    from raglan.train.verdict import Verdict

__all__ = ["course", "forget", "stages", "tell", "watches"]

_HARD = {"encoder": 1, "ranker": 7, "reader": 2, "generator": 2}
_SLOW: dict[str, Any] = {"batch": 16, "epochs": 3, "rate": 1e-4}
_OWN: dict[str, dict[str, Any]] = {"reader": _SLOW, "generator": _SLOW}  # where a Course has others


def course(args: Namespace, work: Path) -> Course:
    """What the options say, and what is usual for the part where they say nothing."""
    from raglan.train.course import Course
    from raglan.train.retriever import Learning

    given = {"loss": args.loss, "similarity": args.similarity, "frozen": args.frozen, "part": args.part}
    own = {
        "negatives": args.negatives,
        "batch": args.batch,
        "steps": args.steps,
        "epochs": args.epochs,
        "rate": args.rate,
        "keep": args.keep,
    }
    return Course(
        *sides(args),
        work,
        Learning(**_said(given)),
        hard=args.hard or _HARD[args.what],
        refresh=args.refresh,
        seed=args.seed,
        resume=args.resume,
        precision=args.precision,
        **{**_OWN.get(args.what, {}), **_said(own)},
    )


def watches(args: Namespace, course: Course, ticker: Ticker) -> list[Watch]:
    """Who is told of each step: the terminal, and a tracker if one is named."""

    def tick(now: Any) -> None:
        figures = {name: now.report[name] for name in ("loss", "recall@1") if name in now.report}
        note = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
        ticker(Progress("training", now.step, now.steps, now.left, note))

    if args.track is None:
        return [tick]
    from raglan.train.tracking import tensorboard, wandb

    assert course.work is not None
    return [tick, tensorboard(course.work / "curves") if args.track == "tensorboard" else wandb(args.output.name)]


def stages(ticker: Ticker) -> Callable[[str, int, int], None]:
    """Each stage with the time that is left of it."""
    paces: dict[tuple[str, int], Pace] = {}

    def told(stage: str, done: int, total: int) -> None:
        paces.setdefault((stage, total), Pace(stage, total, ticker)).at(done)

    return told


def forget(work: Path) -> None:
    """Remove what a run keeps, and nothing else that may lie there."""
    for name in ("run", "states", "curves"):
        shutil.rmtree(work / name, ignore_errors=True)
    with suppress(OSError):
        work.rmdir()


def tell(args: Namespace, verdict: Verdict, rows: Rows | Lessons, outcome: Outcome) -> None:
    """What came out, for people or as JSON; what was left out and why a model is rejected goes to stderr."""
    for why, count in rows.left.items():
        warn(f"left out: {count} {why}")
    if outcome.recovered:
        warn(outcome.recovered)
    if args.json:
        counts = {"rows": len(rows.rows), "steps": outcome.steps, "left_out": dict(rows.left)}
        print_json({**verdict.table(), **counts})
    elif verdict.sets:
        print_verdict(verdict)
    for fault in verdict.faults:
        warn(f"rejected: {fault}")
    if verdict.kept and not args.json:
        print(f"\nkept: {args.output}")


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
