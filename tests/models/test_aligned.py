"""A question beside a text, unit by unit: what is told of it, against what one finds by hand."""

import random

import numpy as np
import pytest

from raglan.models.aligned import FEATURES, LEVELS, NAMES, Units, aligned, units

LENGTHS = (1, 2, 3, 4, 6)


def levels_by_hand(asked: list[str], said: list[str]) -> np.ndarray:
    """For each pair the longest of the told lengths of a shared run that covers it."""
    found = np.zeros((len(said), len(asked)), int)
    for level, length in enumerate(LENGTHS, 1):
        for i in range(len(said) - length + 1):
            for j in range(len(asked) - length + 1):
                run = range(length)
                if all(said[i + at] == asked[j + at] and asked[j + at].isalnum() for at in run):
                    for at in run:
                        found[i + at, j + at] = level
    return found


@pytest.mark.parametrize("seed", range(20))
def test_levels_are_those_found_by_hand(seed: int) -> None:
    chance = random.Random(seed)
    asked, said = (units("".join(chance.choices("保修期。两年", k=chance.randint(1, 14)))) for _ in range(2))
    found = aligned(asked, said)
    assert np.array_equal(found.levels, levels_by_hand(asked.names, said.names))
    assert found.levels.max() < LEVELS
    assert found.features.shape == (len(said.names), FEATURES)
    assert np.isfinite(found.features).all()


def test_the_sentence_that_says_most_of_the_question_is_told() -> None:
    found = aligned(units("保修期是多久？"), units("送货免费。保修期是两年。"))
    share, best = found.features[:, 9], found.features[:, 10]
    assert best[:5].max() < 1
    assert (best[5:] == 1).all()
    assert share[6] > share[0]


def test_units_lead_back_to_their_characters() -> None:
    text = "FX-200 保修İ24个月，\n1,500 元"
    found = units(text)
    assert [text[start:end].lower() for start, end in found.spans if text[start:end] != "İ"] == [
        name for name in found.names if name != "İ"
    ]
    assert "1,500" in found.names


def test_names_have_rows_of_the_table() -> None:
    rows = Units(["保", "2019", "1987", "12", "𠀀", "\ud800"], [(0, 1)] * 6).rows
    assert ((rows > 0) & (rows < NAMES)).all()
    assert rows[1] == rows[2] != rows[3]


def test_pairs() -> None:
    assert units("保修期").pairs == ["保修", "修期", "期"]
    assert units("").pairs == []
