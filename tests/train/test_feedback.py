"""Rows from feedback: who is heard, what is settled, and what is left of it in a store that changes."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from raglan.errors import DataError
from raglan.search.segments import Segments
from raglan.store.adding import add_passages
from raglan.store.feedback import Feedback, FeedbackLog, hashed
from raglan.store.store import Store
from raglan.train.feedback import CLICK, clicked, heard, settled, thumbed
from raglan.types import Answer, Citation, Document, Example, Hit, Query, Span
from tests.samples import WRITTEN, document

ONE, OTHER, THIRD = (one.id for one in WRITTEN[2:5])  # all of machine.txt
AT = "2026-01-01T12:00:00Z"


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    add_passages(made, WRITTEN)
    yield made
    made.close()


def said(query: str, passage: str, verdict: float, person: str = "") -> Feedback:
    return Feedback(AT, query, passage, verdict, person=person)


def logged(store: Store, *entries: Feedback) -> None:
    log = FeedbackLog(store)
    for one in entries:
        log.add(one)


def examples(store: Store) -> list[Example]:
    return list(heard(store).data.examples)


def written(store: Store, name: str, texts: Sequence[str]) -> None:
    """A document as it stands after an edit."""
    passages = document(name, texts)
    store.put(Document(name, " ".join(texts)), passages)


def test_a_store_without_feedback_has_no_rows(store: Store) -> None:
    assert heard(store).left == {}
    assert examples(store) == []
    assert settled([]) == {}


def test_the_set_is_over_all_passages_of_the_store(store: Store) -> None:
    logged(store, said("is it hot?", ONE, 1))
    data = heard(store, name="mine").data
    assert data.name == "mine"
    assert {one.id: one.text for one in data.passages} == {one.id: one.text for one in WRITTEN}


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
    assert heard(store).left == {"questions of which nothing was found right": 1}
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
    assert settled(entries) == {"q": {ONE: -1.0, OTHER: 1.0}}
    assert settled(entries[:3])["q"][ONE] == -1.0
    # All that ann said counts where nobody knows that it was ann.
    assert settled([replace(one, person="") for one in entries[:3]])["q"][ONE] > 0


def test_persons_are_known_again_from_the_store(store: Store) -> None:
    logged(store, said("q", ONE, 1, "ann"), said("q", ONE, 1, "ann"), said("q", OTHER, 1), said("q", ONE, -1, "bob"))
    assert examples(store) == [Example(Query("q"), positives=(OTHER,), negatives=(ONE,))]


@pytest.mark.parametrize("seed", range(10))
def test_it_is_what_a_plain_count_gives(seed: int) -> None:
    chance = random.Random(seed)
    entries = [
        said(chance.choice("ab"), chance.choice("xyz"), chance.choice([-1, -0.5, 0, 0.5, 1]), chance.choice("12345"))
        for _ in range(80)
    ]
    found = settled(entries)
    for query in "ab":
        for passage in "xyz":
            last: dict[str, float] = {}
            for one in entries:
                if (one.query, one.passage) == (query, passage):
                    last.pop(one.person, None)
                    last[one.person] = one.verdict
            voices = [verdict for verdict in last.values() if verdict]
            wanted = 0.0 if not voices else sum(voices) / len(voices) or voices[-1]
            assert found.get(query, {}).get(passage, 0.0) == pytest.approx(wanted)


def test_what_is_no_longer_there_is_left_out_and_counted(store: Store) -> None:
    logged(store, said("q", ONE, 1), said("q", "warranty.md:0", 1), said("q", "warranty.md:56", -1), said("r", "x", 1))
    assert examples(store) == [Example(Query("q"), positives=(ONE, "warranty.md:0"), negatives=("warranty.md:56",))]
    assert heard(store).left == {"opinions of passages that are gone": 1}
    store.drop(["warranty.md"])
    assert examples(store) == [Example(Query("q"), positives=(ONE,))]
    store.drop(["machine.txt"])
    assert examples(store) == []
    assert heard(store).left == {"opinions of passages that are gone": 4}


def test_what_was_said_of_another_text_is_left_out_and_counted(store: Store) -> None:
    written(store, "a", ["Bread rises.", "Water boils."])
    logged(store, said("q", "a:0", 1), said("q", "a:13", 1), said("r", "a:0", -1))
    written(store, "a", ["Bread falls.", "Water boils."])
    assert examples(store) == [Example(Query("q"), positives=("a:13",))]
    assert heard(store).left == {"opinions of passages that have changed since": 2}
    written(store, "a", ["Bread rises.", "Water boils."])
    assert heard(store).left == {"questions of which nothing was found right": 1}


def test_what_only_moved_is_still_judged(store: Store) -> None:
    """A line on top of a document gives every passage below it another id, and perhaps that of another one."""
    written(store, "a", ["Bread rises.", "Water boils."])
    logged(store, said("q", "a:0", 1, "ann"), said("q", "a:13", -1, "ann"))
    written(store, "a", ["Water boils.", "Bread rises.", "Tea stands."])
    assert examples(store) == [Example(Query("q"), positives=("a:13",), negatives=("a:0",))]
    logged(store, said("q", "a:13", 0, "ann"))  # of the same text, at its new place
    assert examples(store) == []
    assert heard(store).left == {"questions of which nothing was found right": 1}


def test_what_a_text_was_is_kept_even_where_the_log_is_not_told(store: Store) -> None:
    logged(store, said("q", ONE, 1), said("q", "nowhere", 1), replace(said("q", ONE, 1), hash=hashed("other")))
    assert [one.hash for one in FeedbackLog(store).all()] == [hashed(WRITTEN[2].text), b"", hashed("other")]
    assert heard(store).left == {
        "opinions of passages that are gone": 1,
        "opinions of passages that have changed since": 1,
    }


@pytest.mark.parametrize("verdict", [1.5, -2.0, math.nan, math.inf])
def test_a_verdict_that_is_none_is_told_with_its_place(store: Store, verdict: float) -> None:
    with pytest.raises(DataError, match=r"feedback of 2026-.* on machine.*: the verdict is .*, must be from -1 to 1"):
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
    assert FeedbackLog(store).all() == [Feedback(AT, "is it hot?", THIRD, CLICK, "click", hash=hashed(WRITTEN[4].text))]
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


def test_who_said_it_and_of_which_text_goes_with_it(store: Store) -> None:
    thumb, click = (
        thumbed(store, "q", Answer("x", (cited(2),)), 1, at=AT, person="ann"),
        clicked(store, "q", cited(2), at=AT, person="bob"),
    )
    assert [(one.person, one.hash) for one in (*thumb, *click)] == [
        ("ann", hashed(WRITTEN[2].text)),
        ("bob", hashed(WRITTEN[2].text)),
    ]


def test_what_changed_between_answer_and_thumb_is_not_judged(store: Store) -> None:
    """The person read something else than what stands there now."""
    written(store, "a", ["Bread rises.", "Water boils.", "Tea stands."])
    passages = list(store.passages("a").values())
    [segment] = Segments(store)([Hit(one, 1.0, "words") for one in passages])
    written(store, "a", ["Bread falls.", "Water boils.", "Tea stands."])
    for read, quote, wanted in (
        (passages[0], Span(0, 12), []),
        (passages[1], Span(0, 5), ["a:13"]),
        (segment.passage, Span(0, 38), ["a:13", "a:26"]),
    ):
        assert [one.passage for one in clicked(store, "q", Citation(Span(0, 1), read, quote), at=AT)] == wanted
