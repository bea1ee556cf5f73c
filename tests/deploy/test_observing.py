"""Alerts and the board: tested by promtool, and every series that they ask for is one that the server tells."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("prometheus_client", reason="the extra serve is not installed")

from raglan.serve.metrics import STAGES, Metrics

FOLDER = Path(__file__).parents[2] / "deploy"
RULES = yaml.safe_load((FOLDER / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
TESTS = yaml.safe_load((FOLDER / "prometheus" / "alerts.test.yaml").read_text(encoding="utf-8"))
BOARD = json.loads((FOLDER / "grafana" / "raglan.json").read_text(encoding="utf-8"))
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
PANELS = {panel["title"]: panel for panel in BOARD["panels"]}
# Labels that Prometheus puts on what it reads.
ITS_OWN = {"instance", "job", "le"}


def told() -> dict[str, set[str]]:
    """The names of all series that a server tells, each with its labels."""
    metrics = Metrics("1")
    metrics.request("/v1/answer", "POST", 200, 0.1)
    metrics.refused("queue")
    metrics.queued("requests", 1)
    metrics.behind("words", 0)
    return {sample.name: set(sample.labels) for family in metrics.registry.collect() for sample in family.samples}


def expressions() -> list[tuple[str, str]]:
    found = [(name, rule["expr"]) for name, rule in ALERTS.items()]
    return found + [(title, target["expr"]) for title, panel in PANELS.items() for target in panel["targets"]]


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_series_and_labels_are_told_by_the_server(where: str, expression: str) -> None:
    known = told()
    named = re.findall(r"\b(raglan_\w+)(?:\{([^}]*)\})?", expression)
    assert named or where == "RaglanDown"
    labels = set()
    for name, matchers in named:
        assert name in known, where
        labels |= known[name]
        assert set(re.findall(r"(\w+)\s*=", matchers)) <= known[name] | ITS_OWN, where
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert set(re.findall(r"\w+", grouped)) <= labels | ITS_OWN, where


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_values_of_labels_are_ones_that_occur(where: str, expression: str) -> None:
    occur = {
        "stage": set(STAGES),
        "outcome": {"abstained", "answered", "clarified"},
        "verdict": {"down", "neutral", "up"},
        "reason": {"key", "queue", "rate", "scope", "size", "time"},
        "route": {"/v1/answer", "/readyz"},
    }
    for label, value in re.findall(r'(\w+)!?="([^"]*)"', expression):
        assert value in occur.get(label, {value}), where


def test_routes_that_are_asked_for_are_routes() -> None:
    pytest.importorskip("fastapi", reason="the extra serve is not installed")
    source = (FOLDER.parent / "src" / "raglan" / "serve" / "native.py").read_text(encoding="utf-8")
    assert '"/answer"' in source
    assert 'prefix="/v1"' in source


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_how_urgent_it_is_and_what_to_do(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}
    assert rule["for"]


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_is_tested_both_ways(name: str) -> None:
    tests = [one for test in TESTS["tests"] for one in test["alert_rule_test"] if one["alertname"] == name]
    assert any(one.get("exp_alerts") for one in tests)
    assert any(not one.get("exp_alerts") for one in tests)


def test_series_of_the_tests_are_told_by_the_server() -> None:
    known = told()
    for test in TESTS["tests"]:
        for one in test["input_series"]:
            name, labels = re.fullmatch(r"(\w+)\{(.*)\}", one["series"]).groups()  # type: ignore[union-attr]
            if name != "up":
                assert set(re.findall(r"(\w+)=", labels)) <= known[name] | ITS_OWN


@pytest.mark.parametrize(
    "command",
    [["check", "rules", "alerts.yaml"], ["check", "config", "prometheus.yaml"], ["test", "rules", "alerts.test.yaml"]],
)
def test_promtool_agrees(command: list[str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run([promtool, *command], cwd=FOLDER / "prometheus", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_board_is_laid_out_without_overlap_and_asks_one_source() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place: dict[str, Any] = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${source}"}
    identities = [panel["id"] for panel in BOARD["panels"]]
    assert len(identities) == len(set(identities))
    assert len(PANELS) == len(BOARD["panels"]), "titles tell panels apart"


def test_the_source_of_the_compose_file_is_the_boards() -> None:
    place = FOLDER / "grafana" / "provisioning" / "datasources" / "prometheus.yaml"
    [source] = yaml.safe_load(place.read_text(encoding="utf-8"))["datasources"]
    [variable] = [one for one in BOARD["templating"]["list"] if one["name"] == "source"]
    assert variable["current"]["value"] == source["uid"]
