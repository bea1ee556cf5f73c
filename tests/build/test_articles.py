"""Rows into articles and batches: however they are cut into batches, the articles are the same."""

import random

import pytest

from raglan.build import articles
from raglan.build.articles import TOLD, batches, laid
from raglan.datasets.dataset import alone
from raglan.datasets.stream import Place, Taken
from raglan.errors import DataError
from raglan.types import Passage, Span


def taken(count, seed=0):
    """Rows of articles of different lengths, some without title, some malformed."""
    chance = random.Random(seed)
    title = "T0"
    for number in range(1, count + 1):
        title = chance.choice([title, title, f"T{number}", ""])
        bad = chance.random() < 0.1
        yield Taken(number, "bad" if bad else alone(str(number), "x" * chance.randint(1, 9), title), Place(10 * number))


def names(found):
    return [(one.name, [row.id for _, row in one.rows]) for batch in found for one in batch.articles]


@pytest.mark.parametrize("most", [1, 2, 7, 100, 10_000])
def test_batches_end_where_articles_do(most):
    rows = list(taken(500))
    whole = names(batches(rows, placed=False, most=10**9))
    assert [name for _, ids in whole for name in ids] == [one.row.id for one in rows if not isinstance(one.row, str)]
    found = list(batches(rows, placed=False, most=most))
    assert names(found) == whole
    assert sum(batch.bad for batch in found) == sum(isinstance(one.row, str) for one in rows)
    assert all(batch.rows >= most for batch in found[:-1])
    # Whoever goes on behind a batch gets the rest.
    for number, batch in enumerate(found[:5]):
        behind = [one for one in rows if one.after.at > batch.after.at]
        assert names(batches(behind, placed=False, most=most)) == names(found[number + 1 :])


def test_an_article_has_an_end(monkeypatch):
    monkeypatch.setattr(articles, "_ROWS", 10)
    rows = [Taken(number, alone(str(number), "x", "T"), Place(number)) for number in range(1, 26)]
    for most in (1, 7, 100):
        assert [len(ids) for _, ids in names(batches(rows, placed=False, most=most))] == [10, 10, 5]
    monkeypatch.setattr(articles, "FARTHEST", 7)
    assert [len(ids) for _, ids in names(batches(rows, placed=False, most=3))] == [4] * 6 + [1]


def test_a_batch_has_an_end(monkeypatch):
    monkeypatch.setattr(articles, "_TEXT", 30)
    rows = [Taken(number, alone(str(number), "x" * 10), Place(number)) for number in range(1, 10)]
    assert [batch.rows for batch in batches(rows, placed=False, most=100)] == [3, 3, 3]


def test_malformed_rows_alone_are_batches_too():
    rows = [Taken(number, "bad", Place(number)) for number in range(1, 251)]
    rows.append(Taken(251, alone("a", "x"), Place(251)))
    first, second, third = batches(rows, placed=False, most=100)
    assert [first.bad, second.bad, third.bad, third.rows] == [100, 100, 50, 1]
    assert [first.after, third.after] == [Place(100), Place(251)]
    assert second.told == [(number, "bad") for number in range(101, 101 + TOLD)]
    second.refuse(3, "worse")
    assert second.told[:2] == [(3, "worse"), (101, "bad")]


def test_what_was_read_before_the_damage_is_a_batch():
    def rows():
        yield Taken(1, alone("a", "x"), Place(1))
        raise DataError("is damaged", place="file")

    found = batches(rows(), placed=False, most=100)
    assert names([next(found)]) == [("a", ["a"])]
    with pytest.raises(DataError):
        next(found)


def test_passages_one_behind_the_other():
    rows = [alone("1", "A kettle.", "Kettle"), alone("2", "锅炉。", "Kettle")]
    first, second = laid(rows, "d", {"file": "f"}, placed=False)
    assert (first.span, second.span, second.document) == (Span(0, 9), Span(10, 13), "d")
    assert dict(first.meta) == {"file": "f", "language": "en", "title": "Kettle"}


def test_passages_that_know_their_place():
    rows = [Passage("1", "保修期为两年。", "d", Span(7, 14), meta={"file": "mine"})]
    [one] = laid(rows, "f#d", {"file": "f"}, placed=True)
    assert (one.span, one.document, one.meta) == (Span(7, 14), "f#d", {"file": "mine", "language": "zh"})
