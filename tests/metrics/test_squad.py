import random
import re
import string
from collections import Counter

import pytest

from raglan.metrics.answers import exact_match, token_f1
from raglan.metrics.squad import exact, f1
from raglan.metrics.value import Undefined
from raglan.types import Answer

from .samples import row, text


def official_normalize(answer):
    """The steps of the SQuAD 2.0 script, one after the other."""
    lowered = answer.lower()
    bare = "".join(character for character in lowered if character not in set(string.punctuation))
    without = re.sub(r"\b(a|an|the)\b", " ", bare)
    return " ".join(without.split())


def official_f1(gold, said):
    gold_words, said_words = official_normalize(gold).split(), official_normalize(said).split()
    same = sum((Counter(gold_words) & Counter(said_words)).values())
    if not gold_words or not said_words:
        return int(gold_words == said_words)
    if same == 0:
        return 0
    precision, recall = same / len(said_words), same / len(gold_words)
    return 2 * precision * recall / (precision + recall)


def official(said, golds):
    golds = [gold for gold in golds if official_normalize(gold)] or [""]
    return (
        max(int(official_normalize(gold) == official_normalize(said)) for gold in golds),
        max(official_f1(gold, said) for gold in golds),
    )


def test_it_is_the_script_of_squad():
    rng = random.Random(1)
    seen = set()
    for _ in range(1000):
        said, golds = text(rng, 5), [text(rng, 5) for _ in range(rng.randint(1, 4))]
        wanted = official(said, golds)
        assert (exact(said, golds), f1(said, golds)) == pytest.approx(wanted, abs=1e-9)
        seen.add(wanted)
    assert len(seen) > 8


@pytest.mark.parametrize(
    ("said", "golds", "em", "best"),
    [
        ("The Eiffel Tower.", ["eiffel  tower"], 1.0, 1.0),
        ("Eiffel tower in Paris", ["Paris", "the Eiffel tower"], 0.0, 2 / 3),
        ("tower tower", ["tower"], 0.0, 2 / 3),
        ("%", ["%"], 1.0, 1.0),  # nothing is left of either
        ("tower", ["the", "tower"], 1.0, 1.0),
        ("Lyon", ["Paris"], 0.0, 0.0),
    ],
)
def test_by_hand(said, golds, em, best):
    example = row(*golds)
    assert exact_match(Answer(said), example) == em
    assert token_f1(Answer(said), example) == pytest.approx(best)


def test_abstaining_is_right_where_nothing_can_be_answered():
    barren = row(positives=())
    for judge in (exact_match, token_f1):
        assert judge(Answer(""), barren) == 1.0
        assert judge(Answer("1889"), barren) == 0.0
        assert judge(Answer(""), row("1889")) == 0.0
        assert judge(Answer(""), row("the")) == 0.0


def test_a_row_for_retrieval_only_has_no_value():
    assert token_f1(Answer("1889"), row()) == Undefined("the row has no gold answer")
