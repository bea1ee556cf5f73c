"""Rows from feedback: who is heard, what is settled, and what is left of it in a store that changes."""

import math
import random
from collections.abc import Callable, Iterator

import pytest

from raglan.errors import DataError
from raglan.search.segments import Segments
from raglan.store.adding import add_passages
from raglan.store.feedback import Feedback, FeedbackLog
from raglan.store.store import Store
from raglan.train.feedback import CLICK, clicked, examples, settled, thumbed
from raglan.types import Answer, Citation, Example, Hit, Query, Span
from tests.samples import WRITTEN

ONE, OTHER, THIRD = (one.id for one in WRITTEN[2:5])  # all of machine.txt
AT = "2026-01-01T12:00:00Z"


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    add_passages(made, WRITTEN)
    yield made
    made.close()


def said(query: str, passage: str, verdict: float, note: str = "") -> Feedback:
    return Feedback(AT, query, passage, verdict, note)


def logged(store: Store, *entries: Feedback) -> None:
    log = FeedbackLog(store)
    for one in entries:
        log.add(one)


def by_note(one: Feedback) -> str:
    return one.note


def test_a_store_without_feedback_has_no_rows(store: Store) -> None:
    assert examples(store) == []
    assert settled([]) == {}


def test_what_was_right_and_wrong_becomes_a_row(store: Store) -> None:
    logged(store, said("is it hot?", ONE, 1), said("empty tank", OTHER, 1), said("is it hot?", THIRD, -1))
    assert examples(store) == [
        Example(Query("is it hot?"), positives=(ONE,), negatives=(THIRD,)),
        Example(Query("empty tank"), positives=(OTHER,)),
    ]


def test_a_query_with_nothing_right_is_no_row_but_is_told(store: Store) -> None:
    entries = [said("is it hot?", ONE, -1), said("", ONE, 1), said(" \n", ONE, 1)]
    logged(store, *entries)
    assert examples(store) == []
    assert settled(entries) == {"is it hot?": {ONE: -1.0}}


def test_queries_that_differ_in_blanks_alone_are_one() -> None:
    entries = [said("is it  hot?", ONE, 1), said(" is it hot?\n", OTHER, -1)]
    assert settled(entries) == {"is it hot?": {ONE: 1.0, OTHER: -1.0}}


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        ([1, 1, -1], 1 / 3),
        ([-1, -1, 1], -1 / 3),
        ([1, -1], -1.0),  # a draw: the latest
        ([-1, 1], 1.0),
        ([1, 0], 1.0),
        ([0], None),
        ([1, CLICK, -1, -CLICK], -CLICK),
        ([CLICK, -1], -0.25),  # who clicked and found it wrong found it wrong
    ],
)
def test_without_persons_the_sum_decides_and_of_a_draw_the_latest(verdicts: list[float], wanted: float | None) -> None:
    found = settled([said("q", ONE, verdict) for verdict in verdicts])
    assert found == ({} if wanted is None else {"q": {ONE: pytest.approx(wanted)}})


def test_of_one_person_the_latest_opinion_counts() -> None:
    entries = [
        said("q", ONE, 1, "ann"),
        said("q", ONE, 1, "ann"),
        said("q", ONE, -1, "bob"),
        said("q", ONE, -1, "ann"),
        said("q", OTHER, -1, "ann"),
        said("q", OTHER, 1, "bob"),
        said("q", OTHER, 0, "ann"),
    ]
    assert settled(entries, person=by_note) == {"q": {ONE: -1.0, OTHER: 1.0}}
    # All that ann said counts where nobody knows that it was ann.
    assert settled(entries)["q"] == {ONE: -1.0, OTHER: 1.0}
    assert settled(entries[:3])["q"][ONE] > 0
    assert settled(entries[:3], person=by_note)["q"][ONE] == -1.0


@pytest.mark.parametrize("seed", range(10))
def test_it_is_what_a_plain_count_gives(seed: int) -> None:
    chance = random.Random(seed)
    entries = [
        said(chance.choice("ab"), chance.choice("xyz"), chance.choice([-1, -0.5, 0, 0.5, 1]), chance.choice("12345"))
        for _ in range(80)
    ]
    found = settled(entries, person=by_note)
    for query in "ab":
        for passage in "xyz":
            last: dict[str, float] = {}
            for one in entries:
                if (one.query, one.passage) == (query, passage):
                    last.pop(one.note, None)
                    last[one.note] = one.verdict
            voices = [verdict for verdict in last.values() if verdict]
            wanted = 0.0 if not voices else sum(voices) / len(voices) or voices[-1]
            assert found.get(query, {}).get(passage, 0.0) == pytest.approx(wanted)


def test_what_is_no_longer_there_is_left_out(store: Store) -> None:
    logged(store, said("q", ONE, 1), said("q", "warranty.md:0", 1), said("q", "warranty.md:56", -1), said("r", "x", 1))
    assert examples(store) == [Example(Query("q"), positives=(ONE, "warranty.md:0"), negatives=("warranty.md:56",))]
    store.drop(["warranty.md"])
    assert examples(store) == [Example(Query("q"), positives=(ONE,))]
    store.drop(["machine.txt"])
    assert examples(store) == []


@pytest.mark.parametrize("verdict", [1.5, -2.0, math.nan, math.inf])
def test_a_verdict_that_is_none_is_told_with_its_place(store: Store, verdict: float) -> None:
    with pytest.raises(DataError, match=r"feedback 1 of 2026-.*the verdict is .*, must be from -1 to 1"):
        settled([said("q", ONE, 1), said("q", ONE, verdict)])
    with pytest.raises(DataError, match="a thumb: the verdict"):
        thumbed(store, "q", Answer("x"), verdict, at=AT)


def cited(place: int, start: int = 0, end: int = 5) -> Citation:
    return Citation(Span(0, 1), WRITTEN[place], Span(start, end))


def test_a_thumb_counts_for_every_passage_that_is_cited_once(store: Store) -> None:
    answer = Answer("Hot.", (cited(2), cited(3), cited(2, 6, 9)))
    logged(store, *thumbed(store, "is it hot?", answer, -1, at=AT), *thumbed(store, "empty?", answer, 1, at=AT))
    assert [one.passage for one in FeedbackLog(store).all()] == [ONE, OTHER, ONE, OTHER]
    assert examples(store) == [Example(Query("empty?"), positives=(ONE, OTHER))]
    assert thumbed(store, "q", Answer(""), -1, at=AT) == []


def test_a_click_is_half_a_thumb_up(store: Store) -> None:
    logged(store, *clicked(store, "is it hot?", cited(4), at=AT))
    assert FeedbackLog(store).all() == [Feedback(AT, "is it hot?", THIRD, CLICK, "click")]
    assert examples(store) == [Example(Query("is it hot?"), positives=(THIRD,))]


@pytest.mark.parametrize("click", [thumbed, clicked], ids=["thumb", "click"])
def test_of_a_segment_the_passage_that_was_quoted_is_judged(store: Store, click: Callable[..., list[Feedback]]) -> None:
    [segment] = Segments(store)([Hit(one, 1.0, "words") for one in WRITTEN[2:5]])
    at = segment.passage.text.index("E-07")
    citation = Citation(Span(0, 1), segment.passage, Span(at, at + 4))
    given = (
        click(store, "q", Answer("x", (citation,)), 1, at=AT)
        if click is thumbed
        else click(store, "q", citation, at=AT)
    )
    assert [one.passage for one in given] == [OTHER]
    across = Citation(Span(0, 1), segment.passage, Span(at, len(segment.passage.text)))
    assert [one.passage for one in clicked(store, "q", across, at=AT)] == [OTHER, THIRD]
