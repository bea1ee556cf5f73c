"""The one object that answers, among parts that do just what a test needs."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from raglan.rag import Rag
from raglan.search.segments import Segments
from raglan.store.adding import add_passages
from raglan.store.store import Store
from raglan.types import Answer, Citation, Clarify, Coverage, Draft, Evidence, Hit, Query, Reply, Span, Verdict
from tests.laws import hit
from tests.samples import document as written
from tests.samples import passage

HITS = [hit("one", 3.0), hit("two", 2.0), hit("three", 1.0)]


class Finds:
    """Finds the same for every query, and remembers what it was asked."""

    def __init__(self, hits: Sequence[Hit] = HITS) -> None:
        self.hits = hits
        self.asked: list[tuple[Query, int]] = []

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        self.asked += [(query, k) for query in queries]
        return [list(self.hits[:k]) for _ in queries]


class Writes:
    """Writes the text of the first piece of evidence, and cites it."""

    def __init__(self, *, logprob: float = 0.0, weights: tuple[float, ...] = (), text: str | None = None) -> None:
        self.logprob, self.weights, self.text = logprob, weights, text
        self.seen: list[Sequence[Evidence]] = []

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        self.seen.append(evidence)
        first = evidence[0].passage
        text = first.text if self.text is None else self.text
        cited = Citation(Span(0, len(text)), first, Span(0, len(first.text)))
        return Draft(text, (cited,), self.weights, self.logprob)


class Judges:
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.judged: list[Answer] = []

    def judge(self, query: Query, answer: Answer) -> Verdict:
        self.judged.append(answer)
        return self.verdict


class Reverses:
    def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        return list(reversed(hits))


def equal(query: Query, hits: Sequence[Hit]) -> list[Evidence]:
    return [Evidence(one.passage, 1 / len(hits)) for one in hits]


def answer(reply: Reply) -> Answer:
    assert isinstance(reply, Answer)
    return reply


def documents(found: Answer) -> list[str]:
    return [piece.passage.document for piece in found.evidence]


def test_an_answer_with_its_sources() -> None:
    finds = Finds()
    found = answer(Rag(finds, Writes(logprob=math.log(0.8)), fusion=equal, k=2).answer("What?"))
    assert found.text == "one"
    assert not found.abstained
    assert found.confidence == pytest.approx(0.8)
    assert found.citations[0].passage.document == "one"
    assert documents(found) == ["one", "two"]
    assert sum(piece.weight for piece in found.evidence) == pytest.approx(1)
    assert finds.asked == [(Query("What?"), 2)]


def test_what_is_asked_of_all_passages_is_surveyed_first() -> None:
    counted = Answer("Three.", coverage=Coverage(3, 3))
    finds, judges = Finds(), Judges(Verdict(supported=False, score=0))

    def surveyor(query: Query) -> Answer | None:
        return counted if query.text.startswith("How many") else None

    rag = Rag(finds, Writes(), fusion=equal, critic=judges, surveyor=surveyor, threshold=1)
    assert rag.answer("How many?") == rag.survey("How many?") == counted
    assert not finds.asked
    assert not judges.judged
    assert rag.survey("What?") is None
    assert answer(rag.answer("What?")).coverage is None
    assert finds.asked
    assert Rag(finds, Writes(), fusion=equal).survey("How many?") is None
    assert str(counted).endswith("Read 3 of 3 matching passages.")


def test_a_query_is_passed_on_whole() -> None:
    finds = Finds()
    query = Query("What?", where={"kind": "manual"})
    Rag(finds, Writes(), fusion=equal).answer(query)
    assert finds.asked == [(query, 8)]


def test_nothing_found_is_an_abstention() -> None:
    writes = Writes()
    found = answer(Rag(Finds([]), writes, fusion=equal).answer("What?"))
    assert found == Answer("")
    assert found.abstained
    assert not writes.seen


def test_an_empty_draft_is_an_abstention_with_evidence() -> None:
    judges = Judges(Verdict(supported=True, score=1))
    found = answer(Rag(Finds(), Writes(text=""), fusion=equal, critic=judges).answer("What?"))
    assert found.abstained
    assert found.citations == ()
    assert documents(found) == ["one", "two", "three"]
    assert not judges.judged


@pytest.mark.parametrize(("threshold", "given"), [(0.0, True), (0.49, True), (0.51, False), (1.0, False)])
def test_below_the_threshold_nothing_is_said(threshold: float, given: bool) -> None:
    rag = Rag(Finds(), Writes(logprob=math.log(0.5)), fusion=equal, threshold=threshold)
    found = answer(rag.answer("What?"))
    assert found.abstained is not given
    assert bool(found.citations) is given
    assert found.confidence == pytest.approx(0.5)
    assert len(found.evidence) == 3


def test_a_draft_without_hope_has_no_confidence() -> None:
    found = answer(Rag(Finds(), Writes(logprob=-math.inf), fusion=equal, threshold=0.1).answer("What?"))
    assert (found.abstained, found.confidence) == (True, 0.0)


def test_a_probability_is_at_most_one() -> None:
    assert answer(Rag(Finds(), Writes(logprob=0.5), fusion=equal).answer("What?")).confidence == 1.0


def test_the_critic_judges_what_would_be_said() -> None:
    judges = Judges(Verdict(supported=True, score=0.5))
    found = answer(Rag(Finds(), Writes(logprob=math.log(0.8)), fusion=equal, critic=judges).answer("What?"))
    assert found.text == "one"
    assert found.confidence == pytest.approx(0.4)
    [judged] = judges.judged
    assert judged == replace(found, confidence=judged.confidence)


def test_what_the_critic_does_not_support_is_not_said() -> None:
    judges = Judges(Verdict(supported=False, score=0.9))
    found = answer(Rag(Finds(), Writes(), fusion=equal, critic=judges).answer("What?"))
    assert found.abstained
    assert found.citations == ()
    assert len(found.evidence) == 3


def test_critic_and_threshold_work_together() -> None:
    judges = Judges(Verdict(supported=True, score=0.5))
    rag = Rag(Finds(), Writes(logprob=math.log(0.8)), fusion=equal, critic=judges, threshold=0.6)
    assert answer(rag.answer("What?")).abstained


def test_a_generator_knows_best_what_it_used() -> None:
    rag = Rag(Finds(), Writes(weights=(0.1, 0.7, 0.2)), fusion=equal)
    found = answer(rag.answer("What?"))
    assert [(piece.passage.document, piece.weight) for piece in found.evidence] == [
        ("two", 0.7),
        ("three", 0.2),
        ("one", 0.1),
    ]


def test_weights_must_fit_the_evidence() -> None:
    with pytest.raises(ValueError, match="zip"):
        Rag(Finds(), Writes(weights=(1.0,)), fusion=equal).answer("What?")


def test_asking_back_comes_before_answering() -> None:
    writes = Writes()
    asked: list[Sequence[Hit]] = []

    def which(query: Query, hits: Sequence[Hit]) -> Clarify | None:
        asked.append(hits)
        return Clarify("Which one?", ("one", "two")) if query.text == "vague" else None

    rag = Rag(Finds(), writes, fusion=equal, asker=which)
    assert rag.answer("vague") == Clarify("Which one?", ("one", "two"))
    assert not writes.seen
    assert answer(rag.answer("clear")).text == "one"
    assert list(asked[0]) == HITS


def test_a_reranker_chooses_among_more() -> None:
    finds = Finds([hit(str(number), 9.0 - number) for number in range(9)])
    rag = Rag(finds, Writes(), fusion=equal, reranker=Reverses(), k=2)
    assert [one.passage.document for one in rag.search("What?")] == ["7", "6"]
    assert finds.asked[-1][1] == 8
    assert len(rag.search("What?", 1)) == 1


def test_documents_are_ranked_by_what_is_found_of_them() -> None:
    found = [hit("a", 0.9), hit("b", 0.8), hit("b", 0.7), hit("b", 0.6)]
    rag = Rag(Finds(found), Writes(), fusion=equal, k=1)
    [first] = rag.documents("What?")
    assert (first.document, first.score, len(first.hits)) == ("a", 0.9, 1)
    assert [one.document for one in rag.documents(Query("What?"), 5, rule="votes")] == ["b", "a"]
    assert [one.document for one in rag.documents("What?", 5, rule=lambda one: float(len(one.ranks)))] == ["b", "a"]

    class Rescores:
        def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
            return [Hit(one.passage, 1 - one.score, f"{one.by}+mine") for one in reversed(hits)]

    turned = Rag(Finds(found), Writes(), fusion=equal, reranker=Rescores())
    assert [(one.document, one.by) for one in turned.documents("What?")] == [("b", "words+mine"), ("a", "words+mine")]
    for k in (0, -1):
        with pytest.raises(ValueError, match=f"k is {k}, must be at least 1"):
            rag.documents("What?", k)
        with pytest.raises(ValueError, match=f"k is {k}, must be at least 1"):
            rag.search("What?", k)


def test_a_segmenter_grows_what_is_read_and_citations_name_passages() -> None:
    store = Store()
    passages = written("care.txt", ["Rinse it weekly.", "Oil it monthly.", "Never use butter."])
    add_passages(store, passages)
    finds = Finds([Hit(passages[1], 0.9, "words"), Hit(passages[0], 0.8, "words")])
    writes = Writes()
    rag = Rag(finds, writes, fusion=equal, segmenter=Segments(store, limit=40, around=0))
    assert rag.search("Oil?") == finds.hits, "a search finds passages"
    found = answer(rag.answer("Oil?"))
    [[read]] = writes.seen
    assert read.passage.text == "Rinse it weekly. Oil it monthly."
    assert [piece.passage.id for piece in found.evidence] == ["care.txt:0-32"]
    assert rag.weigh("Oil?", finds.hits) == [Evidence(read.passage, 1.0)]
    # The whole of the segment is cited, which no passage holds; a part of it is cited of its passage.
    assert found.citations[0].passage == read.passage

    class Quotes(Writes):
        def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
            return Draft("Monthly.", (Citation(Span(0, 8), evidence[0].passage, Span(17, 32)),))

    [citation] = answer(Rag(finds, Quotes(), fusion=equal, segmenter=Segments(store)).answer("Oil?")).citations
    assert (citation.passage, citation.quote, citation.source) == (passages[1], Span(0, 15), Span(17, 32))
    store.close()


def test_reading_rests_on_the_evidence_given_and_no_other() -> None:
    finds, writes = Finds(), Writes()
    rag = Rag(finds, writes, fusion=equal)
    given = [Evidence(passage("mine", "mine"), 1.0)]
    assert rag.read("What?", given).text == "mine"
    assert rag.read("What?", []) == Answer("")
    assert writes.seen == [given]
    assert not finds.asked


def test_replying_rests_on_the_hits_given() -> None:
    finds = Finds()
    assert answer(Rag(finds, Writes(), fusion=equal).reply("What?", HITS[1:2])).text == "two"
    assert not finds.asked


def test_no_passages_make_no_evidence() -> None:
    with pytest.raises(ValueError, match="k is 0, must be at least 1"):
        Rag(Finds(), Writes(), fusion=equal, k=0)
