"""Answers that were once a list and came as one text: ``"['two years', '24 months']"``.

Tables of open-domain questions (those of DPR among them) carry their answers so. Some tools also lost the double quotes
around answers with an apostrophe: ``['McKinley', M'Kinley]``.
"""

from __future__ import annotations

import ast
import re

__all__ = ["unfolded"]

# A quoted item holds no quote of its own; else it would have been written in the other kind.
_QUOTED = re.compile(r"'([^']*)'(?=, |\Z)")
_BARE = re.compile(r".*?'.*?(?=, |\Z)", re.DOTALL)


def unfolded(answers: tuple[str, ...]) -> tuple[str, ...]:
    """``answers``, or what its only text lists.

    >>> unfolded(("['two years', '24 months']",))
    ('two years', '24 months')
    >>> unfolded(("['McKinley', M'Kinley]",))
    ('McKinley', "M'Kinley")
    >>> unfolded(("[256, 257]",))
    ('[256, 257]',)
    """
    if len(answers) != 1 or not (answers[0].startswith("[") and answers[0].endswith("]")):
        return answers
    found = [item for item in _literal(answers[0]) or _scanned(answers[0][1:-1]) if item.strip()]
    return tuple(dict.fromkeys(found)) or answers


def _literal(text: str) -> list[str]:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else []


def _scanned(text: str) -> list[str]:
    """The items of a list that lost quotes: each stands in single quotes or holds an apostrophe. None if it is no list."""
    found, at = list[str](), 0
    while at < len(text):
        match = _QUOTED.match(text, at) or _BARE.match(text, at)
        if match is None:
            return []
        found.append(match[1] if match.re is _QUOTED else match[0])
        at = match.end() + 2
    return found
