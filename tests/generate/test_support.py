import pytest

from raglan.generate.support import carried, rarity, support
from raglan.types import Span

from .conftest import CHINESE, POWER, WARRANTY, passage

WEIGHT = rarity([WARRANTY, POWER, CHINESE])


def test_the_quote_is_the_best_sentence() -> None:
    found = support("The warranty lasts 24 months.", WARRANTY, WEIGHT)
    assert found.quote.of(WARRANTY.text) == "The warranty lasts 24 months from the date of delivery."
    assert found.score == pytest.approx(1.0)


def test_chinese_works_equally() -> None:
    found = support("保修期是两年。", CHINESE, WEIGHT)
    assert found.quote.of(CHINESE.text) == "保修期为两年，自购买之日起计算。"
    assert found.score == pytest.approx(1.0)


def test_a_number_that_the_quote_lacks_halves() -> None:
    right = support("The lamp draws 12 watts.", POWER, WEIGHT).score
    wrong = support("The lamp draws twelve watts.", POWER, WEIGHT).score
    other = support("The lamp draws 15 watts.", POWER, WEIGHT).score
    assert right == pytest.approx(1.0)
    assert other < 0.5 < wrong


def test_two_sentences_are_quoted_where_both_are_needed() -> None:
    found = support("The lamp draws 12 watts and its bulb can be replaced without tools.", POWER, WEIGHT)
    assert found.quote == Span(0, len(POWER.text))


def test_titles_and_column_names_are_neither_proof_nor_doubt() -> None:
    tower = passage("It was finished in 1889. The Eiffel Tower is the tallest.", title="Eiffel Tower")
    assert support("The Eiffel Tower was finished in 1889.", tower, rarity([tower])).score == pytest.approx(1.0)
    row = passage("X200 | 49", title="Price list", reading="Model: X200; Price: 49")
    weight = rarity([row])
    assert support("The price of model X200 is 49.", row, weight).score == pytest.approx(1.0)
    assert support("The price of model X300 is 59.", row, weight).score == 0.0


def test_a_claim_that_only_repeats_the_title_is_a_hint() -> None:
    tower = passage("It was finished in 1889 and is the tallest.", title="Eiffel Tower")
    assert support("Eiffel Tower.", tower, rarity([tower])).score == pytest.approx(0.4)


def test_across_scripts_numbers_and_names_keep_but_do_not_prove() -> None:
    assert support("保修期是24个月。", WARRANTY, WEIGHT).score == pytest.approx(0.4)
    assert support("保修期是36个月。", WARRANTY, WEIGHT).score == 0.0
    assert support("保修期很长。", WARRANTY, WEIGHT).score == 0.0


def test_quotes_carry_together() -> None:
    claim = "The warranty lasts 24 months and the lamp draws 12 watts."
    quotes = [(p, support(claim, p, WEIGHT).quote) for p in (WARRANTY, POWER)]
    assert carried(claim, quotes, WEIGHT) == pytest.approx(1.0)
    assert carried(claim, quotes[:1], WEIGHT) < 0.5


def test_nothing_carries_nothing() -> None:
    assert support("Anything.", passage(""), rarity([])).score == 0.0
    assert support("!", WARRANTY, WEIGHT).score == 0.0
    assert carried("Anything.", [], WEIGHT) == 0.0


def test_a_rare_term_weighs_more() -> None:
    texts = [passage(f"The lamp has part {word}.") for word in ("alpha", "beta", "gamma", "delta")]
    weight = rarity(texts)
    assert weight("alpha") > weight("lamp") > 0
    assert weight("unseen") == weight("alpha")
