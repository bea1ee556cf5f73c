"""What a survey is about: the places that match, and how to read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from raglan.generate.scope import Scope
from raglan.store.store import Place
from raglan.types import Coverage, Meta, Passage

__all__ = ["Finds", "Surveyed"]


class Finds(Protocol):
    """What a survey asks of a search: :class:`raglan.search.matching.Matching` is one, and says what each is."""

    def table(self, noun: str) -> str:
        """The name of the table whose rows a noun names, or nothing."""

    def places(self, subject: str, where: Meta, noun: str = "") -> list[Place]:
        """Where all passages that mention a subject stand."""

    def named(self, subject: str, where: Meta) -> list[Place]:
        """Where the passages of a document of this name stand."""

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, Passage]]:
        """The passages, a few at a time."""

    def rows(self, places: Sequence[Place]) -> dict[tuple[str, int], list[Place]]:
        """The rows of tables among them, each with its passages."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Of a question of ``scope``: where the passages of each subject stand, and how much is read and told of them.

    ``table`` is the name of the table whose rows are asked for, empty if it is none; ``chinese`` the language to answer in.
    """

    scope: Scope
    matching: Finds
    places: tuple[list[Place], ...]
    table: str
    shown: int
    most: int
    chinese: bool

    def spread(self, side: int = 0) -> list[Place]:
        """The places of a subject, or so many that all subjects together have ``most``, evenly spread over the documents."""
        places, most = self.places[side], max(1, self.most // len(self.places))
        return places if len(places) <= most else [places[at * len(places) // most] for at in range(most)]

    def coverage(self, read: int) -> Coverage:
        """``read`` of all that match; a passage that matches two subjects counts once."""
        return Coverage(read, len({place.key for places in self.places for place in places}))
