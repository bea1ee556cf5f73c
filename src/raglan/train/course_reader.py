"""The course of a reader: lessons from labelled sets, steps, and the gate, which judges how it answers.

As :mod:`raglan.train.course`, whose form it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from raglan.encode.remembering import Remembering
from raglan.errors import ConfigError
from raglan.generate.fusing import BY_VECTORS
from raglan.models.blocks import Cutter
from raglan.nn.reader import Reader
from raglan.protocols import Encoder
from raglan.train.answering import Answered, Asked, Weigh, beside, by_answers, foretelling, held_out, silent, standing
from raglan.train.begun import origin
from raglan.train.course import Course, Told, Trained, Warn, descended, planned
from raglan.train.frozen import freeze
from raglan.train.fusing import Shares
from raglan.train.gate import Encode, by_vectors
from raglan.train.gate import asked as sought
from raglan.train.lessons import Lessons, gathered
from raglan.train.plan import Watch
from raglan.train.reading import ReadingLearning, Weighing
from raglan.train.start import Start
from raglan.train.step import accelerator
from raglan.train.teaching import Teaching
from raglan.train.verdict import Standing, judged
from raglan.train.weighing import asks, attending, weighing

__all__ = ["train_reader"]


def train_reader(
    course: Course,
    start: Start,
    *,
    fusion: str = "bias",
    encoder: Encoder | None = None,
    joint: Start | None = None,
    shares: Shares | None = None,
    watch: Sequence[Watch] = (),
    told: Told | None = None,
    warn: Warn | None = None,
) -> Trained:
    """Train the reader of ``start`` in place; it is judged by the F1 of its answers.

    A question is read in ``course.hard`` blocks beside its own: those that its set says look right and, with ``bm25``, what
    its words find. Fusions by vectors weigh by those of ``encoder``, and W_a learns, too; of ``joint``, which is the same
    encoder, the tower of questions learns in place. Held-out questions are read in the same company. What it must be better
    than is itself before, or where its heads were new, silence. Of ``course.learning`` only ``frozen`` counts. Raises as
    :func:`raglan.train.course.train_encoder` does, and :class:`ConfigError` for mined negatives, for a fusion by vectors
    without an encoder, and for any other with a ``joint`` one.
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
    if joint and fusion not in BY_VECTORS:
        raise ConfigError(
            f"fusion {fusion!r} asks no encoder, so that none learns with it; take {' or '.join(BY_VECTORS)}"
        )
    chosen = {"fusion": fusion, "shares": str(shares or Shares())}
    if encoder and fusion in BY_VECTORS:
        chosen |= {"encoder": encoder.identity, "joint": origin(joint) if joint else ""}
        encoder = Remembering(encoder)  # the same passages are weighed for many questions
    plan = planned(course, start, lessons, chosen)
    reader = start.model.to(by.device)
    cutter = Cutter.of(start.tokenizer, start.reading)
    if course.learning.frozen:
        freeze(reader.trunk, course.learning.frozen)
    weighed = _weighing(fusion, encoder, joint, lessons, start)
    if joint:
        joint.model.to(by.device)

    def answered(asked: Asked) -> list[Answered]:
        weigh = _pointing(weighed, encoder) if fusion == "attention" else None
        return by_answers(reader, cutter, asked, told, weigh=weigh)

    found_before = _finds(course, weighed, encoder)
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
    verdict = judged(before, after, seed=course.seed)
    finds = _finds(course, weighed, encoder)
    _tell_loss(found_before, finds, warn)
    return Trained(reader, verdict, lessons, outcome, calibration, kept, joint, finds)


def _stood(asked: Asked, given: Sequence[Answered]) -> Standing:
    return standing([one for one, _ in asked], given)


def _pointing(weighed: Weighing | None, encoder: Encoder | None) -> Weigh | None:
    """What weighs the sources of a question by W_a as it is by now."""
    if weighed is None or encoder is None:
        return None
    found, by = attending(weighed, encoder), asks(weighed, encoder)
    return lambda question, many: found(question, many, by).weights


def _finds(course: Course, weighed: Weighing | None, encoder: Encoder | None) -> dict[str, Standing]:
    """How what is held out is found by an encoder that learns, as it is by now; nothing where none does."""
    if weighed is None or encoder is None or weighed.tower is None:
        return {}
    by = asks(weighed, encoder)
    encode: Encode = lambda texts, role: by.encode(texts, role=role)  # noqa: E731
    return {data.name: by_vectors(encode, data) for data in course.held if sought(data)}


def _tell_loss(before: Mapping[str, Standing], after: Mapping[str, Standing], warn: Warn | None) -> None:
    for name, one in after.items():
        was, now = before[name].means()[one.by], one.means()[one.by]
        if warn is not None and now < was:
            warn(f"{name}: the questions' tower finds less than before, {one.by} {now:.3f} instead of {was:.3f}")


def _weighing(
    fusion: str, encoder: Encoder | None, joint: Start | None, lessons: Lessons, start: Start
) -> Weighing | None:
    if fusion not in BY_VECTORS:
        return None
    if encoder is None:
        raise ConfigError(f"fusion {fusion!r} weighs by vectors; name the encoder that gives them (--encoder)")
    return weighing(encoder, lessons.sources, start.attending, joint=joint)
