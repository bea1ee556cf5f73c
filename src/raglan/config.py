"""A configuration: which part stands for each kind, with which options. One small TOML file, or nothing.

::

    encoder = "/models/mine"
    generator = { use = "openai", base_url = "http://127.0.0.1:8080/v1", model = "qwen3", key_env = "MY_KEY" }
    merge = { use = "minmax", dense = 0.6 }
    k = 10
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from raglan.errors import ConfigError

__all__ = ["Config", "Spec"]


@dataclass(frozen=True, slots=True)
class Spec:
    """A part by name, and its options."""

    use: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


_DEFAULT = {
    "chunker": "structure",
    "encoder": "builtin",
    "merge": "learned",
    "fusion": "softmax",
    "generator": "either",
    "critic": "overlap",
    "reranker": "none",
    "segmenter": "none",
    "surveyor": "words",
    "privacy": "none",
    "asker": "facets",
    "graph": "none",
}
_NUMBERS = {"k": 8, "threshold": 0.25, "risk": 0, "refine": 0}


@dataclass(frozen=True, slots=True)
class Config:
    """Specs by kind, and the numbers that a :class:`raglan.rag.Rag` takes. ``none`` leaves an optional part out.

    ``risk`` is the share of answers that may be wrong, of a generator that states it, and stands for ``threshold``; 0: none.
    ``refine`` is how often a draft at fault is written again before its faults are mended; 0: drafts stay as they are.
    ``named`` are the kinds that are not as they are by default because nobody spoke of them.
    """

    specs: Mapping[str, Spec] = field(default_factory=lambda: {k: Spec(v) for k, v in _DEFAULT.items()}, hash=False)
    k: int = 8
    threshold: float = 0.25
    risk: float = 0.0
    named: frozenset[str] = frozenset()
    refine: int = 0

    def using(self, kind: str, spec: Spec) -> Config:
        """The same with another part of a ``kind``, which counts as named."""
        return replace(self, specs={**self.specs, kind: spec}, named=self.named | {kind})

    @classmethod
    def of(cls, table: Mapping[str, Any], place: str = "configuration") -> Config:
        """From a table as TOML gives it; what it does not name stays as it is by default."""
        unknown = sorted(set(table) - set(_DEFAULT) - set(_NUMBERS))
        if unknown:
            known = ", ".join([*_DEFAULT, *_NUMBERS])
            raise ConfigError(f"{place}: {unknown[0]!r} means nothing here; there are {known}")
        specs = {kind: _spec(kind, table.get(kind, use), place) for kind, use in _DEFAULT.items()}
        numbers = {name: _number(name, table.get(name, default), place) for name, default in _NUMBERS.items()}
        if numbers["k"] < 1 or numbers["k"] % 1:
            raise ConfigError(f"{place}: k must be a whole number, 1 or more; it is {numbers['k']:g}")
        if numbers["threshold"] > 1:
            raise ConfigError(f"{place}: threshold is a probability, 0 to 1; it is {numbers['threshold']:g}")
        if numbers["risk"] >= 1:
            raise ConfigError(f"{place}: risk is a share of answers, below 1; it is {numbers['risk']:g}")
        if numbers["risk"] and "threshold" in table:
            raise ConfigError(f"{place}: risk stands for threshold; leave one of them out")
        if numbers["refine"] % 1:
            raise ConfigError(f"{place}: refine must be a whole number, 0 or more; it is {numbers['refine']:g}")
        if numbers["risk"] and numbers["refine"]:
            raise ConfigError(
                f"{place}: risk is known of drafts as they are written; leave out refine, or name a threshold"
            )
        named = frozenset(_DEFAULT) & frozenset(table)
        return cls(
            specs, int(numbers["k"]), numbers["threshold"], numbers["risk"], named=named, refine=int(numbers["refine"])
        )

    @classmethod
    def read(cls, path: Path) -> Config:
        """From a TOML file; raises :class:`ConfigError` naming file and fault."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error
        return cls.of(table, str(path))


def _spec(kind: str, value: Any, place: str) -> Spec:
    if isinstance(value, str):
        return Spec(value)
    if isinstance(value, dict) and isinstance(value.get("use"), str):
        return Spec(value["use"], {name: option for name, option in value.items() if name != "use"})
    raise ConfigError(f'{place}: {kind} must be a name, or a table with use = "name"; it is {value!r}')


def _number(name: str, value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigError(f"{place}: {name} must be a number, 0 or more; it is {value!r}")
    return float(value)
