"""The course of a reader: lessons from labelled sets, steps, and the gate, which judges how it answers.

As :mod:`raglan.train.course`, whose form it has.
"""

from __future__ import annotations

from collections.abc import Sequence

from raglan.errors import ConfigError
from raglan.generate.fusing import BY_VECTORS
from raglan.models.blocks import Cutter
from raglan.nn.reader import Reader
from raglan.protocols import Encoder
from raglan.train.answering import Answered, Asked, Weigh, beside, by_answers, foretelling, held_out, silent, standing
from raglan.train.course import Course, Told, Trained, Warn, descended, planned
from raglan.train.frozen import freeze
from raglan.train.fusing import Shares
from raglan.train.lessons import Lessons, gathered
from raglan.train.plan import Watch
from raglan.train.reading import ReadingLearning, Weighing
from raglan.train.start import Start
from raglan.train.step import accelerator
from raglan.train.teaching import Teaching
from raglan.train.verdict import Standing, judged
from raglan.train.weighing import attending, weighing

__all__ = ["train_reader"]


def train_reader(
    course: Course,
    start: Start,
    *,
    fusion: str = "bias",
    encoder: Encoder | None = None,
    shares: Shares | None = None,
    watch: Sequence[Watch] = (),
    told: Told | None = None,
    warn: Warn | None = None,
) -> Trained:
    """Train the reader of ``start`` in place; it is judged by the F1 of its answers.

    A question is read in ``course.hard`` blocks beside its own: those that its set says look right and, with ``bm25``, what
    its words find. Fusions by vectors weigh by those of ``encoder``, and W_a learns, too. Held-out questions are read in the
    same company. What it must be better than is itself before, or where its heads were new, silence. Of ``course.learning``
    only ``frozen`` counts. Raises as :func:`raglan.train.course.train_encoder` does, and :class:`ConfigError` for mined
    negatives, and for a fusion by vectors without an encoder.
    """
    if not isinstance(start.model, Reader):
        raise ConfigError("this is no reader")
    if course.negatives == "mined":
        raise ConfigError(
            "a reader has no vectors to mine negatives with; take bm25, or in-batch for what the sets name"
        )
    lessons, by = gathered(course.learn), accelerator(course.precision)
    blocks = 1 + course.hard
    held = held_out(course.held, blocks, warn)
    by_vectors = {"encoder": encoder.identity} if encoder and fusion in BY_VECTORS else {}
    plan = planned(course, start, lessons, {"fusion": fusion, "shares": str(shares or Shares()), **by_vectors})
    reader = start.model.to(by.device)
    cutter = Cutter.of(start.tokenizer, start.reading)
    if course.learning.frozen:
        freeze(reader.trunk, course.learning.frozen)
    weighed = _weighing(fusion, encoder, lessons, start)

    def answered(asked: Asked) -> list[Answered]:
        weigh = _pointing(weighed, encoder) if fusion == "attention" else None
        return by_answers(reader, cutter, asked, told, weigh=weigh)

    before = {name: _stood(asked, answered(asked)) if start.taught else silent(asked) for name, asked in held.items()}
    found = beside(lessons, course.learn, course.hard) if course.hard and course.negatives == "bm25" else ()
    one = ReadingLearning(
        reader,
        cutter,
        lessons.sources,
        blocks=blocks,
        shares=shares,
        fusion=fusion,
        weighing=weighed,
        seed=course.seed,
    )
    batches = Teaching(lessons, course.batch, one.batch, found=found, seed=course.seed)
    outcome = descended(course, plan, (one.model, one.objective), batches, watch, by)
    given = {name: answered(asked) for name, asked in held.items()}
    after = {name: _stood(held[name], each) for name, each in given.items()}
    every = [one for asked in held.values() for one in asked], [one for each in given.values() for one in each]
    calibration = foretelling(*every, seed=course.seed)
    kept = attending(weighed, encoder) if weighed and encoder else start.attending
    return Trained(reader, judged(before, after, seed=course.seed), lessons, outcome, calibration, kept)


def _stood(asked: Asked, given: Sequence[Answered]) -> Standing:
    return standing([one for one, _ in asked], given)


def _pointing(weighed: Weighing | None, encoder: Encoder | None) -> Weigh | None:
    """What weighs the sources of a question by W_a as it is by now."""
    if weighed is None or encoder is None:
        return None
    found = attending(weighed, encoder)
    return lambda question, many: found(question, many, encoder).weights


def _weighing(fusion: str, encoder: Encoder | None, lessons: Lessons, start: Start) -> Weighing | None:
    if fusion not in BY_VECTORS:
        return None
    if encoder is None:
        raise ConfigError(f"fusion {fusion!r} weighs by vectors; name the encoder that gives them (--encoder)")
    return weighing(encoder, lessons.sources, start.attending)
