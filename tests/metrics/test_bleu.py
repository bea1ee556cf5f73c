import random

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from raglan.metrics.bleu import bleu, corpus_bleu, counts, sentence_bleu, words
from raglan.metrics.metric import Run
from raglan.metrics.value import Undefined
from raglan.types import Answer

from .samples import chinese, row, text

CUTS = {"13a": Tokenizer13a(), "zh": TokenizerZh()}


def rows(rng, make, size, references):
    return [(make(rng, 12), [make(rng, 12) for _ in range(references)]) for _ in range(size)]


def matrix(pairs, cut):
    return np.array([counts(said, golds, by_character=cut == "zh") for said, golds in pairs])


@pytest.mark.parametrize(("cut", "make"), [("13a", text), ("zh", chinese)])
def test_sentences_and_sets_are_those_of_sacrebleu(cut, make):
    rng = random.Random(4)
    one, many = BLEU(tokenize=cut, effective_order=True), BLEU(tokenize=cut)
    for references in range(1, 5):
        for _ in range(10):
            pairs = rows(rng, make, 25, references)
            found = matrix(pairs, cut)
            wanted = [one.sentence_score(said, golds).score / 100 for said, golds in pairs]
            assert sentence_bleu(found) == pytest.approx(wanted, abs=1e-9)
            streams = [[golds[n] for _, golds in pairs] for n in range(references)]
            corpus = many.corpus_score([said for said, _ in pairs], streams).score / 100
            assert corpus_bleu(found) == pytest.approx(corpus, abs=1e-9)


def test_words_are_cut_as_sacrebleu_cuts_them():
    rng = random.Random(5)
    parts = [*"ab1.,-!'&<>\"$%() \n–“—保期。", "&quot;", "&amp;lt;", "<skipped>", "-\n", "3.5", "1,000"]
    for _ in range(1000):
        line = "".join(rng.choices(parts, k=rng.randint(0, 15)))
        assert words(line) == CUTS["13a"](line.rstrip()).split(), repr(line)
        assert words(line, by_character=True) == CUTS["zh"](line.rstrip()).split(), repr(line)


def test_every_character_is_chinese_to_us_where_it_is_to_sacrebleu():
    codes = [*range(32, 0xD800), *range(0xE000, 0x10000), 0x20000, 0x2F800]
    for start in range(0, len(codes), 32):
        line = " ".join(f"a{chr(code)}b" for code in codes[start : start + 32])
        assert words(line, by_character=True) == CUTS["zh"](line.rstrip()).split(), hex(codes[start])


def test_a_row_has_the_bleu_of_its_sentence_and_a_set_that_of_its_sums():
    examples = [row("it lasts twenty four months"), row("两年内可以保修"), row(), row(positives=())]
    answers = [Answer("it lasts twenty four months"), Answer("两年内可以保"), Answer("x"), Answer("")]
    metric = bleu()
    found = metric.rows(Run(examples, answers=answers))
    assert found.defined.tolist() == [True, True, False, False]
    assert metric.each is not None
    first, second = metric.each(found.values[found.defined])
    assert first == pytest.approx(1.0)
    assert second == pytest.approx(BLEU(tokenize="zh").sentence_score("两年内可以保", ["两年内可以保修"]).score / 100)
    whole = metric.value(found.values[found.defined])
    assert isinstance(whole, float)
    assert second < whole < first


def test_silence_is_worth_nothing():
    assert bleu().of(Run([row("two years")], answers=[Answer("")])) == 0.0
    assert corpus_bleu(np.zeros((0, 10))) == Undefined("no row has a value")
