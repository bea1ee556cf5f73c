"""How varied replies are, and how near to what was to be known: against counts by hand and by another way."""

import random
from collections import Counter

import pytest

from raglan.evaluate.resample import Resampling, contest, interval
from raglan.metrics.dialogue import distinct1, distinct2, knowledge_f1, overlap
from raglan.metrics.metric import Run
from raglan.metrics.value import Undefined
from raglan.types import Answer, Evidence, Example, Passage, Query, Span


def run(said, examples=None, **columns):
    return Run(examples or [Example(Query("q"))] * len(said), answers=[Answer(text) for text in said], **columns)


def test_words_of_all_replies_together():
    said = run(["The lamp is red.", "the lamp is blue", ""])
    assert distinct1().of(said) == pytest.approx(5 / 8)
    assert distinct2().of(said) == pytest.approx(4 / 6)
    assert distinct1().of(run(["保修期两年", "保修"])) == pytest.approx(5 / 7)
    assert distinct2().of(run(["one"])) == Undefined("the answer abstains: nothing is said")


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_counting_gives(seed):
    chance = random.Random(seed)
    texts = [" ".join(chance.choices("a b c d e f".split(), k=chance.randint(1, 30))) for _ in range(20)]
    for n, metric in ((1, distinct1()), (2, distinct2())):
        grams = [tuple(words[at : at + n]) for words in map(str.split, texts) for at in range(len(words) - n + 1)]
        assert metric.of(run(texts)) == pytest.approx(len(set(grams)) / len(grams))


def test_two_systems_can_be_compared():
    dull, lively = run(["I do not know"] * 30), run([f"word{n} other{n} thing{n}" for n in range(30)])
    metric = distinct1()
    found = contest(metric, metric.rows(dull), metric.rows(lively), Resampling(draws=200))
    assert found is not None
    assert found.difference == pytest.approx(1 - 4 / 120)
    assert found.p < 0.05
    drawn = interval(metric, metric.rows(lively).values, Resampling(draws=50))
    assert drawn is not None
    assert drawn[1] < 1, "what is drawn twice is no new word"


def f1(said, known):
    shared = sum((Counter(said) & Counter(known)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(said), shared / len(known)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("seed", range(5))
def test_overlap_is_the_harmonic_mean(seed):
    chance = random.Random(seed)
    one, other = (chance.choices("red blue boiler lamp water".split(), k=chance.randint(1, 12)) for _ in range(2))
    assert overlap(" ".join(one), " ".join(other)) == pytest.approx(f1(one, other))
    written = dict(zip("red blue boiler lamp water".split(), "红蓝锅灯水", strict=True))
    mine, yours = ("".join(written[word] for word in words) for words in (one, other))
    assert overlap(mine, f"{yours}。", characters=True) == pytest.approx(f1(one, other))


def test_the_gold_passage_is_what_counts():
    gold = Example(Query("How big?"), positives=("p", "gone"))
    texts = {"p": "The boiler holds two litres.", "q": "Nothing else."}
    metric = knowledge_f1()
    assert metric.of(run(["boiler holds two litres"], [gold], texts=texts)) == 1.0
    assert metric.of(run(["It holds two"], [gold], texts=texts)) == pytest.approx(
        f1("it holds two".split(), "boiler holds two litres".split())
    )
    assert metric.of(run([""], [gold], texts=texts)) == 0.0
    chinese = Example(Query("多大？"), positives=("p",))
    assert metric.of(run(["两升水"], [chinese], texts={"p": "锅炉装两升水。"})) == pytest.approx(
        f1("两升水", "锅炉装两升水")
    )


def test_without_a_known_passage_there_is_no_value():
    metric = knowledge_f1()
    said = run(["two litres"], [Example(Query("How big?"), positives=("p",))])
    assert metric.of(said) == Undefined("the text of no gold passage is known")
    passage = Passage("p", "two litres", "d", Span(0, 10))
    for name in ("p", "d"):
        answer = Answer("two litres", evidence=(Evidence(passage, 1.0),))
        assert metric.of(Run([Example(Query("How big?"), positives=(name,))], answers=[answer])) == 1.0
