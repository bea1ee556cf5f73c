"""What an evaluation found: a value with its interval for every system and metric, and a row for every question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from raglan.evaluate.resample import Contest
from raglan.metrics.value import Undefined, Value

__all__ = ["Outcome", "Report", "Row", "Score", "Told"]

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's value over ``rows`` rows, and its 95 % interval, ``None`` where that cannot be said.

    ``reasons`` counts the rows without a value, by why they have none.
    """

    value: Value
    low: float | None = None
    high: float | None = None
    rows: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One system: its scores by metric, and, by metric, how it stands against the first system.

    ``recall`` are points (k, share of questions with a relevant passage among the first k); ``risk`` are points
    (share of questions that are answered, share of wrong ones among them), the surest first. Either is empty where there
    is nothing to draw. ``seconds`` is for all questions; ``failed`` says why a question got no answer, by row.
    """

    scores: Mapping[str, Score]
    contests: Mapping[str, Contest]
    seconds: float
    recall: Curve = ()
    risk: Curve = ()
    failed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What one system gave for one question.

    ``found`` and ``cited`` name passages as the row does: by document, where it names documents; ``passages`` are the ids of
    those found. ``answer`` is ``None`` of a system that only searches, and empty where it abstained.
    """

    scores: Mapping[str, float]
    found: tuple[str, ...] = ()
    answer: str | None = None
    confidence: float = 0.0
    cited: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One question, what was wanted, and what every system gave."""

    id: str
    question: str
    answers: tuple[str, ...]
    positives: tuple[str, ...]
    told: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class Report:
    """All of an evaluation.

    ``lower`` names the metrics of which less is better, ``judged`` those that judge answers; ``texts`` holds the passages
    named.
    """

    data: str
    seed: int
    passages: int
    metrics: tuple[str, ...]
    systems: Mapping[str, Outcome]
    rows: tuple[Row, ...]
    lower: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    judged: frozenset[str] = frozenset()

    def brief(self) -> dict[str, Any]:
        """What ``raglan eval --json`` prints; what is undefined is left out."""
        return {
            "data": self.data,
            "questions": len(self.rows),
            "passages": self.passages,
            "systems": {name: _means(outcome) for name, outcome in self.systems.items()},
            "seconds": {name: round(outcome.seconds, 4) for name, outcome in self.systems.items()},
        }

    def undefined(self) -> dict[str, dict[str, str]]:
        """For each system the metrics without a value, and why."""
        return {
            name: {m: str(s.value) for m, s in outcome.scores.items() if isinstance(s.value, Undefined)}
            for name, outcome in self.systems.items()
        }

    def save(self, path: Path) -> None:
        """Everything but the texts of passages, as JSON."""
        whole = {
            **self.brief(),
            "seed": self.seed,
            "undefined": self.undefined(),
            "rows_without_value": {
                name: {m: dict(s.reasons) for m, s in outcome.scores.items() if s.reasons}
                for name, outcome in self.systems.items()
            },
            "against_first": {
                name: {m: asdict(c) for m, c in outcome.contests.items()} for name, outcome in self.systems.items()
            },
            "failed": {
                name: {self.rows[at].id: why for at, why in o.failed.items()} for name, o in self.systems.items()
            },
            "rows": [asdict(row) for row in self.rows],
        }
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        # Half a character, which a server may send, has no UTF-8; with a backslash it is JSON's own spelling of it.
        path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _means(outcome: Outcome) -> dict[str, dict[str, float]]:
    return {
        name: {"mean": score.value, "low": _or(score.low, score.value), "high": _or(score.high, score.value)}
        for name, score in outcome.scores.items()
        if isinstance(score.value, float)
    }


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
