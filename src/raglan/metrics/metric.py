"""What a metric is: a statistic for every row, and a value for any choice of rows.

A :class:`Run` holds what one system gave for a set of examples. ``metric.rows(run)`` is a matrix with a row per example
(:class:`raglan.metrics.value.Statistics`); ``metric.value(matrix)`` is the value of any of these rows, chosen, repeated
or swapped between systems. So one loop serves means and what is no mean (BLEU, AUROC, ECE)::

    statistics = metric.rows(run)
    kept = statistics.values[statistics.defined]  # [rows, width]
    value = metric.value(kept)  # a float, or Undefined with its reason
    again = metric.value(kept[rng.integers(len(kept), size=len(kept))])  # one draw of a bootstrap
    scores = metric.each(kept) if metric.each else None  # a score per row, to compare rows with

A metric of your own that judges one answer at a time is a function; :func:`of_answers` makes a metric of it. The entry
points of ``raglan.metric`` name functions that make metrics; what stands behind the ``@`` of ``recall@5`` reaches them
as ``at`` (:func:`split`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, cast

from raglan.errors import ConfigError
from raglan.metrics.value import Matrix, Statistics, Undefined, Value, collected
from raglan.types import Answer, Example

__all__ = ["Metric", "Need", "Run", "cutoff", "first", "mean", "named", "of_answers", "split"]

Need = Literal["ranking", "texts", "answer", "confidence", "citations"]
T = TypeVar("T")

_NAME = re.compile(r"([a-z][a-z0-9_-]*)(?:@(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What one system gave for ``examples``, row by row; a column that it does not fill is empty.

    ``rankings``: passages, best first, by the ids that the examples use; an id counts at its first rank only.
    ``texts``: the text of every ranked passage, where a metric is to read it, by its own id; where rankings go by documents
    ``passages`` names the passages rank by rank. ``answers``: what was replied; a question back
    is for the caller to resolve. ``grades``: for an example, by its place from 0, how relevant passages are to it
    (above 0); where that is not known every positive has grade 1.
    """

    examples: Sequence[Example]
    rankings: Sequence[Sequence[str]] = ()
    answers: Sequence[Answer] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    passages: Sequence[Sequence[str]] = ()
    grades: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    _made: dict[Callable[[Run], object], object] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for name, column in {"rankings": self.rankings, "answers": self.answers, "passages": self.passages}.items():
            if column and len(column) != len(self.examples):
                raise ValueError(f"{len(column)} {name} for {len(self.examples)} examples")

    @property
    def has(self) -> frozenset[Need]:
        """What metrics may ask of this run."""
        found: set[Need] = set()
        if self.rankings:
            found |= {"ranking", "texts"} if self.texts else {"ranking"}
        if self.answers:
            found |= {"answer", "confidence", "citations"}
        return frozenset(found)

    def once(self, make: Callable[[Run], T]) -> T:
        """``make(self)``, computed at the first call: work that several metrics share."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])


def mean(values: Matrix) -> Value:
    """The mean of the first column of ``values`` [rows, width]."""
    return float(values[:, 0].mean()) if len(values) else Undefined("no row has a value")


def first(values: Matrix) -> Matrix:
    """The first column of ``values`` [rows, width] as the rows' own scores [rows]."""
    return values[:, 0]


@dataclass(frozen=True, slots=True)
class Metric:
    """A name, what it needs of a :class:`Run`, and its two halves; see this module's first lines.

    ``each`` gives [rows, width] -> [rows], a score for each row, and is ``None`` where only a set has a value;
    ``lower`` says that less is better.
    """

    name: str
    needs: frozenset[Need]
    rows: Callable[[Run], Statistics]
    value: Callable[[Matrix], Value] = mean
    each: Callable[[Matrix], Matrix] | None = first
    lower: bool = False

    def of(self, run: Run) -> Value:
        """The value over all rows of ``run`` that have one; where none has, the commonest reason."""
        lacking = self.needs - run.has
        if lacking:
            return Undefined(f"{self.name} needs {', '.join(sorted(lacking))}, which this run does not have")
        statistics = self.rows(run)
        kept = statistics.values[statistics.defined]
        return self.value(kept) if len(kept) else Undefined(next(iter(statistics.reasons), "there are no rows"))


def of_answers(name: str, judge: Callable[[Answer, Example], Value], *, needs: Sequence[Need] = ("answer",)) -> Metric:
    """The mean of what ``judge`` says of each answer: the smallest metric of one's own.

    >>> from raglan.types import Query
    >>> brief = of_answers("brief", lambda answer, example: float(len(answer.text) < 100))
    >>> brief.of(Run([Example(Query("How long?"))], answers=[Answer("Two years.")]))
    1.0
    """

    def rows(run: Run) -> Statistics:
        judged = map(judge, run.answers, run.examples)
        return collected(value if isinstance(value, Undefined) else (value,) for value in judged)

    return Metric(name, frozenset(needs), rows)


def named(base: str, at: float | None) -> str:
    """The name that :func:`split` takes apart.

    >>> named("recall", 5), named("f1", None)
    ('recall@5', 'f1')
    """
    return base if at is None else f"{base}@{at:g}"


def cutoff(at: float | None) -> int | None:
    """What stands behind the ``@`` as a whole number, of ranks for example."""
    if at is not None and (at < 1 or at != int(at)):
        raise ValueError(f"at is {at}, must be a whole number of at least 1")
    return None if at is None else int(at)


def split(name: str) -> tuple[str, dict[str, int | float]]:
    """The name of a metric's maker, and the options to call it with.

    >>> split("recall@5"), split("coverage@0.1"), split("f1")
    (('recall', {'at': 5}), ('coverage', {'at': 0.1}), ('f1', {}))
    >>> split("recall@")
    Traceback (most recent call last):
    raglan.errors.ConfigError: 'recall@' is not a metric's name; write it as in f1 or recall@5
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ConfigError(f"{name!r} is not a metric's name; write it as in f1 or recall@5")
    base, at = match.groups()
    if at is None:
        return base, {}
    return base, {"at": float(at) if "." in at else int(at)}
