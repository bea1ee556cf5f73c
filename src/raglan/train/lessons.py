"""Labelled sets to what a reader learns from: a question, sources that answer it, sources that do not, and the answer.

An answer teaches by where it stands in a source; one that stands in none of its own is left out, and counted. A question
that cannot be answered teaches too: it names sources that look right and are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError, DataError
from raglan.metrics.answers import unanswerable
from raglan.models.blocks import Source
from raglan.types import Span

__all__ = ["Lesson", "Lessons", "gathered", "standing"]

_LETTER = (
    r"[^\W_\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]"  # of scripts that set spaces between words
)
_IN_WORD = re.compile(_LETTER)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question of a ``set``; ``right`` and ``wrong`` name sources that hold one of ``answers``, and that do not answer.

    Without ``right`` nothing is there to be answered. ``long``: the answers are sentences.
    """

    question: str
    answers: tuple[str, ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    set: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class Lessons:
    """``rows``, all ``sources`` by name, and how much was ``left`` out, by reason."""

    rows: tuple[Lesson, ...]
    sources: Mapping[str, Source]
    left: Mapping[str, int] = field(default_factory=dict, hash=False)


def gathered(sets: Sequence[Dataset]) -> Lessons:
    """The lessons of ``sets``, in their order.

    Raises :class:`DataError` if no answer stands in a passage of its question, :class:`ConfigError` for two sets of one
    name.
    """
    names = [data.name for data in sets]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"two sets are called {twice[0]!r}; rename one, or name each set once")
    rows: list[Lesson] = []
    sources: dict[str, Source] = {}
    left: Counter[str] = Counter()
    for data in sets:
        sources |= {f"{data.name}/{passage.id}": Source.of(passage) for passage in data.passages}
        for at, example in enumerate(data.examples):
            named = {
                side: tuple(name for one in dict.fromkeys(ids) if (name := f"{data.name}/{one}") in sources)
                for side, ids in (("right", example.positives), ("wrong", example.negatives))
            }
            right = tuple(name for name in named["right"] if standing(example.answers, sources[name].text))
            wrong = tuple(name for name in named["wrong"] if name not in named["right"])
            if not example.query.text.strip():
                left["questions without words"] += 1
            elif unanswerable(example) and not wrong:
                left["questions without an answer or a passage"] += 1
            elif not right and not unanswerable(example):
                left["questions whose answers stand in no passage of theirs"] += 1
            else:
                rows.append(Lesson(example.query.text, example.answers, right, wrong, data.name, long=at in data.long))
    if not any(row.right for row in rows):
        told = ", ".join(f"{count} {why}" for why, count in left.items()) or "there are none"
        raise DataError(
            f"no answer stands in a passage ({told}); a set to learn to read from gives each question its answers, word for "
            "word, and names the passages in which they stand",
            place=", ".join(names),
        )
    return Lessons(tuple(rows), sources, dict(left))


def standing(answers: Sequence[str], text: str) -> list[Span]:
    """Where one of ``answers`` stands in ``text``, as whole words; where none does, in letters of any size.

    >>> standing(["cat"], "Cats, a cat"), standing(["CAT"], "a cat")
    ([Span(start=8, end=11)], [Span(start=2, end=5)])
    """
    folded = text.casefold()
    asked = [answer.strip() for answer in answers if answer.strip() and answer.strip().casefold() in folded]
    if found := {span for answer in asked for span in _exact(answer, text)}:
        return sorted(found)
    return sorted({Span(*match.span()) for answer in asked for match in _whole(answer).finditer(text)})


def _exact(answer: str, text: str) -> Iterator[Span]:
    """Where ``answer`` stands letter by letter; as :func:`_whole`, without an expression to be made for each answer."""
    start = text.find(answer)
    while start >= 0:
        end = start + len(answer)
        if not (_joined(text[start - 1 : start], answer[0]) or _joined(answer[-1], text[end : end + 1])):
            yield Span(start, end)
            start = end - 1  # the next one begins behind it
        start = text.find(answer, start + 1)


def _joined(before: str, after: str) -> bool:
    """Whether two characters are of one word."""
    return bool(before and after and _IN_WORD.match(before) and _IN_WORD.match(after))


def _whole(answer: str) -> re.Pattern[str]:
    """``answer`` where it neither begins nor ends within a word; Chinese has no ends of words, nor has what it stands by."""
    before, after = (
        look if re.match(_LETTER, end) else ""
        for end, look in zip((answer[0], answer[-1]), (f"(?<!{_LETTER})", f"(?!{_LETTER})"), strict=True)
    )
    return re.compile(f"{before}{re.escape(answer)}{after}", re.IGNORECASE)
