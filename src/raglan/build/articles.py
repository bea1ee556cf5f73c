"""Rows of passages into articles, and articles into batches that one transaction holds.

Rows of a table that stand together and have the same title are an article: one document, its passages in a row with blanks
between. A file of JSON lines says itself which document a row is of, and where it stands there. Batches end where articles
do, so that nothing need be known of an earlier one to go on behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from raglan.datasets.stream import BEGIN, FARTHEST, Place, Taken
from raglan.errors import DataError
from raglan.text.words import is_chinese
from raglan.types import Passage, Span

__all__ = ["TOLD", "Article", "Batch", "batches", "laid"]

TOLD = 5  # malformed rows that are named
_ROWS = 10_000  # of an article; the rest is another
_TEXT = 1 << 22  # characters of a batch, beside its last article
_SAMPLE = 20_000  # characters that tell a language


class Article(NamedTuple):
    """What a document is made of: its name, and its passages, each with the line where it stands."""

    name: str
    rows: list[tuple[int, Passage]]


@dataclass(slots=True)
class Batch:
    """Articles that were read, how many rows were malformed, the first of these by line, and the place behind all of it."""

    articles: list[Article] = field(default_factory=list)
    bad: int = 0
    told: list[tuple[int, str]] = field(default_factory=list)
    after: Place = BEGIN
    rows: int = 0
    text: int = 0

    def refuse(self, line: int, problem: str) -> None:
        """Count a malformed row."""
        self.bad += 1
        if len(self.told) < TOLD or line < self.told[-1][0]:
            self.told = sorted([*self.told, (line, problem)])[:TOLD]

    def full(self, most: int) -> bool:
        """Whether it holds ``most`` rows, or much text."""
        return self.rows >= most or self.text >= _TEXT


def batches(taken: Iterable[Taken], *, placed: bool, most: int) -> Iterator[Batch]:
    """Batches of about ``most`` rows; rows that are ``placed`` know their documents and where they stand there.

    What was read before a file turns out to be damaged comes as a batch, too.
    """
    batch, length = Batch(), 0
    try:
        for line, row, after in taken:
            if isinstance(row, str):
                batch.refuse(line, row)
            else:
                name = row.document if placed else str(row.meta.get("title") or row.id)
                length += len(row.text) + 1
                if not _goes_on(batch, name, length, placed=placed):
                    if batch.full(most):
                        yield batch
                        batch = Batch(after=batch.after)
                    batch.articles.append(Article(name, []))
                    length = len(row.text)
                batch.articles[-1].rows.append((line, row))
                batch.rows += 1
                batch.text += len(row.text)
            batch.after = after
            if not batch.rows and batch.bad >= most:
                yield batch
                batch = Batch(after=after)
    except DataError:
        yield batch
        raise
    yield batch


def _goes_on(batch: Batch, name: str, length: int, *, placed: bool) -> bool:
    """Whether a row is of the last article, which would have ``length`` characters with it."""
    if not batch.articles or batch.articles[-1].name != name or len(batch.articles[-1].rows) >= _ROWS:
        return False
    return placed or length <= FARTHEST


def laid(rows: Sequence[Passage], document: str, facts: Mapping[str, Any], *, placed: bool) -> list[Passage]:
    """The passages of a document, each in its place, one behind the other unless they are ``placed``."""
    sample = " ".join(row.text for row in rows[: _SAMPLE // 100])[:_SAMPLE]
    known = {**facts, "language": "zh" if is_chinese(sample) else "en"}
    found: list[Passage] = []
    start = 0
    for row in rows:
        span = row.span if placed else Span(start, start + len(row.text))
        found.append(Passage(row.id, row.text, document, span, meta=known | dict(row.meta)))
        start = span.end + 1
    return found
