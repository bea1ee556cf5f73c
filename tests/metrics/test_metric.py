"""What every metric must do, whatever the run: a value for any choice of rows, or a reason; never NaN."""

import math
import random

import numpy as np
import pytest

from raglan.errors import ConfigError
from raglan.metrics import answers, bleu, citations, confidence, evidence, retrieval, rouge
from raglan.metrics.metric import Metric, Run, cutoff, mean, named, of_answers, split
from raglan.metrics.value import Statistics, Undefined
from raglan.types import Answer

from .samples import chinese, cite, row, text

METRICS = [
    *(answers.em(), answers.f1(), answers.contains(), bleu.bleu()),
    *(rouge.rouge1(), rouge.rouge2(), rouge.rouge_l()),
    *(rouge.rouge1_recall(), rouge.rouge2_recall(), rouge.rouge_l_recall()),
    *(retrieval.recall(5), retrieval.success(5), retrieval.precision(5), retrieval.mrr(10), retrieval.ndcg(10)),
    *(retrieval.map_(), retrieval.recall(), evidence.answer_recall(5)),
    *(citations.citation_precision(), citations.citation_recall()),
    *(citations.support(lambda claim, passages: len(claim) > 9), citations.support_precision(lambda *_: True)),
    *(confidence.equal_width_ece(), confidence.equal_mass_ece(), confidence.brier_score(), confidence.aurc()),
    *(confidence.coverage(0.2), confidence.confidence_auroc(), confidence.abstain_auroc()),
]
every = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def drawn(rng, size):
    """A run with everything odd in it: empty texts and lists, strange ids, rows without gold, abstentions."""
    make = rng.choice([text, chinese])
    names = [f"p{n}" for n in range(6)]
    examples = [
        row(*(make(rng) for _ in range(rng.randint(0, 3))), positives=tuple(rng.sample(names, rng.randint(0, 2))))
        for _ in range(size)
    ]
    given = []
    for example in examples:
        said = rng.choice([make(rng), *example.answers])
        cited = [(0, min(len(said), 5), rng.choice(names)) for _ in range(rng.randint(0, 2) if said else 0)]
        given.append(cite(said, *cited, confidence=rng.choice([0.0, 0.5, 1.0, rng.random()])))
    rankings = [rng.choices(names, k=rng.randint(0, 8)) for _ in range(size)]
    return Run(examples, rankings=rankings, answers=given, texts={name: make(rng, 20) for name in names})


def sound(value):
    """A number within 0 and 1, or a reason."""
    return bool(value.reason) if isinstance(value, Undefined) else math.isfinite(value) and -1e-9 <= value <= 1 + 1e-9


@every
def test_any_choice_of_rows_has_a_value_or_a_reason(metric):
    rng, chance = random.Random(22), np.random.default_rng(22)
    numbers = 0
    for size in [0, 1, 1, 1, 2, 2, 3, *[8] * 16]:
        run = drawn(rng, size)
        assert sound(metric.of(run))
        numbers += isinstance(metric.of(run), float)
        statistics = metric.rows(run)
        assert len(statistics.values) == len(statistics.why) == size
        kept = statistics.values[statistics.defined]
        for draw in range(3):
            chosen = kept[chance.integers(len(kept), size=len(kept))] if draw and len(kept) else kept
            assert sound(metric.value(chosen))
            assert metric.each is None or (len(chosen) == len(metric.each(chosen)))
    assert numbers > 5


@every
def test_the_order_of_rows_says_nothing(metric):
    run = drawn(random.Random(23), 30)
    statistics = metric.rows(run)
    kept = statistics.values[statistics.defined]
    turned = metric.value(kept[::-1].copy())
    value = metric.value(kept)
    assert turned == value if isinstance(value, Undefined) else turned == pytest.approx(value, abs=1e-12)


@every
def test_a_run_without_what_is_needed_is_told_apart(metric):
    value = metric.of(Run([row("red")]))
    assert isinstance(value, Undefined)
    assert value.reason.startswith(f"{metric.name} needs ")
    assert metric.needs <= drawn(random.Random(24), 3).has


@every
def test_rows_do_not_see_each_other(metric):
    """So that a bootstrap over rows, or a swap between systems, is what it says."""
    run = drawn(random.Random(25), 12)
    together = metric.rows(run)
    for n in range(12):
        one = Run(run.examples[n : n + 1], run.rankings[n : n + 1], run.answers[n : n + 1], run.texts)
        alone = metric.rows(one)
        assert alone.why == together.why[n : n + 1]
        assert alone.values[0] == pytest.approx(together.values[n], abs=1e-12)


def test_a_function_is_the_smallest_metric():
    brief = of_answers("brief", lambda answer, example: float(len(answer.text) < 10))
    run = Run([row(), row()], answers=[Answer("Red."), Answer("It is certainly red.")])
    assert (brief.name, brief.of(run)) == ("brief", 0.5)
    never = of_answers("never", lambda answer, example: Undefined("nobody knows"))
    assert never.of(run) == Undefined("nobody knows")
    assert never.rows(run).reasons == {"nobody knows": 2}


def test_shared_work_is_done_once():
    calls = []
    run = Run([row()])

    def count(given):
        calls.append(given)
        return len(given.examples)

    assert [run.once(count), run.once(count)] == [1, 1]
    assert calls == [run]


def test_columns_have_a_row_for_each_example():
    with pytest.raises(ValueError, match="1 answers for 2 examples"):
        Run([row(), row()], answers=[Answer("")])


def test_nothing_infinite_is_kept():
    with pytest.raises(ValueError, match="row 1 has the statistic"):
        Statistics(np.array([[1.0], [math.nan]]), ("", ""))
    with pytest.raises(ValueError, match="for 3 rows"):
        Statistics(np.zeros((2, 1)), ("", "", ""))
    with pytest.raises(ValueError, match="row 0"):
        of_answers("broken", lambda answer, example: math.nan).of(Run([row()], answers=[Answer("x")]))


def test_no_rows_have_no_mean():
    assert mean(np.zeros((0, 1))) == Undefined("no row has a value")
    assert answers.f1().of(Run([])) == Undefined("f1 needs answer, which this run does not have")


def test_a_name_is_taken_apart_as_it_is_put_together():
    for base, at in [("f1", None), ("recall", 5), ("coverage", 0.05), ("rouge1_recall", None)]:
        assert split(named(base, at)) == (base, {} if at is None else {"at": at})
    assert isinstance(split("recall@5")[1]["at"], int)
    assert cutoff(10.0) == 10
    with pytest.raises(ValueError, match=r"at is 2\.5, must be a whole number"):
        cutoff(2.5)


@pytest.mark.parametrize("name", ["", "@5", "recall@", "recall@k", "recall@-1", "Recall@5 ", "recall@5@6", "recall@.5"])
def test_what_is_no_name_is_told(name):
    with pytest.raises(ConfigError, match="is not a metric's name"):
        split(name)


def test_metrics_can_be_compared_and_named():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert {metric.name for metric in METRICS if metric.lower} == {"ece", "ece_mass", "brier", "aurc"}
    assert all(isinstance(metric, Metric) for metric in METRICS)
