"""The gate: figures of hand-made rankings, and a verdict that lets neither luck nor a loss through."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from raglan.datasets.dataset import Dataset
from raglan.errors import DataError
from raglan.search.view import spoken
from raglan.train import gate
from raglan.train.gate import by_lists, by_vectors
from raglan.train.verdict import Standing, judged, unsure
from raglan.types import Example, Query
from tests.train.toy import passage

NAMES = "abcd"
PASSAGES = tuple(passage(name, f"text {name}") for name in NAMES)
SPACE = {"a": (1.0, 0.0), "b": (0.8, 0.6), "c": (0.6, 0.8), "d": (0.0, 1.0)}


def asked(*rows: tuple[str, tuple[str, ...]], **more) -> Dataset:
    return Dataset("set", tuple(Example(Query(text), positives=right) for text, right in rows), PASSAGES, **more)


def encode(texts, role):
    """A question is the name of the passage that it lies at."""
    places = SPACE if role == "query" else {spoken(one): SPACE[one.id] for one in PASSAGES}
    return np.array([places[text] for text in texts], np.float32).reshape(len(texts), 2)


def test_figures_over_the_whole_corpus() -> None:
    data = asked(("a", ("a",)), ("a", ("c",)), ("d", ("a", "b")), ("b", ()), ("b", ("gone",)))
    found = by_vectors(encode, data)
    assert found.values["recall@1"].tolist() == [1, 0, 0]
    assert found.values["recall@5"].tolist() == [1, 1, 1]
    assert found.values["rank"].tolist() == [1, 3, 3]
    assert found.values["ndcg@10"][1] == pytest.approx(1 / math.log2(4))
    assert gate.asked(data) == [0, 1, 2]
    assert found.means()["rank"] == pytest.approx(7 / 3)


def test_grades_weigh() -> None:
    found = by_vectors(encode, asked(("a", ("a",)), grades={0: {"a": 1, "b": 3, "c": 0}}))
    gains = 1 + 3 / math.log2(3)
    assert found.values["ndcg@10"].tolist() == pytest.approx([gains / (3 + 1 / math.log2(3))])


def test_figures_of_lists() -> None:
    data = asked(("x", ("a",)), ("y", ()), ("z", ("c",)))
    found = by_lists([["b", "a"], ["a"], ["a", "b", "d"]], data)
    assert found.values["recall@1"].tolist() == [0, 0]
    assert found.values["rank"].tolist() == [2, 4]


def standing(ndcg) -> Standing:
    values = np.asarray(ndcg, float)
    return Standing({"recall@1": values, "recall@5": values, "ndcg@10": values, "rank": 2 - values}, "ndcg@10")


def test_better_is_kept() -> None:
    chance = np.random.default_rng(0)
    before = chance.random(100) / 2
    found = judged({"one": standing(before)}, {"one": standing(before + 0.2 * chance.random(100))})
    assert found.kept
    [one] = found.sets.values()
    assert one.low < one.rise < one.high
    assert one.low > 0.05
    assert one.p < 0.01
    assert json.loads(json.dumps(found.table()))["sets"]["one"]["questions"] == 100
    assert found.card()["one"]["ndcg@10"] == pytest.approx(one.after["ndcg@10"])


def test_the_same_or_worse_is_rejected() -> None:
    same = standing([0.5] * 10)
    found = judged({"one": same}, {"one": same})
    assert found.faults == ("its mean nDCG@10, 0.5000, is not above 0.5000, what it was before",)
    assert found.sets["one"].p == 1.0
    found = judged({"one": same}, {"one": standing([0.4] * 10)})
    assert len(found.faults) == 2


def test_one_set_may_not_pay_for_another() -> None:
    before = {"one": standing([0.5] * 50), "two": standing([0.5] * 50)}
    found = judged(before, {"one": standing([0.9] * 50), "two": standing([0.48] * 50)})
    assert found.faults == ("two: nDCG@10 is surely more than 0.01 below what it was (0.4800, 0.5000 before)",)
    # Within the slack, and where chance may be at work, it may.
    assert judged(before, {"one": standing([0.9] * 50), "two": standing([0.491] * 50)}).kept
    unsure = [0.0, 0.96] * 25
    assert judged(before, {"one": standing([0.9] * 50), "two": standing(unsure)}).kept


def test_nothing_held_out_is_no_proof() -> None:
    found = judged({"one": standing([])}, {"one": standing([])})
    assert found.faults == ("nothing could be held out to try it on",)
    assert not found.kept
    assert judged({}, {}).faults == found.faults


def test_what_nothing_can_be_judged_by_is_refused_beforehand() -> None:
    good, idle = asked(("a", ("a",))), replace(asked(("a", ()), ("b", ("gone",))), name="idle")
    told: list[str] = []
    gate.refuse_untried([good], told.append)
    gate.refuse_untried([], told.append)
    assert told == []
    gate.refuse_untried([good, idle], told.append)
    assert told == ["idle: nothing is judged by it, as no question of it that is held out has a known passage"]
    with pytest.raises(
        DataError, match=r"idle: no question with a known passage is held out .* name a set that has some"
    ):
        gate.refuse_untried([idle])


def test_a_seed_decides() -> None:
    before, after = standing(np.arange(20) / 40), standing(np.arange(20)[::-1] / 30)
    first, second, other = (judged({"x": before}, {"x": after}, seed=seed).table() for seed in (1, 1, 2))
    assert first == second != other


def doubts(gaps, groups=None) -> list[str]:
    """What speaks against a rise by ``gaps`` in a single set."""
    before = np.full(len(gaps), 0.3)
    numbers = np.arange(len(gaps)) if groups is None else np.array(groups)
    return unsure({"one": standing(before)}, {"one": standing(before + np.array(gaps))}, {"one": numbers})


def test_a_sure_rise_is_believed_and_a_doubtful_one_is_not() -> None:
    assert doubts([0.1, 0.2] * 20) == []
    assert doubts([0.5] + [0.0] * 39) == ["its rise, +0.0125, is not surely one (standard error 0.0123)"]
    assert doubts([0.1] * 19) == ["19 questions could be held out to try it on; 20 are needed"]
    assert len(doubts([-0.1, -0.2] * 20)) == 1
    assert len(doubts([0.0] * 40)) == 1


def test_questions_that_rise_together_prove_as_much_as_one() -> None:
    gaps = [0.3, -0.1] * 20
    assert doubts(gaps) == []
    alike = [at % 2 for at in range(40)]  # all that rose are of one passage, all that fell of another
    assert doubts(gaps, alike) == ["its rise, +0.1000, is not surely one (standard error 0.1414)"]


def test_every_set_counts_as_much_as_any_other() -> None:
    many, few = np.full(400, 0.3), np.full(20, 0.3)
    gaps = {"many": np.tile([0.0, 0.02], 200), "few": np.tile([-0.5, 0.49], 10)}
    before = {"many": standing(many), "few": standing(few)}
    after = {"many": standing(many + gaps["many"]), "few": standing(few + gaps["few"])}
    groups = {name: np.arange(len(gap)) for name, gap in gaps.items()}
    assert len(unsure(before, after, groups)) == 1
    alone = {"many": before["many"]}, {"many": after["many"]}, {"many": groups["many"]}
    assert unsure(*alone) == []
