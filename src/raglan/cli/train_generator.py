"""``raglan train generator``: a language model of transformers learns to answer from evidence; kept only if it is better."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from raglan.cli.render import warn
from raglan.cli.terminal import Ticker
from raglan.cli.train_run import course, forget, stages, tell, watches
from raglan.errors import ConfigError
from raglan.extras import need

if TYPE_CHECKING:
    from raglan.train.course_language import Spoken

__all__ = ["train_generator"]


def train_generator(args: Namespace) -> int:
    """Train, judge, and write the model if it is better; 1 if it is not, and if it was stopped."""
    for module in ("torch", "transformers"):
        need(module, "hf")
    need("accelerate", "train")
    if args.start is None:
        raise ConfigError("name the model that the generator starts from: --from FOLDER")
    if args.output.is_file() or (args.output.is_dir() and any(args.output.iterdir())):
        raise ConfigError(f"{args.output} holds something already: name a new folder")
    work = args.work or args.output.resolve().with_name(f"{args.output.name}.work")
    try:
        done = _trained(args, work)
    except KeyboardInterrupt as error:
        warn(f"raglan: {str(error) or 'stopped'}; the same command with --resume goes on")
        return 1
    if done.verdict.kept:
        from raglan.train.course_language import save

        save(done.model, args.output)
    tell(args, done.verdict, done.rows, done.outcome)
    if args.work is None:
        forget(work)
    return 0 if done.verdict.kept else 1


def _trained(args: Namespace, work: Path) -> Spoken:
    from raglan.nn.language import LanguageModel
    from raglan.train.course_language import train_language

    ticker = Ticker()
    made = course(args, work)
    try:
        return train_language(
            made,
            LanguageModel(args.start),
            lora=args.lora or 0,
            watch=watches(args, made, ticker),
            told=stages(ticker),
            warn=lambda text: warn(f"raglan: {text}"),
        )
    finally:
        ticker.close()
