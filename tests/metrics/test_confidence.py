import math

import pytest

from raglan.metrics import confidence as sure
from raglan.metrics.answers import exact_match, token_f1
from raglan.metrics.metric import Run
from raglan.metrics.value import Undefined
from raglan.types import Answer

from .samples import row

ROWS = [row("red"), row("red"), row("red"), row(positives=())]
GIVEN = [Answer("It is red.", confidence=0.9), Answer("Blue.", confidence=0.2), Answer("Red", confidence=0.6)]
SILENT = Answer("", confidence=0.8)


def run(*answers):
    return Run(ROWS[: len(answers)], answers=answers)


def test_an_answer_is_right_where_it_holds_a_gold_one():
    given = run(*GIVEN)
    assert sure.brier_score().of(given) == pytest.approx((0.01 + 0.04 + 0.16) / 3)
    assert sure.brier_score(right=exact_match).of(given) == pytest.approx((0.81 + 0.04 + 0.16) / 3)
    assert sure.confidence_auroc().of(given) == 1.0
    assert sure.confidence_auroc(right=exact_match).of(given) == 0.5
    assert sure.aurc().of(given) == pytest.approx((0 + 0 + 1 / 3) / 3)
    assert sure.aurc(right=token_f1).of(given) == pytest.approx((0.5 + 0.25 + 0.5) / 3)
    assert sure.equal_width_ece(10).of(given) == pytest.approx((0.1 + 0.2 + 0.4) / 3)


def test_an_abstention_claims_nothing_and_is_not_covered():
    given = run(*GIVEN, SILENT)
    assert sure.brier_score().of(given) == sure.brier_score().of(run(*GIVEN))
    assert sure.aurc().of(given) == sure.aurc().of(run(*GIVEN))
    assert sure.coverage(0.0).of(given) == 0.5
    assert sure.coverage(0.4).of(given) == 0.75
    assert sure.coverage(0.4).of(Run([row("red")], answers=[SILENT])) == 0.0
    assert sure.brier_score().of(Run([row("red")], answers=[SILENT])) == Undefined(
        "the answer abstains: it claims nothing"
    )


def test_answering_what_cannot_be_answered_is_wrong():
    assert sure.brier_score().of(run(*GIVEN, Answer("Red", confidence=1.0))) == pytest.approx(1.21 / 4)


def test_abstention_is_ranked_below_every_answer():
    metric = sure.abstain_auroc()
    assert metric.of(run(*GIVEN, Answer("Red", confidence=0.5))) == pytest.approx(2 / 3)
    assert metric.of(run(*GIVEN, Answer("Red", confidence=0.6))) == pytest.approx(1.5 / 3)
    assert metric.of(run(*GIVEN, SILENT)) == 1.0
    assert isinstance(metric.of(run(*GIVEN)), Undefined)


def test_a_confidence_that_is_none_is_told():
    broken = Run([row("red")], answers=[Answer("Red", confidence=math.nan)])
    for metric in (sure.brier_score(), sure.abstain_auroc(), sure.coverage(0.1)):
        assert metric.of(broken) == Undefined("the confidence is nan, must be within 0 and 1")


def test_names():
    assert [sure.equal_width_ece().name, sure.equal_mass_ece(10).name] == ["ece", "ece_mass@10"]
    assert sure.coverage(0.05).name == "coverage@0.05"
    with pytest.raises(ValueError, match="at is 5"):
        sure.coverage(5)
    with pytest.raises(ValueError, match="whole number"):
        sure.equal_width_ece(0)
