"""Metrics by name, and what is usual for a set."""

from typing import Any

import pytest

from raglan.build.metrics import metric, metrics, usual
from raglan.datasets.dataset import Dataset, alone
from raglan.errors import ConfigError
from raglan.metrics.metric import Run
from raglan.plugins import names
from raglan.types import Answer, Citation, Example, Query, Span

BOTH = Example(Query("When?"), ("1889",), ("p",))
SAID = Example(Query("When?"), ("1889",))
SHOWN = Example(Query("When?"), (), ("p",))
BARREN = Example(Query("When?"))

RECALL = ["recall@1", "recall@5", "recall@20", "mrr@10", "ndcg@10"]
ANSWER_RECALL = ["answer_recall@1", "answer_recall@5", "answer_recall@20"]
ANSWERS = ["em", "f1", "contains", "confidence_auroc", "ece"]
CITED = ["citation_precision", "citation_recall", "support"]


def data(*rows: Example, **options: Any) -> Dataset:
    return Dataset("set", rows, **options)


@pytest.mark.parametrize("name", ["recall@5", "f1", "coverage@0.1", "ece", "ece@10", "support", "precision@3"])
def test_a_metric_has_the_name_that_it_was_asked_by(name: str) -> None:
    assert metric(name).name == name


def test_all_metrics_can_be_made() -> None:
    needing = {"precision": "precision@5", "coverage": "coverage@0.1"}
    made = metrics(needing.get(name, name) for name in names("metric"))
    assert len(made) == len(names("metric"))


def test_a_metric_measures_what_it_is_called() -> None:
    run = Run([BOTH], rankings=[["x", "p"]], answers=[Answer("in 1889", confidence=0.5)])
    assert [metric(name).of(run) for name in ("recall@1", "recall@2", "mrr@10", "em", "contains")] == [0, 1, 0.5, 0, 1]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("recal@5", "no metric is called 'recal'; did you mean 'recall'?"),
        ("nonsense", "no metric is called 'nonsense'; there are abstain_auroc, answer_recall,"),
        ("recall@0", "at is 0, must be a whole number of at least 1"),
        ("recall@1.5", "at is 1.5, must be a whole number"),
        ("coverage@1", "at is 1, must be a risk"),
        ("precision", "metric 'precision' cannot be made of these options"),
        ("f1@3", "metric 'f1' has no option 'at'"),
        ("recall@", "'recall@' is not a metric's name"),
        ("recall@-1", "'recall@-1' is not a metric's name"),
        ("F1", "'F1' is not a metric's name"),
        ("", "'' is not a metric's name"),
    ],
)
def test_what_is_no_metric_is_told(name: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        metric(name)
    assert told in str(caught.value)


def test_none_is_made_twice() -> None:
    assert [one.name for one in metrics(["f1", "recall@5", "f1", "recall@1", "recall@5"])] == [
        "f1",
        "recall@5",
        "recall@1",
    ]


def test_support_is_what_words_carry() -> None:
    passage = alone("p", "The tower was finished in 1889 by the engineers.")

    def supported(text: str) -> object:
        cited = Citation(Span(0, len(text)), passage, Span(0, len(passage.text)))
        return metric("support").of(Run([BOTH], answers=[Answer(text, (cited,))]))

    assert supported("The engineers finished the tower.") == 1.0
    assert supported("Penguins eat mostly krill.") == 0.0


def test_where_passages_are_known_they_are_looked_for() -> None:
    assert usual(data(BOTH), answering=False) == RECALL
    assert usual(data(SHOWN, BARREN), answering=False) == RECALL
    assert usual(data(SAID, grades={0: {"p": 2}}), answering=False) == RECALL


def test_where_only_answers_are_known_these_are_looked_for() -> None:
    assert usual(data(SAID), answering=False) == ANSWER_RECALL
    assert usual(data(SAID), answering=True) == [*ANSWER_RECALL, *ANSWERS, "support"]


def test_answers_are_judged_where_they_are_known() -> None:
    assert usual(data(BOTH), answering=True) == [*RECALL, *ANSWERS, *CITED]
    assert usual(data(SHOWN), answering=True) == [*RECALL, *CITED]
    assert usual(data(BOTH, SHOWN), answering=True) == [*RECALL, *ANSWERS, *CITED]


def test_long_answers_are_compared_by_the_longest_they_share() -> None:
    found = usual(data(BOTH, BOTH, long=frozenset([1])), answering=True)
    assert found == [*RECALL, "em", "f1", "contains", "rougel", "confidence_auroc", "ece", *CITED]


def test_abstention_is_judged_where_some_rows_have_no_answer() -> None:
    assert usual(data(BOTH, BARREN), answering=True) == [*RECALL, *ANSWERS, "abstain_auroc", *CITED]
    assert usual(data(SAID, BARREN), answering=True) == [*ANSWER_RECALL, *ANSWERS, "abstain_auroc", "support"]
    # Where all or none have one there is nothing to tell apart.
    for rows in ([BARREN], [BOTH, SAID, SHOWN]):
        assert "abstain_auroc" not in usual(data(*rows), answering=True)


def test_what_is_chosen_replaces_what_is_usual_but_not_what_every_answer_is_asked() -> None:
    both = data(BOTH, BARREN)
    assert usual(both, answering=False, chosen=["bleu"]) == ["bleu"]
    assert usual(both, answering=True, chosen=["bleu"]) == ["bleu", "abstain_auroc", *CITED]
    assert usual(data(SAID), answering=True, chosen=["bleu", "support"]) == ["bleu", "support", "support"]


def test_what_is_usual_can_be_made() -> None:
    rows = data(BOTH, BARREN, SAID, long=frozenset([0]))
    for wanted in (usual(rows, answering=True), usual(data(SAID), answering=True)):
        assert [one.name for one in metrics(wanted)] == wanted
