"""Answers that are always the same: a file of intents, each with examples of how it is asked, matched by words and vectors.

In TOML::

    [[intent]]
    name = "hours"
    examples = ["When are you open?", "你们几点开门？"]
    answer = { en = "Nine to five, Monday to Friday.", zh = "周一至周五，九点到五点。" }

``answer`` may be one text for all languages. As JSON lines, an object of the same keys a line.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raglan.errors import ConfigError
from raglan.protocols import Encoder, covered
from raglan.text.words import content_terms, is_chinese, terms

__all__ = ["Intent", "Intents", "Match", "intents"]

_VECTORS = 0.5  # their share, where the encoder reads all of what was said


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that is often asked; ``answers`` by language, ``en``, ``zh`` or, for any, an empty name."""

    name: str
    examples: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]

    def answer(self, asked: str) -> str:
        """The answer in the language of ``asked``, if there is one, else the first."""
        known = dict(self.answers)
        return known.get("zh" if is_chinese(asked) else "en") or known.get("") or self.answers[0][1]


@dataclass(frozen=True, slots=True)
class Match:
    """The intent whose ``example`` is nearest, and how near, 0 to 1."""

    intent: Intent
    example: str
    score: float


def intents(path: Path) -> list[Intent]:
    """The intents of a TOML or JSON lines file; raises :class:`ConfigError` for one that holds something else."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); name a TOML or JSON lines file of intents") from error
    try:
        rows = _lines(text) if path.suffix == ".jsonl" else tomllib.loads(text).get("intent", [])
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not rows or not isinstance(rows, list):
        raise ConfigError(f"{path} has no intents; it needs tables [[intent]] with name, examples and answer")
    return [_intent(row, f"{path}, intent {number}") for number, row in enumerate(rows, 1)]


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _intent(row: Any, place: str) -> Intent:
    if not isinstance(row, Mapping):
        raise ConfigError(f"{place} is {row!r}, must be a table with name, examples and answer")
    name, examples, answer = row.get("name"), row.get("examples"), row.get("answer")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{place}: name is {name!r}, must be a text")
    if (
        not isinstance(examples, list)
        or not examples
        or not all(isinstance(one, str) and one.strip() for one in examples)
    ):
        raise ConfigError(f"{place} ({name}): examples is {examples!r}, must be a list of questions")
    answers = {"": answer} if isinstance(answer, str) else answer
    if (
        not isinstance(answers, Mapping)
        or not answers
        or not all(isinstance(one, str) and one for one in answers.values())
    ):
        raise ConfigError(f"{place} ({name}): answer is {answer!r}, must be a text, or a text for en and zh")
    return Intent(name, tuple(examples), tuple(answers.items()))


class Intents:
    """Finds the intent of what is said: by words that tell the examples apart, and by vectors where the encoder reads it."""

    def __init__(self, known: Sequence[Intent], encoder: Encoder | None = None) -> None:
        self._examples = [(intent, example) for intent in known for example in intent.examples]
        self._terms = [Counter(_said(example)) for _, example in self._examples]
        held = Counter(term for one in self._terms for term in one)
        self._weights = {term: math.log(1 + len(self._terms) / count) for term, count in held.items()}
        self._rare = math.log(1 + 2 * len(self._terms))
        self._encoder = encoder
        self._vectors = encoder.encode([example for _, example in self._examples], role="query") if encoder else None

    def nearest(self, text: str) -> Match | None:
        """The best match of ``text``, however poor; ``None`` where there are no intents."""
        if not self._examples:
            return None
        scores = self._scores(text)
        best = max(range(len(scores)), key=lambda at: scores[at])
        return Match(*self._examples[best], scores[best])

    def _scores(self, text: str) -> list[float]:
        said = Counter(_said(text))
        words = [self._cosine(said, one) for one in self._terms]
        if self._encoder is None or self._vectors is None:
            return words
        share = _VECTORS * covered(self._encoder, [text])[0]
        near = (self._vectors @ self._encoder.encode([text], role="query")[0]).tolist()
        return [(1 - share) * one + share * max(0.0, other) for one, other in zip(words, near, strict=True)]

    def _cosine(self, one: Counter[str], other: Counter[str]) -> float:
        both = sum(self._weight(term) ** 2 for term in one.keys() & other.keys())
        return both / (self._length(one) * self._length(other) or 1.0)

    def _length(self, one: Counter[str]) -> float:
        return math.sqrt(sum(self._weight(term) ** 2 for term in one))

    def _weight(self, term: str) -> float:
        # A word that no example has says that something else is asked.
        return self._weights.get(term, self._rare)


def _said(text: str) -> list[str]:
    """The words that tell what is asked; all of them where there are no others."""
    return content_terms(text) or terms(text)
