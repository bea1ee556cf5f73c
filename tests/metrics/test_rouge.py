import random
from dataclasses import astuple

import pytest
from rouge_score.rouge_scorer import RougeScorer

from raglan.metrics import rouge
from raglan.metrics.metric import Run
from raglan.types import Answer

from .samples import chinese, row, text

KINDS = {"rouge1": 1, "rouge2": 2, "rougeL": 0}
METRICS = {
    "rouge1": (rouge.rouge1(), rouge.rouge1_recall()),
    "rouge2": (rouge.rouge2(), rouge.rouge2_recall()),
    "rougeL": (rouge.rouge_l(), rouge.rouge_l_recall()),
}


class ByCharacter:
    """What rouge-score is told to cut Chinese with: letters and digits, Chinese ones one by one."""

    def tokenize(self, line):
        found, word = [], ""
        for character in f"{line.lower()} ":
            single = "\u4e00" <= character <= "\u9fff" or "\u3040" <= character <= "\u30ff"
            if word and (single or not character.isalnum()):
                found.append(word)
                word = ""
            if single:
                found.append(character)
            elif character.isalnum():
                word += character
        return found


@pytest.mark.parametrize(("make", "cut"), [(text, None), (chinese, ByCharacter())])
def test_it_is_rouge_score(make, cut):
    rng = random.Random(6)
    scorer = RougeScorer(list(KINDS), tokenizer=cut)
    query = "保修期多久？" if cut else "How long?"
    for _ in range(500):
        said, golds = make(rng, 15), [make(rng, 15) for _ in range(rng.randint(1, 3))]
        wanted = [scorer.score(gold, said) for gold in golds]
        run = Run([row(*golds, query=query)], answers=[Answer(said)])
        for name, (f, recall) in METRICS.items():
            assert f.of(run) == pytest.approx(max(one[name].fmeasure for one in wanted), abs=1e-9)
            assert recall.of(run) == pytest.approx(max(one[name].recall for one in wanted), abs=1e-9)


def test_all_three_numbers_of_a_pair():
    rng = random.Random(7)
    scorer = RougeScorer(list(KINDS))
    for _ in range(200):
        said, gold = text(rng, 40), text(rng, 40)
        for name, n in KINDS.items():
            wanted = scorer.score(gold, said)[name]
            found = rouge.score(rouge.cut(said), rouge.cut(gold), n)
            assert astuple(found) == pytest.approx((wanted.fmeasure, wanted.precision, wanted.recall), abs=1e-9)


def test_other_scripts_are_cut_into_their_words():
    run = Run([row("гарантия два года")], answers=[Answer("Два года.")])
    assert rouge.rouge1().of(run) == pytest.approx(0.8)
    assert rouge.rouge2().of(run) == pytest.approx(2 / 3)


def test_silence_is_worth_nothing():
    assert rouge.rouge_l().of(Run([row("two years")], answers=[Answer("")])) == 0.0
