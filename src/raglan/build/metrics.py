"""Metrics by name, and those that are usual for a set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from raglan.datasets.dataset import Dataset
from raglan.generate.support import carried, rarity
from raglan.metrics.answers import unanswerable
from raglan.metrics.metric import Metric, split
from raglan.plugins import make
from raglan.types import Passage, Span

__all__ = ["metric", "metrics", "usual"]

_CARRIED = 0.5  # from here on the words of a passage support a sentence, as for the overlap critic


def metric(name: str) -> Metric:
    """The metric that a name such as ``f1`` or ``recall@5`` means; raises :class:`raglan.errors.ConfigError`."""
    base, options = split(name)
    made: Metric = make("metric", base, options, parts={"supports": _supports})
    return made


def metrics(names: Iterable[str]) -> list[Metric]:
    """The metrics of these names, none twice."""
    return list({one.name: one for one in map(metric, names)}.values())


def usual(data: Dataset, *, answering: bool, chosen: Sequence[str] = ()) -> list[str]:
    """What to measure on ``data``: ``chosen``, or else what is usual; and what every answer is asked on top.

    Abstention is scored where some rows have no answer, citations where passages are known.
    """
    judged = any(one.positives for one in data.examples) or bool(data.grades)
    return [*(chosen or _usual(data, judged, answering)), *(_always(data, judged) if answering else ())]


def _usual(data: Dataset, judged: bool, answering: bool) -> list[str]:
    if judged:
        names = ["recall@1", "recall@5", "recall@20", "mrr@10", "ndcg@10"]
    else:
        names = ["answer_recall@1", "answer_recall@5", "answer_recall@20"]
    if answering and any(one.answers for one in data.examples):
        names += ["em", "f1", "contains", *(["rougel"] if data.long else []), "confidence_auroc", "ece"]
    return names


def _always(data: Dataset, judged: bool) -> list[str]:
    barren = sum(map(unanswerable, data.examples))
    abstain = ["abstain_auroc"] if 0 < barren < len(data.examples) else []
    return [*abstain, *(["citation_precision", "citation_recall"] if judged else []), "support"]


def _supports(sentence: str, passages: Sequence[Passage]) -> bool:
    whole = [(passage, Span(0, len(passage.text))) for passage in passages]
    return carried(sentence, whole, rarity(passages)) >= _CARRIED
