"""What a report says in JSON; the keys are a contract."""

import json
import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from raglan.build.metrics import metrics
from raglan.evaluate.given import Asking, System
from raglan.evaluate.measure import evaluate
from raglan.evaluate.report import Outcome, Report, Row, Score, Told
from raglan.evaluate.resample import Contest, Resampling
from raglan.metrics.value import Undefined
from raglan.types import Example, Query
from tests.evaluate.samples import DATA, FAILS, FOUND, SAID, A, Finds, rag

REPORT = Report(
    "手册.jsonl",
    7,
    1234,
    ("f1", "brier", "auroc"),
    {
        "plain": Outcome({"f1": Score(0.375, 0.125, 0.75, 2), "auroc": Score(0.5)}, {}, 0.123456),
        "tuned": Outcome(
            {"f1": Score(0.5, 0.25, 1.0, 2), "brier": Score(Undefined("no <gold>"), reasons={"no <gold>": 2})},
            {"f1": Contest(0.125, 0.5, 2, 1, 0)},
            3.0,
            failed={1: "服务器：500"},
        ),
    },
    (
        Row(
            "q-1",
            "保修期多长？",
            ("两年",),
            ("保修.md:0",),
            {"plain": Told({"f1": 0.375}, ("保修.md:0",), "两年。", 0.5, ("保修.md:0",)), "tuned": Told({"f1": 1.0})},
        ),
        Row("q-2", "Why?", (), (), {"plain": Told({}), "tuned": Told({})}),
    ),
)


def saved(report: Report, folder: Path) -> dict[str, Any]:
    """What is saved of a report, read again; JSON has no NaN."""

    def refused(constant: str) -> None:
        raise AssertionError(constant)

    report.save(folder / "report.json")
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"), parse_constant=refused)
    return found


def measured() -> Report:
    systems: dict[str, System] = {
        "words": Finds(FOUND),
        "rag": rag(FAILS),
        "other": rag({**SAID, "one": ("green", 0.1)}),
    }
    names = ["recall@2", "em", "bleu", "brier", "confidence_auroc", "abstain_auroc", "coverage@0.1"]
    return evaluate(systems, DATA, metrics(names), seed=3, asking=Asking(clock=lambda: 0.0))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws that are enough here."""
    monkeypatch.setattr("raglan.evaluate.measure.Resampling", partial(Resampling, draws=100))


def test_in_brief_the_keys_are_those_that_are_promised() -> None:
    assert REPORT.brief() == {
        "data": "手册.jsonl",
        "questions": 2,
        "passages": 1234,
        "systems": {
            "plain": {
                "f1": {"mean": 0.375, "low": 0.125, "high": 0.75},
                # Where nobody can say how sure it is.
                "auroc": {"mean": 0.5, "low": 0.5, "high": 0.5},
            },
            "tuned": {"f1": {"mean": 0.5, "low": 0.25, "high": 1.0}},
        },
        "seconds": {"plain": 0.1235, "tuned": 3.0},
    }


def test_measured_reports_keep_the_promise() -> None:
    brief = measured().brief()
    assert set(brief) == {"data", "questions", "passages", "systems", "seconds"}
    assert (brief["data"], brief["questions"], brief["passages"]) == ("手册", 4, 4)
    assert list(brief["systems"]) == list(brief["seconds"]) == ["words", "rag", "other"]
    for values in brief["systems"].values():
        assert values
        for value in values.values():
            assert set(value) == {"mean", "low", "high"}
            assert all(isinstance(number, float) for number in value.values())
    json.dumps(brief, allow_nan=False)


def test_what_has_no_value_is_told_apart() -> None:
    assert REPORT.undefined() == {"plain": {}, "tuned": {"brier": "undefined: no <gold>"}}


def test_what_is_saved_says_what_is_printed_and_more(tmp_path: Path) -> None:
    for report in (REPORT, measured()):
        found = saved(report, tmp_path)
        assert {name: found[name] for name in report.brief()} == report.brief()
        assert set(found) - set(report.brief()) == {
            "seed",
            "undefined",
            "rows_without_value",
            "against_first",
            "failed",
            "rows",
        }


def test_a_report_in_full(tmp_path: Path) -> None:
    found = saved(REPORT, tmp_path)
    assert found["seed"] == 7
    assert found["undefined"] == {"plain": {}, "tuned": {"brier": "undefined: no <gold>"}}
    assert found["rows_without_value"] == {"plain": {}, "tuned": {"brier": {"no <gold>": 2}}}
    contest = {"difference": 0.125, "p": 0.5, "rows": 2, "wins": 1, "losses": 0}
    assert found["against_first"] == {"plain": {}, "tuned": {"f1": contest}}
    assert found["failed"] == {"plain": {}, "tuned": {"q-2": "服务器：500"}}
    assert [row["id"] for row in found["rows"]] == ["q-1", "q-2"]
    assert found["rows"][0] == {
        "id": "q-1",
        "question": "保修期多长？",
        "answers": ["两年"],
        "positives": ["保修.md:0"],
        "told": {
            "plain": {
                "scores": {"f1": 0.375},
                "found": ["保修.md:0"],
                "answer": "两年。",
                "confidence": 0.5,
                "cited": ["保修.md:0"],
                "passages": [],
            },
            "tuned": {
                "scores": {"f1": 1.0},
                "found": [],
                "answer": None,
                "confidence": 0.0,
                "cited": [],
                "passages": [],
            },
        },
    }


def test_a_measured_report_in_full(tmp_path: Path) -> None:
    report = measured()
    found = saved(report, tmp_path)
    assert [row["question"] for row in found["rows"]] == ["one", "two", "three", "four"]
    assert found["failed"] == {"words": {}, "rag": {"q2": "服务器：500"}, "other": {}}
    assert found["rows"][1]["told"]["rag"]["answer"] == ""
    # One claim alone has nothing to be ranked against.
    assert set(found["undefined"]["rag"]) == {"confidence_auroc"}
    assert found["against_first"]["words"] == {}
    assert found["against_first"]["other"]["recall@2"]["p"] == 1.0
    assert set(found["against_first"]["other"]) == {"recall@2"}


def test_chinese_can_be_read_as_it_is_saved(tmp_path: Path) -> None:
    REPORT.save(tmp_path / "report.json")
    written = (tmp_path / "report.json").read_text("utf-8")
    assert all(word in written for word in ("手册.jsonl", "保修期多长？", "两年。", "服务器：500"))
    assert written.endswith("}\n")


def test_half_a_character_is_saved_and_comes_back(tmp_path: Path) -> None:
    report = replace(REPORT, rows=(replace(REPORT.rows[0], question="x\udfff 保修 \\ud800 \x1b"), REPORT.rows[1]))
    assert saved(report, tmp_path)["rows"][0]["question"] == "x\udfff 保修 \\ud800 \x1b"


def test_nan_is_never_saved(tmp_path: Path) -> None:
    report = replace(REPORT, rows=(replace(REPORT.rows[0], told={"plain": Told({"f1": math.nan})}), REPORT.rows[1]))
    with pytest.raises(ValueError, match="JSON"):
        report.save(tmp_path / "report.json")
    assert not (tmp_path / "report.json").exists()


def test_the_same_is_saved_the_same(tmp_path: Path) -> None:
    for name in ("one.json", "other.json"):
        measured().save(tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()


def test_the_texts_of_passages_stay_out(tmp_path: Path) -> None:
    report = evaluate({"words": Finds({"one": [A]})}, [Example(Query("one"), positives=("a",))], metrics(["recall"]))
    report.save(tmp_path / "report.json")
    assert report.texts == {"a": A.text}
    assert A.text not in (tmp_path / "report.json").read_text("utf-8")
