"""Systems against each other on the same questions, judged by the same metrics: deterministic, local, never NaN."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from raglan.datasets.dataset import Dataset
from raglan.evaluate.curves import recall_curve, risk_curve
from raglan.evaluate.given import Asking, System, given
from raglan.evaluate.report import Outcome, Report, Row, Score, Told
from raglan.evaluate.resample import Resampling, contest, interval
from raglan.metrics.metric import Metric, Run
from raglan.types import Answer, Example, Passage

__all__ = ["evaluate"]

_BATCH = 1_000
_SHOWN = 5  # passages a row keeps of each system

Watch = Callable[[str, int, int], object]


@dataclass(slots=True)
class _Column:
    """What one system has given so far."""

    rankings: list[tuple[str, ...]] = field(default_factory=list)
    passages: list[tuple[str, ...]] = field(default_factory=list)
    cited: list[tuple[str, ...]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def evaluate(
    systems: Mapping[str, System],
    examples: Dataset | Sequence[Example],
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    asking: Asking | None = None,
    watch: Watch | None = None,
) -> Report:
    """Ask every system every question, and compare: values with intervals, and a test against the first system.

    A :class:`raglan.rag.Rag` searches and answers; any other system only searches. ``asking`` says how they are asked. A
    metric that a system gives nothing for is left out of its outcome.
    """
    data = examples if isinstance(examples, Dataset) else Dataset("examples", tuple(examples))
    if not systems or not data.examples:
        raise ValueError(f"{len(systems)} systems and {len(data.examples)} examples: nothing to evaluate")
    columns, texts = _asked(systems, data, asking or Asking(), watch)
    runs = {name: _run(data, column, texts) for name, column in columns.items()}
    judged = {name: _Judged(metrics, run) for name, run in runs.items()}
    first, drawn = judged[next(iter(systems))], Resampling(seed)
    return Report(
        data.name,
        seed,
        sum(1 for _ in data.passages),
        tuple(metric.name for metric in metrics if any(metric in one.statistics for one in judged.values())),
        {name: _outcome(columns[name], one, first, drawn) for name, one in judged.items()},
        _rows(data, columns, {name: one.each() for name, one in judged.items()}),
        frozenset(metric.name for metric in metrics if metric.lower),
        texts,
        frozenset(metric.name for metric in metrics if "answer" in metric.needs),
    )


class _Judged:
    """A run, and the statistics of every metric that it gives anything for."""

    def __init__(self, metrics: Sequence[Metric], run: Run) -> None:
        self.run = run
        self.statistics = {metric: metric.rows(run) for metric in metrics if metric.needs <= run.has}

    def score(self, metric: Metric, drawn: Resampling) -> Score:
        """The value, and how sure it is."""
        statistics = self.statistics[metric]
        kept = statistics.values[statistics.defined]
        value = metric.of(self.run) if not len(kept) else metric.value(kept)
        sure = interval(metric, kept, drawn) if isinstance(value, float) else None
        low, high = sure or (None, None)
        return Score(value, low, high, len(kept), statistics.reasons)

    def each(self) -> dict[str, dict[int, float]]:
        """By metric the score of every row that has one."""
        found: dict[str, dict[int, float]] = {}
        for metric, statistics in self.statistics.items():
            if metric.each is not None:
                kept = statistics.defined.nonzero()[0].tolist()
                scores = metric.each(statistics.values[kept]).tolist() if kept else []
                found[metric.name] = dict(zip(kept, scores, strict=True))
        return found


def _asked(
    systems: Mapping[str, System], data: Dataset, asking: Asking, watch: Watch | None
) -> tuple[dict[str, _Column], dict[str, str]]:
    """Batch by batch, so that no more than one batch's passages are held for all systems."""
    named = _named(data)
    gold = _gold(data, named) if asking.gold else {}
    texts = {one.id: one.text for passages in gold.values() for one in passages}
    columns = {name: _Column() for name in systems}
    for start in range(0, len(data.examples), _BATCH):
        batch = data.examples[start : start + _BATCH]
        for name, system in systems.items():
            if watch:
                watch(name, start, len(data.examples))
            column, before = columns[name], asking.clock()
            found = given(system, batch, asking, gold)
            column.seconds += asking.clock() - before
            column.answers += found.answers
            column.failed |= {start + at: why for at, why in found.failed.items()}
            column.rankings += [tuple(_named_as(hit.passage, named) for hit in hits) for hits in found.hits]
            column.passages += [tuple(hit.passage.id for hit in hits) for hits in found.hits]
            column.cited += [_cited(answer, named) for answer in found.answers]
            texts |= {hit.passage.id: hit.passage.text for hits in found.hits for hit in hits}
    return columns, texts


def _named(data: Dataset) -> frozenset[str]:
    found = {name for one in data.examples for name in (*one.positives, *one.negatives)}
    return frozenset(found.union(*data.grades.values()))


def _named_as(passage: Passage, named: frozenset[str]) -> str:
    """A passage by its id, or by its document's where the examples name documents."""
    return passage.document if passage.document in named and passage.id not in named else passage.id


def _cited(answer: Answer, named: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_named_as(citation.passage, named) for citation in answer.citations))


def _gold(data: Dataset, named: frozenset[str]) -> dict[str, list[Passage]]:
    """The passages that examples name, by that name: one, or all of a document."""
    found: dict[str, list[Passage]] = {}
    for passage in data.passages:
        name = _named_as(passage, named)
        if name in named:
            found.setdefault(name, []).append(passage)
    if not found:
        raise ValueError("no passage that the examples name is at hand: there is no gold evidence to read")
    return found


def _run(data: Dataset, column: _Column, texts: Mapping[str, str]) -> Run:
    return Run(
        data.examples,
        column.rankings,
        column.answers,
        texts=texts if column.rankings else {},
        passages=column.passages,
        grades=data.grades,
    )


def _outcome(column: _Column, own: _Judged, first: _Judged, drawn: Resampling) -> Outcome:
    contests = {}
    # The first system is not tried against itself.
    for metric in [metric for metric in own.statistics if own is not first and metric in first.statistics]:
        found = contest(metric, first.statistics[metric], own.statistics[metric], drawn)
        if found is not None:
            contests[metric.name] = found
    return Outcome(
        {metric.name: own.score(metric, drawn) for metric in own.statistics},
        contests,
        column.seconds,
        recall_curve(own.run) if own.run.rankings else (),
        risk_curve(own.run) if own.run.answers else (),
        column.failed,
    )


def _rows(
    data: Dataset, columns: Mapping[str, _Column], scores: Mapping[str, Mapping[str, Mapping[int, float]]]
) -> tuple[Row, ...]:
    return tuple(
        Row(
            data.ids[at] if data.ids else str(at + 1),
            example.query.text,
            example.answers,
            example.positives,
            {name: _told(column, at, scores[name]) for name, column in columns.items()},
        )
        for at, example in enumerate(data.examples)
    )


def _told(column: _Column, at: int, scores: Mapping[str, Mapping[int, float]]) -> Told:
    own = {name: by_row[at] for name, by_row in scores.items() if at in by_row}
    found, passages = (column.rankings[at][:_SHOWN], column.passages[at][:_SHOWN]) if column.rankings else ((), ())
    if not column.answers:
        return Told(own, found, passages=passages)
    answer = column.answers[at]
    # JSON has no NaN; the metrics of confidence give it as their reason.
    sure = answer.confidence if math.isfinite(answer.confidence) else 0.0
    return Told(own, found, answer.text, sure, column.cited[at], passages)
