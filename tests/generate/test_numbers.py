import pytest

from raglan.generate.numbers import claimed, stated


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,000", "1000"),
        ("3.50", "3.5"),
        ("3,5", "3.5"),
        ("２４", "24"),
        ("twenty-four", "24"),
        ("二十四", "24"),
        ("两", "2"),
        ("一百零五", "105"),
        ("三万二千", "32000"),
        ("一亿二千万", "120000000"),
        ("二〇二四", "2024"),
        ("007", "7"),
    ],
)
def test_one_number_in_two_ways(one: str, other: str) -> None:
    assert stated(one) == stated(other) != frozenset()


def test_versions_and_dates_stay_whole() -> None:
    assert stated("version 1.2.3") == {"1.2.3"}


@pytest.mark.parametrize("text", ["One of them", "一般情况下十分重要", "百分之百", "two hundred", "no number"])
def test_what_is_no_claim(text: str) -> None:
    assert claimed(text) == frozenset()


def test_what_is_claimed() -> None:
    assert claimed("保修二十四个月，两年，5月") == {"24", "2", "5"}
    assert claimed("within sixty days, or twenty one") == {"60", "21"}
