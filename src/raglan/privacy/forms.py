"""How a kind of personal data is told from other text: patterns, checks, sureness, and where to look at all.

Patterns read text that :mod:`raglan.privacy.plain` has made plain; none of them begins or ends within a longer number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FROM", "TO", "Form", "Kind", "form", "phone", "spread", "words"]

# Neither within a word of Latin letters nor within a longer number; Chinese may stand close.
FROM = r"(?<![A-Za-z0-9])(?<![0-9][.\-/:])"
TO = r"(?![A-Za-z0-9])(?![.\-/][0-9])"
_EXTENSION = r"(?P<extension>,?\s?(?:ext\.?|extension|x|-|转分机|转|分机)\s?[0-9]{1,6})?"


def _anything(text: str) -> bool:  # noqa: ARG001 (the form of a check)
    return True


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a datum: the pattern, how sure it is by itself, and what checks its letters and digits.

    ``check`` gets them as capitals, without separators, or all that matched where ``whole``; never an extension. Forms are
    looked for where at least ``digits`` digits stand together, those with a ``hint`` around every match of it.
    """

    pattern: re.Pattern[str]
    sure: float
    check: Callable[[str], bool] = _anything
    digits: int = 6
    hint: re.Pattern[str] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data: its name, what stands in its place, its forms, and the words that tell of it."""

    name: str
    tag: str
    forms: tuple[Form, ...]
    words: re.Pattern[str]


def form(
    pattern: str, sure: float, check: Callable[[str], bool] = _anything, *, digits: int = 6, whole: bool = False
) -> Form:
    """A form that stands by itself, in capitals where it has letters."""
    return Form(re.compile(f"{FROM}(?:{pattern}){TO}", re.ASCII), sure, check, digits, whole=whole)


def phone(pattern: str, sure: float, check: Callable[[str], bool] = _anything) -> Form:
    """A telephone number, perhaps with an extension."""
    return form(rf"(?:{pattern}){_EXTENSION}", sure, check)


def spread(pattern: str, sure: float, hint: str) -> Form:
    """A form that is known by something else than its digits."""
    return Form(re.compile(pattern, re.ASCII | re.IGNORECASE), sure, hint=re.compile(hint, re.IGNORECASE))


def words(english: str, chinese: str) -> re.Pattern[str]:
    """Words that tell of a kind: those with spaces between them, and those without."""
    return re.compile(rf"\b(?:{english})\b|{chinese}", re.IGNORECASE)
