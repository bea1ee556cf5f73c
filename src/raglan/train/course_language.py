"""The course of a language model: lessons from labelled sets, steps, and the gate, which judges the F1 of its answers.

As :mod:`raglan.train.course_reader`, but that the model is somebody else's, and stays in its own form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raglan.errors import ConfigError, ModelError
from raglan.models.blocks import Source
from raglan.nn.language import LanguageModel
from raglan.train.answering import Answered, Asked, beside, held_out, standing
from raglan.train.begun import marked
from raglan.train.course import Course, Told, Warn, descended
from raglan.train.language import LanguageLearning, adapted
from raglan.train.lessons import Lessons, gathered
from raglan.train.loop import resumable
from raglan.train.plan import Outcome, Plan, Watch
from raglan.train.step import accelerator
from raglan.train.teaching import Teaching
from raglan.train.verdict import Verdict, judged

__all__ = ["Spoken", "save", "train_language"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a course came to: the ``model`` as it is now, whether it is better, and from what it learned."""

    model: LanguageModel
    verdict: Verdict
    rows: Lessons
    outcome: Outcome


def train_language(
    course: Course,
    model: LanguageModel,
    *,
    lora: int = 0,
    longest: int = 64,
    watch: Sequence[Watch] = (),
    told: Told | None = None,
    warn: Warn | None = None,
) -> Spoken:
    """Train ``model`` in place, with ``lora`` only matrices of that rank beside its own; it is judged against itself before.

    A question is read with ``course.hard`` sources beside its own, as :func:`raglan.train.course_reader.train_reader` has
    them. Raises as that does.
    """
    if course.negatives == "mined":
        raise ConfigError("a language model has no vectors to mine negatives with; take bm25, or in-batch")
    lessons, by = gathered(course.learn), accelerator(course.precision)
    held = held_out(course.held, 1 + course.hard, warn)
    weights = (one.detach().float().cpu().numpy().tobytes() for one in model.model.state_dict().values())
    settings: dict[str, Any] = {
        "from": marked(weights),
        "data": marked(repr(one).encode("utf-8", "surrogatepass") for one in (*lessons.rows, *lessons.sources.items())),
        "steps": course.steps or f"{course.epochs} epochs",
        "lora": lora,
        "longest": longest,
        **{name: getattr(course, name) for name in ("negatives", "hard", "batch", "rate", "seed", "precision")},
    }
    plan = Plan(course.steps, course.work / "run" if course.work else None, course.resume, settings=settings)
    resumable(plan)
    if lora:
        adapted(model, lora)
    model.model.to(by.device)
    model.device = by.device
    one = LanguageLearning(model, lessons.sources, blocks=1 + course.hard, longest=longest, seed=course.seed)
    before = {name: standing([each for each, _ in asked], _said(one, asked, told)) for name, asked in held.items()}
    found = beside(lessons, course.learn, course.hard) if course.hard and course.negatives == "bm25" else ()
    batches = Teaching(lessons, course.batch, one.batch, found=found, seed=course.seed)
    outcome = descended(course, plan, (one.model, one.objective), batches, watch, by)
    after = {name: standing([each for each, _ in asked], _said(one, asked, told)) for name, asked in held.items()}
    return Spoken(model, judged(before, after, seed=course.seed), lessons, outcome)


def save(model: LanguageModel, folder: Path) -> None:
    """Put ``model`` into ``folder`` as Hugging Face's tools have it, an adapter without what it was made for."""
    try:
        model.model.save_pretrained(folder)
        model.tokenizer.save_pretrained(folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{folder} cannot be written ({error}); make room, or name another place") from error


def _said(one: LanguageLearning, asked: Asked, told: Told | None) -> list[Answered]:
    made = []
    for at, (example, passages) in enumerate(asked, 1):
        text = one.answered(example.query.text, [Source.of(passage) for passage in passages])
        made.append(Answered(text, float(bool(text)), None))
        if told is not None:
            told("answering", at, len(asked))
    return made
