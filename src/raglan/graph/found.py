"""What is read out of one passage: values, with the characters of the passage that they stand on."""

from __future__ import annotations

from dataclasses import dataclass, field

from raglan.types import Span

__all__ = ["KINDS", "Alias", "Fact", "Found", "Mention"]

KINDS = ("person", "organisation", "place", "work", "code", "name", "date", "quantity", "phrase")


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """Something that is named at ``span``: its ``kind`` (one of :data:`KINDS`), its key, and what is written there.

    The key (:func:`raglan.graph.names.key`) of a date is in ISO 8601 as far as it is known, that of a quantity its number
    and unit.
    """

    span: Span
    kind: str
    name: str
    said: str


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """A statement that the words at ``span`` make; ``rule`` says which pattern found it."""

    span: Span
    head: str
    relation: str
    tail: str
    rule: str


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """A short form and what it stands for here, as keys."""

    short: str
    long: str


@dataclass(frozen=True, slots=True)
class Found:
    """All that was read out of one passage."""

    mentions: tuple[Mention, ...] = ()
    facts: tuple[Fact, ...] = ()
    aliases: tuple[Alias, ...] = ()
    sketch: bytes = field(default=b"", repr=False)
