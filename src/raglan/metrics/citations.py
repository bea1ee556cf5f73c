"""Citation recall and precision: whether what is said is backed by what is cited, and every citation needed.

Recall is the share of an answer's sentences that their citations support, together. Precision is the share of citations
that matter: the sentence is supported, and the citation supports it alone or the others do not without it. Who decides
on support is handed in, a function of a sentence and passages; without one, a passage that the row names as a positive
supports every sentence and no other passage does. Paper: Gao et al. 2023 (ALCE), which asks a language model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from raglan.metrics.metric import Metric, Run
from raglan.metrics.value import Statistics, Undefined, collected
from raglan.text.sentences import sentences
from raglan.types import Answer, Citation, Example, Passage, Span

__all__ = [
    "Backed",
    "Supports",
    "backed",
    "by_positives",
    "citation_precision",
    "citation_recall",
    "support",
    "support_precision",
]

Supports = Callable[[str, Sequence[Passage]], bool]
Score = Callable[["Backed"], float]

_SILENT = Undefined("the answer abstains: nothing is said that could be cited")
_UNLABELLED = Undefined("no passage is known to support an answer to this row")


@dataclass(frozen=True, slots=True)
class Backed:
    """Counts over one answer: its sentences, those supported; its citations, those that matter."""

    sentences: int
    supported: int
    citations: int
    needed: int

    @property
    def recall(self) -> float:
        """The share of sentences that are supported."""
        return self.supported / self.sentences if self.sentences else 0.0

    @property
    def precision(self) -> float:
        """The share of citations that matter; 0 where nothing is cited, as in the paper's script."""
        return self.needed / self.citations if self.citations else 0.0


def backed(answer: Answer, supports: Supports) -> Backed:
    """What the citations of ``answer`` are worth to ``supports``. A passage cited twice for a sentence counts once."""
    spans = sentences(answer.text)
    cited: list[dict[str, Passage]] = [{} for _ in spans]
    for citation in answer.citations:
        for place in _places(citation, spans):
            cited[place][citation.passage.id] = citation.passage
    needed = [_needed(span.of(answer.text), list(by.values()), supports) for span, by in zip(spans, cited, strict=True)]
    return Backed(
        sentences=len(spans),
        supported=sum(count is not None for count in needed),
        citations=sum(map(len, cited)),
        needed=sum(count or 0 for count in needed),
    )


def by_positives(example: Example) -> Supports:
    """Support as a row's labels give it: any of its positives, named by passage or by document, supports an answer."""
    known = frozenset(example.positives)
    return lambda _, passages: any(passage.id in known or passage.document in known for passage in passages)


def citation_recall() -> Metric:
    """Recall of citations where positives decide on support."""
    return _by_labels("citation_recall", lambda found: found.recall)


def citation_precision() -> Metric:
    """Precision of citations where positives decide on support."""
    return _by_labels("citation_precision", lambda found: found.precision)


def support(supports: Supports) -> Metric:
    """Recall of citations where ``supports`` decides: the share of sentences that are backed by what they cite."""
    return _by_judge("support", supports, lambda found: found.recall)


def support_precision(supports: Supports) -> Metric:
    """Precision of citations where ``supports`` decides."""
    return _by_judge("support_precision", supports, lambda found: found.precision)


def _by_labels(name: str, score: Score) -> Metric:
    def judge(answer: Answer, example: Example) -> tuple[float] | Undefined:
        if not example.positives:
            return _UNLABELLED
        return _scored(answer, by_positives(example), score)

    return _metric(name, judge)


def _by_judge(name: str, supports: Supports, score: Score) -> Metric:
    return _metric(name, lambda answer, _: _scored(answer, supports, score))


def _metric(name: str, judge: Callable[[Answer, Example], tuple[float] | Undefined]) -> Metric:
    def rows(run: Run) -> Statistics:
        return collected(map(judge, run.answers, run.examples))

    return Metric(name, frozenset({"answer", "citations"}), rows)


def _scored(answer: Answer, supports: Supports, score: Score) -> tuple[float] | Undefined:
    found = backed(answer, supports)
    return (score(found),) if found.sentences else _SILENT


def _places(citation: Citation, spans: Sequence[Span]) -> list[int]:
    """The sentences that a citation speaks for; one that stands between sentences speaks for the one before it."""
    found = [place for place, span in enumerate(spans) if span.overlaps(citation.span)]
    before = [place for place, span in enumerate(spans) if span.start <= citation.span.start]
    return found or before[-1:]


def _needed(sentence: str, passages: Sequence[Passage], supports: Supports) -> int | None:
    """How many of ``passages`` matter to the sentence; ``None`` where they do not support it."""
    if not passages or not supports(sentence, passages):
        return None
    if len(passages) == 1:
        return 1
    return sum(
        supports(sentence, [passage]) or not supports(sentence, [other for other in passages if other is not passage])
        for passage in passages
    )
