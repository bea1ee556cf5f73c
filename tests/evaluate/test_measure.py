"""Whole evaluations over four questions, small enough to compute every number by hand."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from raglan.build.metrics import metrics
from raglan.datasets.dataset import Dataset
from raglan.evaluate.given import Asking
from raglan.evaluate.measure import evaluate
from raglan.evaluate.report import Report, Told
from raglan.evaluate.resample import Contest, Resampling
from raglan.metrics.metric import of_answers
from raglan.metrics.value import Undefined
from raglan.rag import Rag
from raglan.types import Clarify, Draft, Evidence, Example, Hit, Passage, Query, Span
from tests.evaluate.samples import DATA, FAILS, FOUND, ROWS, SAID, A, B, C, D, Finds, Says, equal, rag
from tests.samples import document

RANKING = ["recall@1", "recall@2", "mrr@10"]
ANSWERS = ["em", "f1", "contains", "brier", "abstain_auroc"]
STILL = Asking(clock=lambda: 0.0)

# Another system: it finds more, says less, and is less sure of it.
OTHER = rag(
    {"one": ("green", 0.6), "two": ("blue", 0.8), "three": ("red", 0.4), "four": ("green", 0.7)},
    {"one": [B, A], "two": [A, C], "three": [D], "four": [D]},
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws that are enough here."""
    monkeypatch.setattr("raglan.evaluate.measure.Resampling", partial(Resampling, draws=100))


def means(report: Report, name: str) -> dict[str, float]:
    return {metric: entry["mean"] for metric, entry in report.brief()["systems"][name].items()}


def both(seed: int = 0, asking: Asking = STILL) -> Report:
    return evaluate({"plain": rag(), "other": OTHER}, DATA, metrics(RANKING + ANSWERS), seed=seed, asking=asking)


def test_rankings_are_judged_as_by_hand() -> None:
    report = evaluate({"words": Finds(FOUND)}, DATA, metrics(RANKING))
    # Of three rows with a relevant passage it stands first, second of two, and nowhere.
    assert means(report, "words") == pytest.approx({"recall@1": 1 / 3, "recall@2": 0.5, "mrr@10": 0.5})
    score = report.systems["words"].scores["recall@1"]
    assert (score.rows, score.reasons) == (3, {"no passage is known to be relevant": 1})


def test_answers_are_judged_as_by_hand() -> None:
    report = evaluate({"rag": rag()}, DATA, metrics(ANSWERS))
    # Right, half right, rightly silent, wrongly silent.
    assert means(report, "rag") == pytest.approx(
        {
            "em": (1 + 0 + 1 + 0) / 4,
            "f1": (1 + 2 / 3 + 1 + 0) / 4,
            "contains": (1 + 1 + 1 + 0) / 4,
            "brier": ((1 - 0.9) ** 2 + (1 - 0.5) ** 2) / 2,
            "abstain_auroc": 2 / 3,
        }
    )
    assert report.lower == {"brier"}


def test_a_rag_is_judged_by_what_it_finds_too() -> None:
    found = evaluate({"rag": rag(k=1), "words": Finds(FOUND)}, DATA, metrics([*RANKING, *ANSWERS]))
    assert {name: means(found, "rag")[name] for name in RANKING} == means(found, "words")
    assert found.metrics == (*RANKING, *ANSWERS)


def test_intervals_hold_the_value() -> None:
    for outcome in both().systems.values():
        for name, score in outcome.scores.items():
            assert isinstance(score.value, float), name
            assert score.low is not None, name
            assert score.high is not None, name
            assert score.low <= score.value <= score.high, name


def test_what_a_system_gives_nothing_for_is_left_out() -> None:
    report = evaluate({"words": Finds(FOUND), "rag": rag()}, DATA, metrics(["f1", "recall@1", "answer_recall@1"]))
    assert list(report.systems["words"].scores) == ["recall@1", "answer_recall@1"]
    assert list(report.systems["rag"].contests) == ["recall@1", "answer_recall@1"]
    assert report.metrics == ("f1", "recall@1", "answer_recall@1")
    alone = evaluate({"words": Finds(FOUND)}, DATA, metrics(["f1", "recall@1"]))
    assert alone.metrics == ("recall@1",)
    assert set(alone.rows[0].told["words"].scores) == {"recall@1"}


def test_what_cannot_be_said_says_why() -> None:
    rows = [replace(one, positives=()) for one in ROWS[:2]]
    report = evaluate({"rag": rag()}, rows, metrics(["recall@1", "abstain_auroc", "f1"]))
    assert report.undefined() == {
        "rag": {
            "recall@1": "undefined: no passage is known to be relevant",
            "abstain_auroc": "undefined: AUROC compares two kinds of rows, and all 2 are of one kind",
        }
    }
    assert set(means(report, "rag")) == {"f1"}
    score = report.systems["rag"].scores["recall@1"]
    assert (score.low, score.high, score.rows) == (None, None, 0)


def test_a_confidence_that_is_no_number_is_a_reason_and_no_nan(tmp_path: Path) -> None:
    class Unsure(Says):
        def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
            return Draft("red", logprob=math.nan)

    report = evaluate({"rag": Rag(Finds(FOUND), Unsure({}), fusion=equal)}, DATA, metrics(["brier", "f1"]))
    assert report.undefined()["rag"] == {"brier": "undefined: the confidence is nan, must be within 0 and 1"}
    report.save(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["rows"][0]["told"]["rag"]["confidence"] == 0.0


def test_rows_come_in_order_with_what_every_system_gave() -> None:
    report = both()
    assert [(row.id, row.question) for row in report.rows] == [
        ("q1", "one"),
        ("q2", "two"),
        ("q3", "three"),
        ("q4", "four"),
    ]
    row = report.rows[1]
    assert (row.answers, row.positives) == (("blue",), ("a", "c"))
    told = row.told["plain"]
    assert (told.found, told.answer, told.cited) == (("b", "c", "d"), "deep blue", ("b",))
    assert told.confidence == pytest.approx(0.5)
    assert told.scores == pytest.approx(
        {"recall@1": 0, "recall@2": 0.5, "mrr@10": 0.5, "em": 0, "f1": 2 / 3, "contains": 1, "brier": 0.25}
    )
    assert (row.told["other"].answer, row.told["other"].found) == ("blue", ("a", "c"))
    assert report.rows[3].told["plain"] == Told({**dict.fromkeys([*RANKING, *ANSWERS[:3]], 0.0)}, (), "", 0.0, ())


def test_a_system_that_only_searches_tells_no_answer() -> None:
    report = evaluate({"words": Finds(FOUND)}, DATA, metrics(["recall@1"]))
    assert report.rows[0].told["words"] == Told({"recall@1": 1.0}, ("a", "b"), None, passages=("a", "b"))


def test_a_row_shows_the_first_of_what_was_found() -> None:
    many = document("book", [f"Page {n}" for n in range(9)])
    report = evaluate(
        {"words": Finds({"one": many})}, [Example(Query("one"), positives=("book:0",))], metrics(["recall"])
    )
    assert report.rows[0].told["words"].found == tuple(one.id for one in many[:5])


def test_examples_may_come_alone() -> None:
    report = evaluate({"rag": rag()}, list(ROWS), metrics(["f1"]))
    assert (report.data, report.passages, [row.id for row in report.rows]) == ("examples", 0, ["1", "2", "3", "4"])
    whole = both()
    assert (whole.data, whole.passages, whole.seed) == ("手册", 4, 0)
    assert means(report, "rag")["f1"] == means(whole, "plain")["f1"]


@pytest.mark.parametrize(("systems", "rows"), [({}, ROWS), ({"rag": rag()}, ())])
def test_nothing_cannot_be_evaluated(systems: dict[str, Rag], rows: tuple[Example, ...]) -> None:
    with pytest.raises(ValueError, match="nothing to evaluate"):
        evaluate(systems, rows, metrics(["f1"]))


# Against the first system.


def test_others_are_held_against_the_first() -> None:
    report = both()
    assert report.systems["plain"].contests == {}
    contests = report.systems["other"].contests
    assert list(contests) == RANKING + ANSWERS
    for name in RANKING + ANSWERS[:3]:
        assert contests[name].difference == pytest.approx(means(report, "other")[name] - means(report, "plain")[name])
    assert (contests["recall@1"].wins, contests["recall@1"].losses, contests["recall@1"].rows) == (2, 1, 3)
    assert (contests["contains"].wins, contests["contains"].losses, contests["contains"].rows) == (1, 2, 4)
    # Only where both claim something: by 0.36 - 0.01 more off at the first, by 0.25 - 0.04 less at the second.
    brier = contests["brier"]
    assert brier.difference == pytest.approx((0.35 - 0.21) / 2)
    assert (brier.rows, brier.wins, brier.losses) == (2, 1, 1)
    assert (contests["abstain_auroc"].wins, contests["abstain_auroc"].rows) == (None, 4)


def test_the_first_may_change_places() -> None:
    one = both().systems["other"].contests
    turned = evaluate({"other": OTHER, "plain": rag()}, DATA, metrics(RANKING + ANSWERS), asking=STILL)
    for name, contest in turned.systems["plain"].contests.items():
        back = Contest(-one[name].difference, one[name].p, one[name].rows, one[name].losses, one[name].wins)
        assert contest == back, name


def test_nobody_is_held_against_one_who_gives_nothing() -> None:
    report = evaluate({"words": Finds(FOUND), "rag": rag()}, DATA, metrics(["f1", "recall@1"]))
    assert set(report.systems["rag"].contests) == {"recall@1"}
    assert report.systems["rag"].contests["recall@1"].p == 1.0


def test_a_metric_is_the_same_whatever_else_is_measured() -> None:
    whole, few = both(), evaluate({"plain": rag(), "other": OTHER}, DATA, metrics(["f1"]), asking=STILL)
    for name in ("plain", "other"):
        assert few.systems[name].scores["f1"] == whole.systems[name].scores["f1"]
    assert few.systems["other"].contests["f1"] == whole.systems["other"].contests["f1"]


def test_the_same_again_is_the_same() -> None:
    assert both() == both()


def test_another_seed_changes_how_sure_it_is_and_no_value() -> None:
    chance = np.random.default_rng(0)
    rows = [Example(Query(str(n)), ("red",)) for n in range(40)]
    one, other = (
        rag(
            {row.query.text: ("red " * int(chance.integers(1, 5)), 0.5) for row in rows},
            {row.query.text: [A] for row in rows},
        )
        for _ in range(2)
    )
    first, second = (evaluate({"a": one, "b": other}, rows, metrics(["f1"]), seed=seed) for seed in (1, 2))
    a, b = (report.systems["b"].scores["f1"] for report in (first, second))
    assert (a.value, a.rows) == (b.value, b.rows)
    assert (a.low, a.high) != (b.low, b.high)
    assert first.systems["b"].contests["f1"].p != second.systems["b"].contests["f1"].p
    assert (first.seed, second.seed) == (1, 2)


# How systems are asked.


@pytest.mark.parametrize("gold", [False, True])
def test_batches_and_workers_change_nothing(monkeypatch: pytest.MonkeyPatch, gold: bool) -> None:
    def report(workers: int) -> Report:
        systems = {"plain": rag({**FAILS, "four": ("red", 0.2)}), "other": OTHER}
        asking = Asking(gold=gold, workers=workers, clock=lambda: 0.0)
        return evaluate(systems, DATA, metrics(RANKING + ANSWERS), asking=asking)

    whole = report(1)
    assert whole.systems["plain"].failed == {1: "服务器：500"}
    assert report(4) == whole
    for size in (1, 3):
        monkeypatch.setattr("raglan.evaluate.measure._BATCH", size)
        assert report(2) == whole


def test_batches_go_from_system_to_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raglan.evaluate.measure._BATCH", 3)
    seen: list[tuple[str, int, int]] = []
    one, other = Finds(FOUND), Finds(FOUND)
    evaluate(
        {"one": one, "other": other},
        DATA,
        metrics(["recall@1"]),
        asking=Asking(depth=7),
        watch=lambda *at: seen.append(at),
    )
    assert seen == [("one", 0, 4), ("other", 0, 4), ("one", 3, 4), ("other", 3, 4)]
    assert one.asked == other.asked == [(3, 7), (1, 7)]


def test_seconds_are_those_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raglan.evaluate.measure._BATCH", 1)
    now = 0.0

    class Slow(Finds):
        def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
            nonlocal now
            now += 2.5
            return super().search(queries, k)

    systems = {"slow": Slow(FOUND), "quick": Finds(FOUND)}
    report = evaluate(systems, DATA, metrics(["recall@1"]), asking=Asking(clock=lambda: now))
    assert report.brief()["seconds"] == {"slow": 10.0, "quick": 0.0}


def test_failed_questions_are_told_and_count_as_unanswered() -> None:
    report = evaluate({"plain": rag(FAILS), "other": OTHER}, DATA, metrics(["f1", "recall@2"]))
    assert report.systems["plain"].failed == {1: "服务器：500"}
    assert report.systems["other"].failed == {}
    assert means(report, "plain") == pytest.approx({"f1": (1 + 0 + 1 + 0) / 4, "recall@2": 0.5})
    assert report.rows[1].told["plain"].answer == ""


def test_a_question_back_counts_as_no_answer() -> None:
    def asker(query: Query, hits: Sequence[Hit]) -> Clarify | None:
        return Clarify("Which?") if query.text in ("one", "three") else None

    report = evaluate({"rag": rag(asker=asker)}, DATA, metrics(["em", "contains"]))
    assert means(report, "rag") == {"em": 0.25, "contains": 0.5}
    assert report.rows[0].told["rag"].answer == ""
    assert report.systems["rag"].failed == {}


def test_a_reranker_has_its_say() -> None:
    class Backwards:
        def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
            return list(reversed(hits))

    report = evaluate({"plain": rag(k=3), "turned": rag(k=3, reranker=Backwards())}, DATA, metrics(["recall@1"]))
    assert report.rows[0].told["turned"].found == ("b", "a")
    assert report.rows[0].told["turned"].cited == ("b",)
    assert means(report, "plain")["recall@1"] > means(report, "turned")["recall@1"] == 0


# Gold evidence.


def test_with_gold_evidence_nothing_is_searched() -> None:
    finds, says = Finds(FOUND), Says({**SAID, "four": ("green", 0.7)})
    system = Rag(finds, says, fusion=equal, k=1)
    report = evaluate({"rag": system}, DATA, metrics([*RANKING, *ANSWERS]), asking=Asking(gold=True))
    assert finds.asked == []
    assert {question: [name for name, _ in read] for question, read in says.read.items()} == {
        "one": ["a"],
        "two": ["a", "c"],
        "three": ["d"],
        "four": ["d"],
    }
    assert report.metrics == tuple(ANSWERS)
    assert means(report, "rag")["em"] == 0.75
    assert report.rows[0].told["rag"].found == ()
    assert report.systems["rag"].recall == ()
    assert report.texts["c"] == C.text


def test_what_looks_right_is_read_where_nothing_answers() -> None:
    says = Says({"three": ("red", 0.9)})
    data = replace(DATA, examples=ROWS[2:3], ids=())
    report = evaluate({"rag": Rag(Finds({}), says, fusion=equal)}, data, metrics(["em"]), asking=Asking(gold=True))
    assert says.read == {"three": [("d", 1.0)]}
    assert means(report, "rag") == {"em": 0.0}


def test_without_any_passage_gold_evidence_is_none() -> None:
    says = Says(SAID)
    rows = (*ROWS[:2], Example(Query("three")), Example(Query("four"), ("green",), ("gone",)))
    data = replace(DATA, examples=rows)
    report = evaluate({"rag": Rag(Finds({}), says, fusion=equal)}, data, metrics(["em"]), asking=Asking(gold=True))
    assert set(says.read) == {"one", "two"}
    assert [report.rows[at].told["rag"].answer for at in (2, 3)] == ["", ""]
    assert [report.rows[at].told["rag"].scores["em"] for at in (2, 3)] == [1.0, 0.0]


# What a row names.


def test_grades_count() -> None:
    data = replace(DATA, examples=ROWS[:1], ids=("q",), grades={0: {"a": 1, "b": 3, "c": 0}})
    report = evaluate({"words": Finds(FOUND)}, data, metrics(["ndcg@2", "recall@1"]))
    # Found: 1, then 3. The best would be 3, then 1.
    best, second = 1.0, 1 / math.log2(3)
    assert means(report, "words") == pytest.approx(
        {"ndcg@2": (1 * best + 3 * second) / (3 * best + 1 * second), "recall@1": 0.5}
    )


def test_grades_alone_make_a_passage_known() -> None:
    rows = [Example(Query("one")), Example(Query("two"))]
    data = Dataset("graded", tuple(rows), grades={1: {"book.txt": 1}})
    book = document("book.txt", ["Page."])
    report = evaluate({"words": Finds({"one": book, "two": book})}, data, metrics(["recall@1"]))
    assert [row.told["words"].scores for row in report.rows] == [{}, {"recall@1": 1.0}]


def test_a_row_may_name_documents() -> None:
    book, other = document("book.txt", ["One.", "Two."]), document("other.txt", ["Three."])
    found: dict[str, Sequence[Passage]] = {"one": [*other, book[1], book[0]], "two": [book[1], *other, book[0]]}
    rows = [Example(Query("one"), positives=("book.txt",)), Example(Query("two"), positives=("book.txt",))]
    report = evaluate({"words": Finds(found)}, rows, metrics(["recall@1", "mrr"]))
    assert means(report, "words") == {"recall@1": 0.5, "mrr": 0.75}
    assert report.rows[0].told["words"].found == ("other.txt:0", "book.txt", "book.txt")


def test_a_passage_that_is_named_itself_does_not_stand_for_its_document() -> None:
    book = document("book.txt", ["One.", "Two."])
    rows = [Example(Query("one"), positives=(book[1].id,)), Example(Query("two"), positives=("book.txt",))]
    report = evaluate({"words": Finds({"one": book, "two": book[1:]})}, rows, metrics(["mrr"]))
    # Now the same passage is no longer the second question's document.
    assert [row.told["words"].scores["mrr"] for row in report.rows] == [0.5, 0.0]


def test_texts_of_what_was_found_are_kept() -> None:
    report = evaluate({"words": Finds(FOUND)}, DATA, metrics(["recall@1"]))
    assert report.texts == {one.id: one.text for one in (A, B, C, D)}


def test_an_answer_in_a_passage_is_found() -> None:
    rows = [Example(Query("one"), ("passage b",)), Example(Query("two"), ("passage d",))]
    report = evaluate({"words": Finds(FOUND)}, rows, metrics(["answer_recall@1", "answer_recall@2", "answer_recall@3"]))
    assert list(means(report, "words").values()) == [0.0, 0.5, 1.0]


# Curves.


def test_recall_grows_with_the_list() -> None:
    curve = evaluate({"words": Finds(FOUND)}, DATA, []).systems["words"].recall
    assert [k for k, _ in curve] == [1, 2, 3]
    assert [share for _, share in curve] == pytest.approx([1 / 3, 2 / 3, 2 / 3])


def test_risk_grows_with_the_share_that_is_answered() -> None:
    report = both()
    curve = report.systems["other"].risk
    assert [share for share, _ in curve] == [0.25, 0.5, 0.75, 1.0]
    # The surest two are right, the other two wrong.
    assert [risk for _, risk in curve] == pytest.approx([0, 0, 1 / 3, 1 / 2])
    # The first system gives two answers, both right.
    assert report.systems["plain"].risk == ((0.25, 0.0), (0.5, 0.0))


def test_there_is_no_curve_of_nothing() -> None:
    outcome = evaluate({"words": Finds({})}, DATA, []).systems["words"]
    assert (outcome.recall, outcome.risk) == ((), ())


def test_a_metric_of_ones_own_is_one_among_others() -> None:
    short = of_answers(
        "short", lambda answer, _: Undefined("silent") if answer.abstained else float(len(answer.text) < 5)
    )
    report = evaluate({"plain": rag(), "other": OTHER}, DATA, [short])
    assert means(report, "plain") == {"short": 0.5}
    assert report.systems["plain"].scores["short"].reasons == {"silent": 2}
    assert report.systems["other"].contests["short"].rows == 2


def test_a_column_of_the_wrong_length_is_refused() -> None:
    class Forgets(Finds):
        def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
            return super().search(queries, k)[1:]

    with pytest.raises(ValueError, match="3 rankings for 4 examples"):
        evaluate({"words": Forgets(FOUND)}, DATA, metrics(["recall@1"]))


def test_passages_that_are_read_from_the_disk_are_counted() -> None:
    report = evaluate({"words": Finds(FOUND)}, Dataset("set", ROWS, iter([A, B])), metrics(["recall@1"]))
    assert report.passages == 2


def test_where_documents_are_named_each_row_is_judged_by_the_passages_it_found() -> None:
    passages = [
        Passage(f"book:{at}", text, "book", Span(0, len(text))) for at, text in enumerate(("It is red.", "It is blue."))
    ]
    found = {"pump": [passages[0]], "kettle": [passages[1]]}
    rows = [
        Example(Query("pump"), ("red",), ("book",)),
        Example(Query("kettle"), ("blue",), ("book",)),
    ]
    for order in (rows, rows[::-1]):
        report = evaluate({"words": Finds(found)}, order, metrics(["answer_recall@1", "recall@1"]))
        values = {name: score.value for name, score in report.systems["words"].scores.items()}
        assert values == {"answer_recall@1": 1.0, "recall@1": 1.0}
        assert report.rows[0].told["words"].found == ("book",)
        assert report.texts[report.rows[0].told["words"].passages[0]] == found[order[0].query.text][0].text


def test_gold_evidence_of_a_document_is_all_of_it_and_none_is_an_error() -> None:
    passages = [Passage(f"book:{at}", "It is red.", "book", Span(0, 10)) for at in range(2)]
    rows = (Example(Query("one"), ("red",), ("book",)),)
    report = evaluate({"rag": rag()}, Dataset("d", rows, passages), metrics(["em"]), asking=Asking(gold=True))
    assert report.rows[0].told["rag"].answer is not None
    with pytest.raises(ValueError, match="no passage that the examples name"):
        evaluate({"rag": rag()}, rows, metrics(["em"]), asking=Asking(gold=True))
