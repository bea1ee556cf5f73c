"""Claims that a passage carries, and claims that it does not, made from questions and answers: to learn checking from.

Each comes from a labelled question: its answer behind it, or the sentence that holds the answer behind it, or that sentence
alone; or the same with another answer in the place of the right one, such as the same passage gives to another question.
Claims with names and numbers exchanged are what checkers of facts are commonly taught by (Kryściński et al. 2020, FactCC).
A claim takes the place of a question: who learns to read learns to point at what carries it, or that nothing does.

Rows: questions with answers that stand in their passages. Nearest relative: :mod:`raglan.train.lessons`, which takes both.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from raglan.datasets.dataset import Dataset
from raglan.text.sentences import sentences
from raglan.text.words import terms
from raglan.train.lessons import standing
from raglan.types import Example, Passage, Query, Span

__all__ = ["Claim", "claim", "claims", "stated"]

_LONGEST = 60  # characters of an answer that can be exchanged
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")


class Claim(NamedTuple):
    """A ``statement`` as the answer to a ``question``, or to none; its ``passage`` carries it if there are ``answers``."""

    question: str
    statement: str
    passage: str
    answers: tuple[str, ...]


def claim(question: str, statement: str) -> str:
    """A statement as the answer to a question, as one text; without a question, the statement itself."""
    return f"{question.strip()} {statement.strip()}".strip()


def claims(data: Dataset, *, share: float = 1.0, seed: int = 0) -> Dataset:
    """About two claims, one carried and one not, for a ``share`` of the questions with a short answer in their passage."""
    made = [
        Example(
            Query(claim(one.question, one.statement)),
            one.answers,
            (one.passage,) if one.answers else (),
            () if one.answers else (one.passage,),
        )
        for one in stated(data, share=share, seed=seed)
    ]
    return Dataset(data.name, tuple(made), tuple({one.id: one for one in data.passages}.values()))


def stated(data: Dataset, *, share: float = 1.0, seed: int = 0) -> Iterator[Claim]:
    """The same, with question and statement apart."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    texts: dict[str, Passage] = {one.id: one for one in data.passages}
    others = _answers(data)
    for one in data.examples:
        name = next((each for each in one.positives if each in texts and standing(one.answers, texts[each].text)), "")
        if not name or chance.random() >= share:
            continue
        places = standing(one.answers, texts[name].text)
        place = min(places, key=len)
        if len(place) > _LONGEST:
            continue
        other = _other(place.of(texts[name].text), one.answers, texts[name].text, others[name], chance)
        yield from _made(one, texts[name], place, other, chance)


def _made(one: Example, passage: Passage, place: Span, other: str, chance: random.Random) -> Iterator[Claim]:
    """The claim with the right answer, and with the ``other`` one if there is one."""
    sentence = next((each for each in sentences(passage.text) if each.overlaps(place)), place)
    before, after = passage.text[sentence.start : place.start], passage.text[place.end : sentence.end]
    form = chance.choice(("answer", "sentence", "alone"))
    for answer, answers in ((place.of(passage.text), one.answers), (other, ())):
        if answer:
            statement = answer if form == "answer" else f"{before}{answer}{after}"
            yield Claim("" if form == "alone" else one.query.text, statement, passage.id, answers)


def _answers(data: Dataset) -> dict[str, list[str]]:
    """The answers that questions on each passage have."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in data.examples:
        for name in one.positives:
            found[name] += [answer for answer in one.answers[:1] if len(answer) <= _LONGEST]
    return found


def _other(answer: str, right: Sequence[str], text: str, known: Sequence[str], chance: random.Random) -> str:
    """A wrong answer of the same kind, or of another where there is none; see :func:`_apart`."""
    near = [match.group() for match in (_NUMBER if _NUMBER.search(answer) else _NAME).finditer(text)]
    told, found = (
        [one for one in dict.fromkeys(many) if all(_apart(one, each) for each in (answer, *right))]
        for many in (known, near)
    )
    for some in ([one for one in told if _kind(one) == _kind(answer)], found, told):
        if some:
            return chance.choice(some)
    return ""


def _apart(one: str, other: str) -> bool:
    """Whether two answers have no number in common, or no word where one of them has no number."""
    numbers = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    words = set(terms(one)), set(terms(other))
    return bool(words[0]) and not (numbers[0] & numbers[1] if all(numbers) else words[0] & words[1])


def _kind(answer: str) -> str:
    if _NUMBER.search(answer):
        return "number"
    return "name" if answer[:1].isupper() else "words"
