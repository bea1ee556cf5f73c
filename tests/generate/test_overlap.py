import pytest

from raglan.generate.citing import cite
from raglan.generate.overlap import OverlapCritic
from raglan.types import Answer, Citation, Passage, Query, Span, Verdict

from .conftest import CHINESE, EVIDENCE, POWER, WARRANTY, evidence

QUERY = Query("How long is the warranty?")


def answer(text: str, *citations: Citation) -> Answer:
    return Answer(text, citations, tuple(EVIDENCE))


def whole(text: str) -> Citation:
    return Citation(Span(0, len(text)), WARRANTY, Span(0, len(WARRANTY.text)))


def test_what_is_quoted_is_supported() -> None:
    text = "24 months"
    verdict = OverlapCritic().judge(QUERY, answer(text, whole(text)))
    assert verdict.supported
    assert verdict.score == pytest.approx(1.0)


def test_the_weakest_sentence_decides() -> None:
    text = "The warranty lasts 24 months. It covers floods and fire."
    verdict = OverlapCritic().judge(QUERY, answer(text, whole(text)))
    assert not verdict.supported
    assert verdict.score == 0.0
    assert "It covers floods and fire." in verdict.reason


def test_a_sentence_that_cites_nothing_has_nothing() -> None:
    first = "The warranty lasts 24 months."
    verdict = OverlapCritic().judge(QUERY, answer(f"{first} The lamp draws 12 watts.", whole(first)))
    assert verdict == Verdict(supported=False, score=0.0, reason='"The lamp draws 12 watts.": it cites nothing')


def test_a_wrong_number_is_found() -> None:
    text = "The warranty lasts 36 months."
    assert not OverlapCritic().judge(QUERY, answer(text, whole(text))).supported


def test_an_abstention_says_nothing_false() -> None:
    assert OverlapCritic().judge(QUERY, Answer("")) == Verdict(supported=True, score=1.0, reason="says nothing")
    assert not OverlapCritic().judge(QUERY, Answer(" ")).supported


def test_the_threshold_is_an_argument() -> None:
    text = "The warranty lasts long."
    verdict = OverlapCritic(1.0).judge(QUERY, answer(text, whole(text)))
    assert 0 < verdict.score < 1
    assert not verdict.supported
    assert OverlapCritic(0.1).judge(QUERY, answer(text, whole(text))).supported


@pytest.mark.parametrize(
    ("reply", "passages"),
    [
        ("The warranty lasts 24 months [1], and the lamp draws 12 watts [2].", [WARRANTY, POWER]),
        ("保修期是两年。[1]运费由买方承担[1]。", [CHINESE]),
    ],
)
def test_critic_and_citing_agree(reply: str, passages: list[Passage]) -> None:
    draft = cite(reply, passages)
    found = Answer(draft.text, draft.citations, tuple(evidence(*passages)))
    assert OverlapCritic().judge(QUERY, found).supported
