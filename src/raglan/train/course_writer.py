"""The course of a writer: a reader learns to write while all that it reads and points with is at rest.

As :mod:`raglan.train.course_reader`, whose lessons it has; what is learned is :mod:`raglan.nn.writer` alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from raglan.errors import ConfigError
from raglan.models.blocks import Cutter
from raglan.nn.reader import Reader
from raglan.nn.writer import RANK, Writer
from raglan.train.ahead import Ahead
from raglan.train.answering import beside
from raglan.train.course import Course, descended, planned
from raglan.train.fusing import ReadingBatch, Shares, at_rest
from raglan.train.lessons import Lessons, gathered
from raglan.train.plan import Outcome, Watch
from raglan.train.reading import ReadingLearning
from raglan.train.start import Start
from raglan.train.step import accelerator
from raglan.train.teaching import Teaching

__all__ = ["train_writer"]


def train_writer(
    course: Course,
    start: Start,
    *,
    fusion: str = "bias",
    rank: int = RANK,
    quotes: bool = True,
    watch: Sequence[Watch] = (),
) -> tuple[Lessons, Outcome]:
    """Teach the reader of ``start`` to write, in place: answers, and where one can be made, sentences.

    A question comes with ``course.hard`` blocks beside its own, as in :func:`raglan.train.course_reader.train_reader`; of
    ``course.held`` nothing is asked, and ``course.learning`` does not count. ``quotes`` is what
    :class:`raglan.train.reading.ReadingLearning` takes. A reader without a writer gets one, of this
    ``rank``. Raises as :func:`raglan.train.course.train_encoder` does, and :class:`ConfigError` for what is no reader.
    """
    reader = start.model
    if not isinstance(reader, Reader):
        raise ConfigError("this is no reader")
    lessons, by = gathered(course.learn), accelerator(course.precision)
    plan = planned(course, start, lessons, {"fusion": fusion, "writes": rank, "quotes": quotes})
    reader.writer = reader.writer or Writer.beside(reader, rank=rank, seed=course.seed)
    for name, weight in reader.named_parameters():
        weight.requires_grad_(name.startswith("writer."))
    reader.to(by.device)
    found = beside(lessons, course.learn, course.hard) if course.hard and course.negatives == "bm25" else ()
    one = ReadingLearning(
        reader,
        Cutter.of(start.tokenizer, start.reading),
        lessons.sources,
        blocks=1 + course.hard,
        shares=Shares(ends=0.0, support=0.0, write=1.0),
        fusion=fusion,
        quotes=quotes,
        seed=course.seed,
    )
    batches = Teaching(lessons, course.batch, one.batch, found=found, seed=course.seed)

    def read(batch: ReadingBatch) -> ReadingBatch:
        with by.autocast():
            return batch._replace(read=at_rest(reader, batch.sources.to(by.device)))

    return lessons, descended(course, plan, (one.model, one.objective), Ahead(batches, read), watch, by)
