"""What a report must reach."""

import math

import pytest

from raglan.errors import ConfigError
from raglan.evaluate.gates import Gate
from raglan.evaluate.report import Outcome, Report, Score
from raglan.metrics.value import Undefined


def report(**systems: dict[str, float | Undefined]) -> Report:
    """A report of systems with these values."""
    outcomes = {
        name: Outcome({metric: Score(value) for metric, value in values.items()}, {}, 0.0)
        for name, values in systems.items()
    }
    return Report("data", 0, 0, (), outcomes, ())


REPORT = report(
    words={"ndcg@10": 0.5, "brier": 0.25}, rag={"ndcg@10": 0.625, "f1": 0.75, "aurc": Undefined("no answers")}
)


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("f1>=0.6", Gate("f1", ">=", 0.6)),
        ("f1>0.6", Gate("f1", ">", 0.6)),
        ("brier<=.25", Gate("brier", "<=", 0.25)),
        ("brier<1e-1", Gate("brier", "<", 0.1)),
        ("  recall@5  >=  1 ", Gate("recall@5", ">=", 1.0)),
        ("learned:ndcg@10>=0.5", Gate("ndcg@10", ">=", 0.5, "learned")),
        (" my system :coverage@0.1 > -1", Gate("coverage@0.1", ">", -1.0, "my system")),
        ("规则-2.1:f1<=0.5", Gate("f1", "<=", 0.5, "规则-2.1")),
    ],
)
def test_a_gate_is_what_it_says(text: str, gate: Gate) -> None:
    assert Gate.of(text) == gate
    assert Gate.of(str(gate)) == gate


@pytest.mark.parametrize(
    "text",
    [
        *["", "f1", "f1>=", ">=0.5", "f1=0.5", "f1==0.5", "f1=>0.5", "f1!=0.5", "f1<>0.5", "f1>=0.5>=0.4", "f 1>=0.5"],
        *["f1>=high", "f1>=nan", "f1>=0.5%", "f1>= 0.5 0.6", "rag:>=0.5", ":f1>=0.5", " :f1>=0.5", "a:b:f1>=0.5"],
    ],
)
def test_what_is_no_gate_is_told(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Gate.of(text)
    assert f"gate {text!r} must be METRIC>=NUMBER or SYSTEM:METRIC>=NUMBER" in str(caught.value)


@pytest.mark.parametrize(
    ("sign", "passing"),
    [(">=", [0.25, 0.5]), ("<=", [0.5, 0.75]), (">", [0.25]), ("<", [0.75])],
)
def test_every_sign(sign: str, passing: list[float]) -> None:
    passed = [value for value in (0.25, 0.5, 0.75) if not Gate("ndcg@10", sign, value, "words").faults(REPORT)]
    assert passed == passing


def test_an_end_that_all_reach_or_none() -> None:
    assert Gate.of("f1<inf").faults(REPORT) == []
    assert Gate.of(f"f1>={math.nextafter(0.75, 1)!r}").faults(REPORT) != []


def test_every_system_must_pass() -> None:
    assert Gate.of("ndcg@10>=0.5").faults(REPORT) == []
    assert Gate.of("ndcg@10>=0.6").faults(REPORT) == ["gate ndcg@10>=0.6: words has 0.5000"]
    assert Gate.of("ndcg@10>0.7").faults(REPORT) == [
        "gate ndcg@10>0.7: words has 0.5000",
        "gate ndcg@10>0.7: rag has 0.6250",
    ]


def test_of_one_system_only_that_one_must_pass() -> None:
    assert Gate.of("rag:ndcg@10>=0.6").faults(REPORT) == []
    assert Gate.of("words:ndcg@10>=0.6").faults(REPORT) == ["gate words:ndcg@10>=0.6: words has 0.5000"]


def test_systems_that_have_no_such_metric_are_not_asked() -> None:
    assert Gate.of("f1>=0.7").faults(REPORT) == []
    assert Gate.of("words:f1>=0.7").faults(REPORT) == ["gate words:f1>=0.7: no system has a value for f1"]


def test_what_was_not_measured_does_not_pass() -> None:
    assert Gate.of("bleu<1").faults(REPORT) == ["gate bleu<1: no system has a value for bleu"]


def test_what_is_undefined_does_not_pass() -> None:
    for text in ("aurc>=0", "aurc<1", "rag:aurc<1"):
        assert Gate.of(text).faults(REPORT) == [f"gate {text}: rag is undefined: no answers"]


def test_a_system_that_is_not_there_is_told() -> None:
    [fault] = Gate.of("learned:f1>=0").faults(REPORT)
    assert fault == "gate learned:f1>=0: no system is called 'learned'; there are words, rag"
