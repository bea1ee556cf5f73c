import random
import re

import pytest
from nltk.tokenize.destructive import NLTKWordTokenizer

from raglan.metrics.answers import exact_match, token_f1
from raglan.metrics.cmrc import exact, f1, segments
from raglan.metrics.treebank import cut
from raglan.types import Answer

from .samples import chinese, row

TREEBANK = NLTKWordTokenizer()
MARKS = [*"-:_*^/\\~`+=，。：？！“”；’《》", "……", *"·、「」（）－～『』"]


def official_bare(text):
    return "".join(character for character in text.lower().strip() if character not in MARKS)


def official_segments(text):
    found: list[str] = []
    pending = ""
    for character in text.lower().strip():
        if character in MARKS:
            continue
        if re.search("[\u4e00-\u9fa5]", character):
            found += TREEBANK.tokenize(pending) if pending else []
            found.append(character)
            pending = ""
        else:
            pending += character
    return found + (TREEBANK.tokenize(pending) if pending else [])


def official_common(one, other):
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    longest = 0
    for i in range(len(one)):
        for j in range(len(other)):
            if one[i] == other[j]:
                table[i + 1][j + 1] = table[i][j] + 1
                longest = max(longest, table[i + 1][j + 1])
    return longest


def official_f1(found, golds):
    scores = []
    for wanted in map(official_segments, golds):
        common = official_common(wanted, found)
        precision, recall = common / max(1, len(found)), common / max(1, len(wanted))
        scores.append(2 * precision * recall / (precision + recall) if common else 0)
    return max(scores)


def test_it_is_the_script_of_cmrc():
    rng = random.Random(2)
    seen = set()
    for _ in range(1000):
        said, golds = chinese(rng), [chinese(rng) for _ in range(rng.randint(1, 3))]
        found = official_segments(said)
        assert segments(said) == found
        wanted = official_f1(found, golds)
        assert f1(said, golds) == pytest.approx(wanted, abs=1e-9)
        assert exact(said, golds) == float(official_bare(said) in map(official_bare, golds))
        seen.add(wanted)
    assert len(seen) > 30


def test_latin_runs_are_cut_as_nltk_cuts_them():
    rng = random.Random(3)
    parts = [
        *"abdnstmx'\".,;@#$%&?!()[]{}<>«»‘„–— 019é",
        "'s",
        "n't",
        "'ll",
        "''",
        "..",
        "can",
        "not",
        "gonna",
        "d'ye",
        " 'tis",
    ]
    parts += ["more'n", "wanna ", "gimme", "ロマンス", "\u3000", "\n", "2,400", "u.s.", ". ", "'em"]
    for _ in range(2000):
        run = "".join(rng.choices(parts, k=rng.randint(0, 12)))
        assert cut(run) == TREEBANK.tokenize(run), repr(run)


@pytest.mark.parametrize(
    ("said", "golds", "em", "best"),
    [
        ("两年。", ["两年"], 1.0, 1.0),
        ("为两年", ["两年"], 0.0, 0.8),
        ("保修期是两年", ["两年保修期"], 0.0, 6 / 11),  # one run counts, not all characters in common
        ("2008 年", ["2008年"], 0.0, 1.0),  # the space stays for exact match, as in the script
        ("IPHONE 手机", ["iPhone 手机"], 1.0, 1.0),
        ("三年", ["两天"], 0.0, 0.0),
        ("。", ["两年"], 0.0, 0.0),
    ],
)
def test_by_hand(said, golds, em, best):
    assert exact_match(Answer(said), row(*golds)) == em
    assert token_f1(Answer(said), row(*golds)) == pytest.approx(best)


def test_a_chinese_question_makes_a_number_chinese():
    assert token_f1(Answer("2008年"), row("2008")) == 0.0
    assert token_f1(Answer("2008年"), row("2008", query="奥运会是哪一年？")) == pytest.approx(2 / 3)
