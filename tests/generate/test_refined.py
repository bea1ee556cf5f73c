"""Drafts are judged before they are given: faults go, or give way to the evidence; a second draft has to be better."""

import math
from collections.abc import Sequence

import pytest

from raglan.errors import ConfigError
from raglan.generate.citing import cite
from raglan.generate.overlap import OverlapCritic
from raglan.generate.refined import Refined
from raglan.generate.sentence import SentenceGenerator
from raglan.protocols import StatesRisk, Streams
from raglan.rag import Rag
from raglan.search.fusion import softmax
from raglan.types import Answer, Citation, Draft, Evidence, Passage, Query, Span, Verdict

from .conftest import CHINESE, EVIDENCE, POWER, WARRANTY, evidence, passage

ASKED = Query("How long is the warranty?")
OTHER = passage("Rinse the filter. Paint it green.", "care.txt", title="Care")
LASTS = "The warranty lasts 24 months."


def saying(*parts: tuple[str, Passage | None], gap: str = " ", logprob: float = -0.5) -> Draft:
    """A draft of sentences, each citing all of a passage, or nothing."""
    text, citations = "", list[Citation]()
    for words, source in parts:
        text += gap if text else ""
        if source:
            span = Span(len(text), len(text) + len(words))
            citations.append(Citation(span, source, Span(0, len(source.text))))
        text += words
    return Draft(text, tuple(citations), logprob=logprob)


class Scripted:
    """Writes its drafts in turn, and knows what it was given."""

    def __init__(self, *drafts: Draft) -> None:
        self.drafts, self.given = list(drafts), list[list[Evidence]]()

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        self.given.append(list(evidence))
        return self.drafts[len(self.given) - 1]


def fair(draft: Draft, given: Sequence[Evidence]) -> bool:
    return OverlapCritic().judge(ASKED, Answer(draft.text, draft.citations, tuple(given))).supported


GOOD = saying((LASTS, WARRANTY))
HALF = saying((LASTS, WARRANTY), ("It was invented on Mars.", WARRANTY))
BAD = saying(("It was invented on Mars.", WARRANTY))


def test_what_is_carried_stays_as_it_is_and_nothing_more_is_asked() -> None:
    generator = Scripted(GOOD)
    assert Refined(generator).write(ASKED, EVIDENCE) is GOOD
    assert len(generator.given) == 1


def test_a_better_second_draft_is_taken() -> None:
    given = evidence(POWER, WARRANTY)
    generator = Scripted(HALF, GOOD)
    assert Refined(generator).write(ASKED, given) is GOOD
    first, second = generator.given
    assert first == given
    assert [one.passage for one in second] == [WARRANTY, POWER], "what carried the draft comes first"
    assert sum(one.weight for one in second) == pytest.approx(1)


def test_a_worse_second_draft_is_not() -> None:
    for second in (BAD, HALF, Draft("")):
        generator = Scripted(HALF, second)
        draft = Refined(generator).write(ASKED, evidence(POWER, WARRANTY))
        assert draft.text == LASTS
        assert len(generator.given) == 2


def test_a_better_second_draft_with_faults_is_mended() -> None:
    draft = Refined(Scripted(BAD, HALF)).write(ASKED, evidence(POWER, WARRANTY))
    assert draft.text == LASTS


def test_where_nothing_carries_the_draft_what_carries_the_question_comes_first() -> None:
    generator = Scripted(BAD, GOOD)
    assert Refined(generator).write(ASKED, evidence(OTHER, POWER, WARRANTY)) is GOOD
    assert [one.passage for one in generator.given[1]] == [WARRANTY, OTHER, POWER]


def test_the_same_is_not_asked_twice() -> None:
    generator = Scripted(BAD, BAD, BAD)
    Refined(generator, rounds=2).write(ASKED, evidence(WARRANTY))
    assert len(generator.given) == 1, "one passage has one order"
    generator = Scripted(HALF, HALF, HALF)
    Refined(generator, rounds=2).write(ASKED, evidence(POWER, WARRANTY))
    assert len(generator.given) == 2
    generator = Scripted(HALF)
    Refined(generator, rounds=0).write(ASKED, evidence(POWER, WARRANTY))
    assert len(generator.given) == 1


def test_what_nothing_carries_is_left_out() -> None:
    first = saying(
        ("It was invented on Mars.", WARRANTY),
        (LASTS, WARRANTY),
        ("Aliens love it.", None),
        ("Keep the receipt.", WARRANTY),
    )
    draft = Refined(Scripted(first), rounds=0).write(ASKED, EVIDENCE)
    assert draft.text == f"{LASTS} Keep the receipt."
    assert [one.span.of(draft.text) for one in draft.citations] == [LASTS, "Keep the receipt."]
    assert draft.logprob == first.logprob
    assert fair(draft, EVIDENCE)


def test_a_citation_of_several_sentences_is_kept_for_those_that_are() -> None:
    text = f"{LASTS} It was invented on Mars. Keep the receipt."
    whole = Draft(text, (Citation(Span(0, len(text)), WARRANTY, Span(0, len(WARRANTY.text))),))
    draft = Refined(Scripted(whole), rounds=0).write(ASKED, EVIDENCE)
    assert draft.text == f"{LASTS} Keep the receipt."
    assert [one.span.of(draft.text) for one in draft.citations] == [LASTS, "Keep the receipt."]


@pytest.mark.parametrize(
    ("claim", "source", "told"),
    [
        ("The warranty lasts 36 months.", WARRANTY, "The warranty lasts 24 months from the date of delivery."),
        ("The lamp draws 12 watts.", None, "The lamp draws 12 watts."),
        ("The lamp draws 12 watts.", WARRANTY, "The lamp draws 12 watts."),
        ("保修期为三年。", CHINESE, "保修期为两年，自购买之日起计算。"),
    ],
)
def test_what_the_evidence_says_otherwise_is_said_in_its_words(claim: str, source: Passage | None, told: str) -> None:
    given = evidence(WARRANTY, POWER, CHINESE)
    draft = Refined(Scripted(saying((claim, source))), rounds=0).write(ASKED, given)
    assert draft.text == told
    [citation] = draft.citations
    assert citation.quote.of(citation.passage.text) == told
    assert citation.span == Span(0, len(told))
    assert fair(draft, given)


def test_nothing_is_said_twice() -> None:
    twice = saying(
        (LASTS, WARRANTY), ("The warranty lasts 36 months.", POWER), ("The warranty lasts 48 months.", POWER)
    )
    cited = Draft(twice.text, cite(f"{LASTS} [1]", [WARRANTY]).citations)
    draft = Refined(Scripted(cited), rounds=0).write(ASKED, EVIDENCE)
    assert draft.text == LASTS
    wrong = saying(("The warranty lasts 36 months.", POWER), ("The warranty lasts 48 months.", POWER))
    draft = Refined(Scripted(wrong), rounds=0).write(ASKED, EVIDENCE)
    assert draft.text == "The warranty lasts 24 months from the date of delivery."


def test_between_chinese_sentences_stands_no_blank() -> None:
    first = saying(("保修期为两年。", CHINESE), ("它来自火星。", CHINESE), ("运费由买方承担。", CHINESE), gap="")
    draft = Refined(Scripted(first), rounds=0).write(Query("保修期多久？"), evidence(CHINESE))
    assert draft.text == "保修期为两年。运费由买方承担。"


def test_a_table_row_is_said_with_its_columns() -> None:
    row = passage("X200 | 49", "prices.csv", title="Price list", reading="Model: X200; Price: 49", row=True)
    draft = Refined(Scripted(saying(("The model X200 has the price 59.", WARRANTY))), rounds=0).write(
        Query("What does it cost?"), evidence(row, WARRANTY)
    )
    assert draft.text == "Model: X200; Price: 49"


def test_where_nothing_is_left_it_abstains() -> None:
    draft = Refined(Scripted(BAD, BAD)).write(ASKED, EVIDENCE)
    assert (draft.text, draft.citations) == ("", ())
    rag = Rag(None, Refined(Scripted(BAD, BAD)), fusion=softmax())  # type: ignore[arg-type]  # it is not asked to search
    assert rag.read(ASKED, EVIDENCE).abstained


def test_an_abstention_is_no_fault() -> None:
    nothing = Draft("", logprob=-math.inf)
    generator = Scripted(nothing)
    assert Refined(generator).write(ASKED, evidence(POWER, WARRANTY)) is nothing
    assert len(generator.given) == 1
    assert Refined(SentenceGenerator()).write(ASKED, []).text == ""


def test_weights_of_a_second_draft_go_with_their_passages() -> None:
    given = [Evidence(OTHER, 0.5), Evidence(POWER, 0.2), Evidence(WARRANTY, 0.3)]
    second = Draft(GOOD.text, GOOD.citations, (0.7, 0.2, 0.1))
    generator = Scripted(HALF, second)
    draft = Refined(generator).write(ASKED, given)
    order = [one.passage for one in generator.given[1]]
    assert order[0] == WARRANTY
    assert [one.weight for one in generator.given[1]] == [0.5, 0.3, 0.2]
    assert dict(zip([one.passage.id for one in given], draft.weights, strict=True)) == {
        one.id: weight for one, weight in zip(order, second.weights, strict=True)
    }


class Strict:
    """Takes nothing but what names the receipt, by whatever it is carried."""

    def judge(self, query: Query, answer: Answer) -> Verdict:
        held = "receipt" in answer.text
        return Verdict(held, float(held))


def test_any_critic_may_judge() -> None:
    first = saying((LASTS, WARRANTY), ("Keep the receipt.", WARRANTY))
    assert Refined(Scripted(first), Strict(), rounds=0).write(ASKED, EVIDENCE).text == "Keep the receipt."
    assert Refined(Scripted(GOOD), Strict(), rounds=0).write(ASKED, EVIDENCE).text == "", (
        "its own words are judged, too"
    )


class Everything(Scripted):
    def threshold(self, risk: float) -> float:
        return 0.5

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> list[str]:
        return [GOOD.text]


def test_what_is_no_longer_true_is_not_passed_on() -> None:
    assert isinstance(Everything(), StatesRisk)
    assert isinstance(Everything(), Streams)
    assert not isinstance(Refined(Everything()), StatesRisk)
    assert not isinstance(Refined(Everything()), Streams)


def test_fewer_rounds_than_none_are_refused() -> None:
    with pytest.raises(ConfigError, match="rounds=-1: must be 0 or more"):
        Refined(Scripted(), rounds=-1)
