"""Answers by quoting: right spans, the kind that was asked for, one to three sentences, and a probability."""

import math

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.generate.features import candidates
from raglan.generate.sentence import SentenceGenerator
from raglan.generate.wanted import has_wanted, wanted
from raglan.types import Evidence, Passage, Query, Span


def passage(name, text, **meta):
    return Passage(name, text, name, Span(0, len(text)), meta=meta)


def evidence(*passages):
    return [Evidence(one, 1 / len(passages)) for one in passages]


WARRANTY = passage(
    "w", "Keep the receipt. The warranty lasts **24 months** from the purchase. Call us when in doubt.", kind="md"
)
CLEANING = passage("c", "Descale the boiler every three months. Use citric acid.")
LEAVE = passage("l", "年假须提前一周申请。员工每年有二十天带薪年假。病假另算。")


@pytest.mark.parametrize("encoder", [None, HashingEncoder()], ids=["words", "vectors"])
@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("How long does the warranty last?", "24 months"),
        ("How often should the boiler be descaled?", "every three months"),
        ("员工每年有多少天年假？", "二十天"),
    ],
)
def test_the_sentence_that_answers_comes_first(encoder, question, says):
    draft = SentenceGenerator(encoder).write(Query(question), evidence(WARRANTY, CLEANING, LEAVE))
    first = draft.citations[0]
    assert says in first.span.of(draft.text)
    assert says in first.quote.of(first.passage.text)
    assert 1 <= len(draft.citations) <= 3
    assert -20 < draft.logprob < 0


def test_citations_cover_the_text_and_lead_into_the_passage():
    draft = SentenceGenerator().write(Query("warranty receipt boiler acid"), evidence(WARRANTY, CLEANING))
    covered = "".join(citation.span.of(draft.text) for citation in draft.citations)
    assert covered.replace(" ", "") == draft.text.replace(" ", "")
    for citation in draft.citations:
        assert citation.quote.of(citation.passage.text).replace("**", "") == citation.span.of(draft.text)


def test_markup_is_not_told():
    draft = SentenceGenerator().write(Query("How long does the warranty last?"), evidence(WARRANTY))
    assert "*" not in draft.text
    assert "**24 months**" in draft.citations[0].quote.of(WARRANTY.text)


def test_a_table_row_is_told_with_its_columns():
    row = passage("t", "E-07,low flow", reading="Code: E-07; Meaning: low flow", row=True)
    draft = SentenceGenerator().write(Query("What does E-07 mean?"), evidence(row))
    assert draft.text == "Code: E-07; Meaning: low flow"
    assert draft.citations[0].quote == Span(0, len(row.text))


def test_what_only_repeats_the_question_is_no_answer():
    asked = passage("q", "How long does the warranty last? It lasts two years.")
    found = candidates(Query("How long does the warranty last?"), evidence(asked))
    assert [one.says for one in found] == ["It lasts two years."]


def test_evidence_without_sentences_gives_an_empty_draft():
    draft = SentenceGenerator().write(Query("How long?"), evidence(passage("e", "?")))
    assert (draft.text, draft.citations, draft.logprob) == ("", (), -math.inf)


def test_much_evidence_and_a_huge_passage():
    many = evidence(*(passage(f"p{n}", f"Part {n} costs {n} euros. It is grey.") for n in range(500)))
    assert "417" in SentenceGenerator().write(Query("What does part 417 cost?"), many).text
    huge = evidence(passage("h", "It is so and so. " * 6000 + "The pump makes fifteen bar."))
    assert "fifteen" in SentenceGenerator().write(Query("How much pressure does the pump make?"), huge).text


@pytest.mark.parametrize(
    ("question", "kind", "sentence"),
    [
        ("How long is it?", "duration", "It takes ten minutes."),
        ("保修期多久？", "duration", "保修期为两年。"),
        ("How much does it cost?", "money", "It costs 20 dollars."),
        ("多少钱？", "money", "售价三百元。"),
        ("When did it open?", "date", "It opened on 3 May 1998."),
        ("何时发货？", "date", "七月三日发货。"),
        ("Who founded it?", "person", "It was founded by Ada Byron."),
        ("谁负责？", "person", "由李经理负责。"),
        ("Where is it?", "place", "The office is in Turin."),
        ("How many are there?", "number", "There are twelve."),
        ("Why does it leak?", "reason", "It leaks because the seal is worn."),
    ],
)
def test_kinds_of_answers(question, kind, sentence):
    assert wanted(question) == kind
    assert has_wanted(kind, sentence, question)
    assert not has_wanted(kind, "Nothing of the sort is said.", question)


@pytest.mark.parametrize("kind", ["txt", "md"])
@pytest.mark.parametrize("text", ["Set __debug__ to 2**10 entries.", "The valve opens at a pressure > 5 bar."])
def test_what_only_looks_like_markup_is_kept(kind, text):
    if kind == "md" and "__" in text:
        text = "Set it to 2**10 entries and 3**2 rows."
    draft = SentenceGenerator().write(Query("valve entries"), evidence(passage("m", text, kind=kind)))
    assert draft.text == text


def test_a_sign_at_the_start_of_a_line_of_plain_text_is_kept():
    draft = SentenceGenerator().write(
        Query("pressure"), evidence(passage("m", "The pressure is\n> 5 bar.", kind="txt"))
    )
    assert draft.text == "The pressure is > 5 bar."
