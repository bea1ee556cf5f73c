"""Sentences of made-up persons, with what is personal marked ``{kind:text}``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from raglan.types import Span

__all__ = ["Case", "cases"]

_MARK = re.compile(r"\{([a-z]+(?:-[a-z]{2})?):([^{}]*)\}")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the personal data in it with their kinds, and its language."""

    text: str
    personal: tuple[tuple[Span, str], ...]
    language: str

    @property
    def clean(self) -> bool:
        """Whether nothing in it is personal."""
        return not self.personal


def cases(name: str = "cases") -> list[Case]:
    """All sentences of the files ``name-en.txt`` and ``name-zh.txt``."""
    return [
        _case(line.replace(r"\n", "\n"), language)
        for language in ("en", "zh")
        for line in (_HERE / f"{name}-{language}.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("# ")
    ]


def _case(line: str, language: str) -> Case:
    text, personal, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        personal.append((Span(len(text), len(text) + len(match[2])), match[1]))
        text += match[2]
        at = match.end()
    return Case(text + line[at:], tuple(personal), language)
