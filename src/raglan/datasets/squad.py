"""SQuAD 1.1 and 2.0, DRCD, and CMRC 2018 in both of its forms.

A paragraph is a passage, named by its own ``id`` or by a fingerprint of title and text. An unanswerable question
(``is_impossible``) has no answers and no positives: its paragraph looks right and is not, a negative. An answer that does
not stand at its ``answer_start`` is malformed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from raglan.datasets.dataset import Bad, Dataset, Question, alone, called, fingerprint, gathered, refuse
from raglan.datasets.files import whole
from raglan.datasets.row import Row, kept
from raglan.types import Example, Passage, Query

__all__ = ["Paragraphs", "answers_at", "read_cmrc", "read_squad"]


class Paragraphs:
    """The paragraphs of a file while it is read: one that comes twice is one passage, two of one id are wrong."""

    def __init__(self) -> None:
        self._found: dict[str, Passage] = {}

    def add(self, row: Row, passage: Passage) -> Passage:
        """Remember ``passage``, which ``row`` tells of."""
        before = self._found.setdefault(passage.id, passage)
        if before.text != passage.text:
            raise row.wrong(f"passage {passage.id!r} was there before, with another text")
        return before

    def all(self) -> tuple[Passage, ...]:
        """Every one, in order."""
        return tuple(self._found.values())


def read_squad(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a file ``{"data": [{"title", "paragraphs": [{"context", "qas": [...]}]}]}``."""
    paragraphs = Paragraphs()
    articles = kept(whole(path).rows("data"), lambda article: _sections(article, paragraphs, bad), bad)
    questions = list(chain.from_iterable(chain.from_iterable(articles)))
    return gathered(called(path), questions, paragraphs.all(), bad=bad)


def _sections(article: Row, paragraphs: Paragraphs, bad: Bad) -> Iterator[Iterator[Question]]:
    title = article.text("title", "")

    def section(row: Row) -> Iterator[Question]:
        text = row.said("context")
        name = fingerprint(title, text) if row.get("id") is None else row.name("id")
        passage = paragraphs.add(row, alone(name, text, title))
        return kept(row.rows("qas"), lambda qa: _question(qa, passage), bad)

    return kept(article.rows("paragraphs"), section, bad)


def _question(row: Row, passage: Passage) -> Question:
    name, query = row.name("id"), Query(row.said("question"))
    answers = answers_at(row, passage.text)
    if row.flag("is_impossible", default=False):
        if answers:
            raise row.wrong(f"'is_impossible' is true, and yet there is an answer: {answers[0]!r}")
        return Question(name, Example(query, negatives=(passage.id,)), row.place)
    if not answers:
        raise row.wrong("has no answers; where that is meant, 'is_impossible' must be true")
    return Question(name, Example(query, answers, (passage.id,)), row.place)


def answers_at(row: Row, text: str) -> tuple[str, ...]:
    """The answers of a row, none twice, each of which must stand where it says in ``text``."""
    answers = dict[str, None]()
    for item in row.rows("answers"):
        answer, start = item.said("text"), item.number("answer_start")
        if start < 0 or not text.startswith(answer, start):
            raise item.wrong(f"answer {answer!r} does not stand at {start}: {_there(text, start, answer)}")
        answers[answer] = None
    return tuple(answers)


def _there(text: str, start: int, answer: str) -> str:
    if 0 <= start < len(text):
        return f"{text[start : start + len(answer)]!r} does"
    return f"the passage has {len(text)} characters"


def read_cmrc(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a file ``[{"context_id", "context_text", "title", "qas": [{"query_id", "query_text", "answers"}]}]``.

    Its answers are texts without a place.
    """
    paragraphs = Paragraphs()

    def section(row: Row) -> Iterator[Question]:
        passage = alone(row.name("context_id"), row.said("context_text"), row.text("title", ""))
        paragraphs.add(row, passage)
        return kept(row.rows("qas"), lambda qa: _asked(qa, passage), bad)

    sections = kept(whole(path).items(), section, bad)
    return gathered(called(path), list(chain.from_iterable(sections)), paragraphs.all(), bad=bad)


def _asked(row: Row, passage: Passage) -> Question:
    answers = row.texts("answers")
    if not answers:
        raise row.wrong("has no answers")
    for answer in answers:
        if answer not in passage.text:
            raise row.wrong(f"answer {answer!r} does not stand in its passage")
    return Question(row.name("query_id"), Example(Query(row.said("query_text")), answers, (passage.id,)), row.place)
