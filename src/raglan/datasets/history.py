"""What was said before a question, as datasets write it down."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.datasets.row import Row
from raglan.types import Turn

__all__ = ["said_in_turn", "turns"]


def said_in_turn(texts: Sequence[str]) -> tuple[Turn, ...]:
    """Texts of two who take turns, the last of them the assistant's: what follows is asked by the user.

    >>> said_in_turn(["Hello?", "Good morning."])
    (Turn(role='user', text='Hello?'), Turn(role='assistant', text='Good morning.'))
    """
    return tuple(Turn("assistant" if (len(texts) - at) % 2 else "user", text) for at, text in enumerate(texts))


def turns(row: Row, key: str = "history") -> tuple[Turn, ...]:
    """The turns under ``key``: texts, or objects with ``role`` and ``text``; none where there is no such field."""
    items = row.rows(key, needed=False)
    if all(isinstance(item.value, dict) for item in items):
        return tuple(_turn(item) for item in items)
    for item in items:
        if not isinstance(item.value, str):
            raise item.wrong(f"must be a text, as the others are, is {item.value!r}")
    return said_in_turn([item.value for item in items])


def _turn(item: Row) -> Turn:
    role = item.text("role")
    if role not in ("user", "assistant"):
        raise item.wrong(f"'role' must be user or assistant, is {role!r}")
    return Turn(role, item.text("text"))
