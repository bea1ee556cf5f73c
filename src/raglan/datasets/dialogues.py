"""Conversations: QuAC, whose questions follow one another over a section, and CANARD, which rewrites them.

What was said before a question is its query's history. QuAC's unanswerable questions (``CANNOTANSWER``, by its own
scorer's rule: said by half of the annotators or more) have no answers and no positives; their section is a negative.
CANARD has neither answers nor passages: what it knows of a query is how it would stand alone, ``Dataset.rewrites``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from raglan.datasets.array import array
from raglan.datasets.dataset import Bad, Dataset, Question, called, fingerprint, gathered, refuse
from raglan.datasets.files import beginning, json_lines, whole
from raglan.datasets.history import said_in_turn, turns
from raglan.datasets.row import Row, kept
from raglan.datasets.squad import Paragraphs, answers_at
from raglan.types import Example, Passage, Query, Span, Turn

__all__ = ["read_canard", "read_quac"]

_NONE = "CANNOTANSWER"
# What CANARD's histories say in the place of that mark.
_SORRY = "I don't know."


def read_quac(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of a file in SQuAD's form whose questions have ``followup`` and ``orig_answer``."""
    paragraphs = Paragraphs()
    articles = kept(whole(path).rows("data"), lambda article: _sections(article, paragraphs, bad), bad)
    questions = list(chain.from_iterable(chain.from_iterable(articles)))
    return gathered(called(path), questions, paragraphs.all(), bad=bad)


def _sections(article: Row, paragraphs: Paragraphs, bad: Bad) -> Iterator[Iterator[Question]]:
    title, heading = article.text("title", ""), article.text("section_title", "")

    def section(row: Row) -> Iterator[Question]:
        context = row.said("context")
        name = fingerprint(title, context) if row.get("id") is None else row.name("id")
        passage = paragraphs.add(row, _passage(name, context, title, heading))
        said: list[Turn] = []
        return kept(row.rows("qas"), lambda qa: _next(qa, passage, context, said), bad)

    return kept(article.rows("paragraphs"), section, bad)


def _passage(name: str, context: str, title: str, heading: str) -> Passage:
    # The mark stands at the end of each section, so that it has a place; it is no part of what the section says.
    text = context.removesuffix(_NONE).rstrip()
    meta = {key: value for key, value in (("title", title), ("headings", (heading,) if heading else ())) if value}
    return Passage(name, text, name, Span(0, len(text)), meta=meta)


def _next(row: Row, passage: Passage, context: str, said: list[Turn]) -> Question:
    """The question of ``row``; it and its answer are added to what has been ``said``."""
    query = Query(row.said("question"), history=tuple(said))
    answers = answers_at(row, context)
    if not answers:
        raise row.wrong("has no answers")
    none = sum(item.text("text") == _NONE for item in row.rows("answers"))
    given = row.at("orig_answer").said("text") if row.get("orig_answer") is not None else answers[0]
    said += [Turn("user", query.text), Turn("assistant", _SORRY if given == _NONE else given)]
    if none >= len(row.rows("answers")) - none:
        return Question(row.name("id"), Example(query, negatives=(passage.id,)), row.place)
    spans = tuple(answer for answer in answers if answer != _NONE)
    return Question(row.name("id"), Example(query, spans, (passage.id,)), row.place)


def read_canard(path: Path, bad: Bad = refuse) -> Dataset:
    """The dataset of CANARD's own JSON array, or of lines ``{"id", "history", "question", "rewrite"}``."""
    if beginning(path).lstrip().startswith("["):
        questions = kept(array(path), _own, bad)
    else:
        questions = kept(json_lines(path, bad), _line, bad)
    return gathered(called(path), questions, bad=bad)


def _own(row: Row) -> Question:
    name = f"{row.name('QuAC_dialog_id')}#{row.name('Question_no')}"
    query = Query(row.said("Question"), history=said_in_turn(_history(row)))
    return Question(name, Example(query), row.place, rewrite=row.said("Rewrite"))


def _history(row: Row) -> list[str]:
    items = row.rows("History")
    for item in items:
        if not isinstance(item.value, str):
            raise item.wrong(f"must be a text, is {item.value!r}")
    return [item.value for item in items]


def _line(row: Row) -> Question:
    query = Query(row.said("question"), history=turns(row))
    return Question(row.name("id"), Example(query), row.place, rewrite=row.said("rewrite"))
