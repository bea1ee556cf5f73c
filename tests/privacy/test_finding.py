"""Personal data found: floors on made-up sentences, laws on any text."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglan.privacy.finding import find
from raglan.privacy.kinds import KINDS
from raglan.types import Span
from tests.privacy.cases import Case, cases

KNOWN, HELD = cases(), cases("held")
ANY = st.text(st.sampled_from("0123456789 -+().@:/abxXDE转电话，１２\u200b\n"), max_size=60)


def covered(case: Case) -> list[bool]:
    """Of each personal datum whether no character of it stays."""
    found = find(case.text)
    return [
        all(any(one.span.start <= at < one.span.end for one in found) for at in range(span.start, span.end))
        for span, _ in case.personal
    ]


def test_there_are_a_few_hundred_sentences_in_both_languages() -> None:
    for language in ("en", "zh"):
        mine = [case for case in KNOWN + HELD if case.language == language]
        assert sum(len(case.personal) for case in mine) >= 100
        assert sum(case.clean for case in mine) >= 90
    assert {kind for case in KNOWN for _, kind in case.personal} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("case", [case for case in KNOWN if not case.clean], ids=lambda case: case.text[:40])
def test_what_the_patterns_were_written_with_is_found(case: Case) -> None:
    assert all(covered(case)), find(case.text)
    for span, kind in case.personal:
        assert kind in {one.kind for one in find(case.text) if one.span.overlaps(span)}


@pytest.mark.parametrize("case", [case for case in KNOWN if case.clean], ids=lambda case: case.text[:40])
def test_look_alikes_that_the_patterns_were_written_with_are_left(case: Case) -> None:
    assert not find(case.text)


def test_floors_on_sentences_that_were_written_after_the_patterns() -> None:
    whole = [one for case in HELD for one in covered(case)]
    assert whole.count(False) / len(whole) <= 0.03
    harmless = [case for case in HELD if case.clean]
    assert sum(bool(find(case.text)) for case in harmless) / len(harmless) <= 0.06


def test_little_beside_the_data_is_masked() -> None:
    extra = sum(
        sum(len(one.span) for one in find(case.text)) - sum(len(span) for span, _ in case.personal) for case in KNOWN
    )
    assert extra <= 0.01 * sum(len(case.text) for case in KNOWN)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2025550162", ""),
        ("call 2025550162", "phone"),
        ("2025550162 is her phone number", "phone"),
        ("order 2025550162", ""),
        ("The order came late. Her phone: 2025550162", "phone"),
        ("phone broken, order 2025550162", ""),
        ("订单号13812345678", ""),
        ("订单已发，手机13812345678", "phone"),
    ],
)
def test_the_nearer_words_decide(text: str, kind: str) -> None:
    assert [one.kind for one in find(text)] == ([kind] if kind else [])


def test_what_is_known_from_one_place_is_found_again_where_that_is_wanted() -> None:
    text = "Her phone number is 4155550199. Later: 415 5550199? Write 4155550198."
    assert [one.span.of(text) for one in find(text)] == ["4155550199"]
    found = find("Her phone number is 4155550199. Later, 4155550199. Not 4155550198.", again=True)
    assert [one.span for one in found] == [Span(20, 30), Span(39, 49)]


def test_what_masking_put_there_is_no_word_of_the_text() -> None:
    assert not find("[PHONE] 4155550199")
    assert not find("[PHONE-3fa2c1d09b] 4155550199")


def test_full_width_and_invisible_characters_hide_nothing() -> None:
    text = "卡号４１１１\u200b１１１１１１１１１１１１。"
    [found] = find(text)
    assert (found.kind, found.span) == ("card", Span(2, 19))
    [found] = find("jane\u00ad@example.org")
    assert found.span == Span(0, 17)


@pytest.mark.parametrize(
    "text",
    ["+44 20\n7946 0018", "4111 1111\n1111 1111", "GB29 NWBK 6016\n1331 9268 19"],
)
def test_a_number_that_goes_on_in_the_next_line_is_found_whole(text: str) -> None:
    [found] = find(f"It is {text}, she says.")
    assert found.span.of(f"It is {text}, she says.") == text


def test_what_overlaps_is_one() -> None:
    text = "IBAN GB29 NWBK 6016 1331 9268 19, phone"
    [found] = find(text)
    assert found.kind == "iban"
    assert found.span.of(text) == "GB29 NWBK 6016 1331 9268 19"


def test_a_token_is_no_personal_datum() -> None:
    assert not find("phone [PHONE-2025550162]")


@settings(deadline=None, max_examples=50, derandomize=True)
@given(ANY)
def test_findings_are_apart_in_order_and_within_the_text(text: str) -> None:
    found = find(text)
    assert all(0 <= one.span.start < one.span.end <= len(text) and 0.5 <= one.sure <= 1 for one in found)
    assert all(a.span.end <= b.span.start for a, b in pairwise(found))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    find(text)


@pytest.mark.parametrize("hard", ["a" * 40_000, "a." * 20_000, "1" * 40_000, "1 " * 20_000, "a@" * 20_000, ":1" * 20_000,
                                  "a at b dot " * 4_000, "A1" * 20_000, "(" * 40_000, "+1-" * 13_000])  # fmt: skip
@pytest.mark.timeout(20)
def test_no_text_takes_forever(hard: str) -> None:
    find(hard)
