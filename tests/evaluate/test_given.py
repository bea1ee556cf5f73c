"""What a batch of questions brings out of a system."""

import threading
from collections.abc import Sequence

import pytest

from raglan.errors import RaglanError
from raglan.evaluate.given import Asking, given
from raglan.rag import Rag
from raglan.types import Answer, Clarify, Draft, Evidence, Example, Hit, Query
from tests.evaluate.samples import DATA, FAILS, FOUND, ROWS, SAID, A, D, Finds, Says, equal, rag
from tests.samples import ids

GOLD = {one.id: [one] for one in DATA.passages}


class Backwards:
    """The last first, and it remembers how many there were."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        self.seen.append(len(hits))
        return list(reversed(hits))


def texts(answers: Sequence[Answer]) -> list[str]:
    return [one.text for one in answers]


def test_a_retriever_only_searches() -> None:
    finds = Finds(FOUND)
    found = given(finds, ROWS, Asking(depth=2), {})
    assert [ids(hits) for hits in found.hits] == [["a", "b"], ["b", "c"], ["d"], []]
    assert (found.answers, found.failed) == ([], {})
    assert finds.asked == [(4, 2)]


def test_a_rag_searches_once_for_all_and_reads_its_first() -> None:
    finds, says = Finds(FOUND), Says(SAID)
    found = given(Rag(finds, says, fusion=equal, k=2), ROWS, Asking(depth=50), {})
    assert finds.asked == [(4, 50)]
    assert [ids(hits) for hits in found.hits] == [["a", "b"], ["b", "c", "d"], ["d"], []]
    assert says.read == {"one": [("a", 0.5), ("b", 0.5)], "two": [("b", 0.5), ("c", 0.5)], "three": [("d", 1.0)]}
    assert texts(found.answers) == ["red", "deep blue", "", ""]
    assert found.failed == {}


def test_what_a_rag_says_here_is_what_it_says_by_itself() -> None:
    system = rag(k=2, threshold=0.6)
    assert given(system, ROWS, Asking(), {}).answers == [system.answer(one.query) for one in ROWS]


def test_a_rag_that_reads_more_than_is_asked_for_looks_deeper() -> None:
    finds, says = Finds(FOUND), Says(SAID)
    given(Rag(finds, says, fusion=equal, k=3), ROWS, Asking(depth=1), {})
    assert finds.asked == [(4, 3)]
    assert len(says.read["two"]) == 3


def test_a_reranker_chooses_what_is_read_and_ranked() -> None:
    finds, says, reranker = Finds(FOUND), Says(SAID), Backwards()
    system = Rag(finds, says, fusion=equal, k=2, reranker=reranker)
    found = given(system, ROWS, Asking(), {})
    assert [ids(hits) for hits in found.hits] == [["b", "a"], ["d", "c"], ["d"], []]
    assert [name for name, _ in says.read["two"]] == ["d", "c"]
    # It is asked as it is when somebody asks, one by one and among four times as many.
    assert (finds.asked, reranker.seen) == ([(1, 8)] * 4, [2, 3, 1, 0])
    assert found.answers == [system.answer(one.query) for one in ROWS]


def test_a_question_back_is_no_answer() -> None:
    def asker(query: Query, hits: Sequence[Hit]) -> Clarify | None:
        return Clarify("Which one?") if query.text == "one" else None

    found = given(rag(asker=asker), ROWS, Asking(), {})
    assert found.answers[0] == Answer("")
    assert texts(found.answers)[1] == "deep blue"
    assert found.failed == {}


def test_a_failure_costs_one_answer() -> None:
    found = given(rag(FAILS), ROWS, Asking(), {})
    assert found.failed == {1: "服务器：500"}
    assert found.answers[1] == Answer("")
    assert texts(found.answers) == ["red", "", "", ""]
    assert ids(found.hits[1]) == ["b", "c", "d"]


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        given(rag({**SAID, "two": ZeroDivisionError()}), ROWS, Asking(workers=2), {})


def test_gold_evidence_is_what_the_row_names() -> None:
    finds, says = Finds(FOUND), Says({**SAID, "four": ("green", 1.0)})
    found = given(Rag(finds, says, fusion=equal, k=1), ROWS, Asking(gold=True), GOLD)
    assert finds.asked == []
    assert found.hits == []
    # All of it, however few are read elsewhere; and where nothing answers, what looks as if it did.
    assert says.read == {
        "one": [("a", 1.0)],
        "two": [("a", 0.5), ("c", 0.5)],
        "three": [("d", 1.0)],
        "four": [("d", 1.0)],
    }
    assert texts(found.answers) == ["red", "deep blue", "", "green"]


def test_gold_evidence_that_is_not_at_hand_is_not_read() -> None:
    says = Says(SAID)
    rows = (
        Example(Query("one"), ("red",), ("a", "gone"), ("d",)),
        Example(Query("two"), ("blue",), ("gone",), ("d",)),
        Example(Query("three")),
    )
    found = given(Rag(Finds(FOUND), says, fusion=equal), rows, Asking(gold=True), {"a": [A], "d": [D]})
    assert says.read == {"one": [("a", 1.0)]}
    assert found.answers[1:] == [Answer(""), Answer("")]
    assert found.failed == {}


def test_gold_evidence_may_fail_too() -> None:
    found = given(rag(FAILS), ROWS[:2], Asking(gold=True), GOLD)
    assert (texts(found.answers), found.failed) == (["red", ""], {1: "服务器：500"})


@pytest.mark.parametrize("gold", [False, True])
def test_workers_answer_at_the_same_time_and_in_order(gold: bool) -> None:
    together = threading.Barrier(3)

    class Waits:
        """Writes only when three are at it."""

        def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
            together.wait(timeout=20)
            if query.text == "two":
                raise RaglanError("no")
            return Draft(query.text)

    found = given(Rag(Finds(FOUND), Waits(), fusion=equal), ROWS[:3], Asking(gold=gold, workers=3), GOLD)
    assert texts(found.answers) == ["one", "", "three"]
    assert found.failed == {1: "no"}


def test_no_questions_no_answers() -> None:
    for asking in (Asking(), Asking(gold=True)):
        found = given(rag(), [], asking, GOLD)
        assert (found.hits, found.answers, found.failed) == ([], [], {})
