"""A model card: what a model is and what it learned from, for the Hub and for people."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import version
from typing import Any, NamedTuple

from raglan.errors import ConfigError

__all__ = ["Card", "DataSet"]

_TASK = {  # as the Hub calls it, and what runs it here
    "encoder": ("sentence-similarity", "from raglan.encode.onnx import OnnxEncoder\n\nencoder = OnnxEncoder"),
    "ranker": ("text-ranking", "from raglan.search.cross import CrossRanker\n\nranker = CrossRanker"),
    "reader": ("question-answering", "from raglan.generate.reader import ReaderGenerator\n\nreader = ReaderGenerator"),
}


class DataSet(NamedTuple):
    """What a model learned from: ``rows`` of ``name``, as the Hub calls it if it is there, under ``licence``."""

    name: str
    licence: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model is and where it comes from: the facts that its maker states, and no others.

    ``about`` and ``limits`` are sentences, ``recipe`` the command, ``metrics`` figures by data set and metric, ``parents``
    the models that it began from or was taught by. Raises :class:`ConfigError` for a name that is no file's and for
    figures that are not finite.
    """

    name: str
    about: str
    licence: str
    languages: tuple[str, ...]
    recipe: str
    seed: int
    date: date
    data: tuple[DataSet, ...] = ()
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    parents: tuple[str, ...] = ()
    limits: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w-][\w.-]*", self.name):
            raise ConfigError(f"name is {self.name!r}; a model's name is of letters, digits, '-', '_' and '.'")
        for data, figures in self.metrics.items():
            for metric, value in figures.items():
                if not math.isfinite(value):
                    raise ConfigError(f"{metric} on {data} is {value}: a card holds figures that were measured")

    def facts(self) -> dict[str, Any]:
        """What ``raglan.json`` keeps of it."""
        data = [one._asdict() for one in self.data]
        return {"created_by": f"raglan {version('raglan')}", **asdict(self), "data": data, "date": str(self.date)}

    def text(self, kind: str) -> str:
        """The card of a ``kind`` of model: facts for the Hub at its head, where JSON is YAML as well, then for people."""
        task, how = _TASK[kind]
        figures = [(data, metric, value) for data, some in self.metrics.items() for metric, value in some.items()]
        results = [_result(task, *figure) for figure in figures]
        front = {
            "license": self.licence,
            "language": self.languages,
            "library_name": "raglan",
            "pipeline_tag": task,
            "tags": ["raglan", kind, "onnx"],
            "datasets": [one.name for one in self.data if re.fullmatch(r"[\w.-]+(/[\w.-]+)?", one.name)],
            "base_model": [parent for parent in self.parents if re.fullmatch(r"[\w.-]+/[\w.-]+", parent)],
            "metrics": sorted({metric for _, metric, _ in figures}),
            "model-index": [{"name": self.name, "results": results}] if results else [],
        }
        head = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items() if value]
        parts = {
            f"# {self.name}": self.about,
            "## Use": f'```python\n{how}("{self.name}")  # the path of this folder\n```',
            "## Data": _table(
                ("data", "licence", "rows"), [(one.name, one.licence, f"{one.rows:,}") for one in self.data]
            ),
            "## Recipe": f"```text\n{self.recipe}\n```\n\nSeed {self.seed}, {self.date.isoformat()}.",
            "## Figures": _table(("data", "metric", "value"), figures),
            "## Limits": self.limits,
            "## From": "\n".join(f"- {parent}" for parent in self.parents if parent),
        }
        return (
            "\n".join(["---", *head, "---", *(f"\n{title}\n\n{text}" for title, text in parts.items() if text)]) + "\n"
        )


def _result(task: str, data: str, metric: str, value: float) -> dict[str, Any]:
    figure = {"type": metric, "value": value}
    return {"task": {"type": task}, "dataset": {"name": data, "type": data}, "metrics": [figure]}


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [" | ".join(str(one).replace("|", "\\|") for one in row) for row in (names, ["---"] * len(names), *rows)]
    return "\n".join(f"| {line} |" for line in lines) if rows else ""
