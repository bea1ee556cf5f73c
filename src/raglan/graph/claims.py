"""Statements with a value in them, a number, a date or a quantity, and when two of them are one but for the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from raglan.graph.names import key
from raglan.graph.quantities import dates, quantities
from raglan.text.sentences import sentences
from raglan.types import Passage, Span

__all__ = ["PLAIN", "WORDS", "Claim", "claims", "closest", "measured"]

_ALIKE = 0.75  # share of words that two sentences with figures have in common if they say the same
PLAIN = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w.,]*\d)")
WORDS = re.compile(r"[㐀-鿿]|[^\W\d_]+|⟨[^⟩]*⟩")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence with values: ``said``, and the passage (id) and characters of it where it stands."""

    bones: tuple[str, ...]  # the words, with a mark for each value
    values: tuple[tuple[str, str], ...]  # in one form, and as written
    said: str
    place: tuple[str, Span]

    @property
    def found(self) -> tuple[str, ...]:
        """The values, each in one form."""
        return tuple(value for value, _ in self.values)


def claims(passage: Passage, keep: Callable[[Span], bool] = lambda _: True) -> Iterator[Claim]:
    """The statements of a passage that have a value, each with its bones; of the sentences that ``keep`` wants."""
    headings = tuple(key(str(one)) for one in passage.meta.get("headings") or ())
    for span in filter(keep, sentences(passage.text)):
        said = span.of(passage.text)
        found = sorted(measured(said))
        words, at = [], 0
        for start, end, _, unit in found:
            words += [*WORDS.findall(said[at:start].lower()), f"⟨{unit}⟩"]
            at = end
        words += WORDS.findall(said[at:].lower())
        if found and len(words) > len(found) + 1:
            values = tuple((value, said[start:end]) for start, end, value, _ in found)
            yield Claim((*headings, *words), values, " ".join(said.split()), (passage.id, span))


def closest(claim: Claim, others: Sequence[Claim]) -> list[Claim]:
    """The one of ``others`` that is most nearly the same sentence with values of the same kinds; none that is not."""
    own = set(claim.bones)
    marks = [bone for bone in claim.bones if bone.startswith("⟨")]
    best: list[tuple[float, Claim]] = []
    for other in others:
        if [bone for bone in other.bones if bone.startswith("⟨")] == marks:
            share = len(own & set(other.bones)) / len(own | set(other.bones))
            if share >= _ALIKE:
                best.append((share, other))
    return [max(best, key=lambda one: one[0])[1]] if best else []


def measured(said: str) -> Iterator[tuple[int, int, str, str]]:
    """Values in a text: start, end, the value in one form, and its unit, ``date`` or ``number``."""
    taken: set[int] = set()
    for one in (*dates(said), *quantities(said)):
        if taken.isdisjoint(range(one.span.start, one.span.end)):
            taken.update(range(one.span.start, one.span.end))
            unit = one.name.rpartition(" ")[2] if one.kind == "quantity" else "date"
            yield one.span.start, one.span.end, one.name, unit
    for match in PLAIN.finditer(said):
        if match.start() not in taken and match.end() - 1 not in taken:
            yield match.start(), match.end(), match.group().replace(",", ""), "number"
