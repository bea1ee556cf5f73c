"""Counters: what is told, of one worker and of several, and that no label grows with what clients send."""

import os
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("prometheus_client", reason="the extra serve is not installed")

from prometheus_client.parser import text_string_to_metric_families

from raglan.serve.metrics import STAGES, Metrics, prepare


def values(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    told, _ = metrics.exposed()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told.decode())
        for sample in family.samples
    }


def test_what_happened_is_counted() -> None:
    metrics = Metrics("1.2")
    metrics.request("/v1/answer", "POST", 200, 0.2)
    metrics.request("/v1/answer", "POST", 200, 0.4)
    metrics.took("search", 0.01)
    metrics.answered("abstained")
    metrics.feedback(-0.5)
    metrics.refused("queue")
    metrics.queued("write", 3)
    metrics.stored(20, 4)
    told = values(metrics)
    route = ("route", "/v1/answer")
    assert told["raglan_requests_total", (("method", "POST"), route, ("status", "200"))] == 2
    assert told["raglan_request_seconds_count", (route,)] == 2
    assert told["raglan_request_seconds_sum", (route,)] == pytest.approx(0.6)
    assert told["raglan_stage_seconds_bucket", (("le", "0.01"), ("stage", "search"))] == 1
    assert told["raglan_answers_total", (("outcome", "abstained"),)] == 1
    assert told["raglan_answers_total", (("outcome", "answered"),)] == 0
    assert told["raglan_feedback_total", (("verdict", "down"),)] == 1
    assert told["raglan_refused_total", (("reason", "queue"),)] == 1
    assert told["raglan_queue_depth", (("queue", "write"),)] == 3
    assert told["raglan_store_passages", ()] == 20
    assert told["raglan_store_documents", ()] == 4
    assert told["raglan_workers_up", ()] == 1
    assert told["raglan_info", (("version", "1.2"),)] == 1


def test_requests_under_way_and_a_worker_that_stops() -> None:
    metrics = Metrics()
    with metrics.running():
        assert values(metrics)["raglan_requests_running", ()] == 1
    metrics.down()
    told = values(metrics)
    assert told["raglan_requests_running", ()] == 0
    assert told["raglan_workers_up", ()] == 0


def test_how_long_an_index_has_been_behind() -> None:
    metrics = Metrics()
    lag = ("raglan_index_lag_seconds", (("index", "vectors"),))
    metrics.behind("vectors", 5, now=100.0)
    assert values(metrics)[lag] == 0
    metrics.behind("vectors", 2, now=130.0)
    assert values(metrics)[lag] == 30
    metrics.behind("vectors", 0, now=140.0)
    assert values(metrics)[lag] == 0
    metrics.behind("vectors", 1, now=200.0)
    assert values(metrics)[lag] == 0


def test_what_clients_send_makes_no_new_series() -> None:
    metrics = Metrics()
    for number in range(50):
        metrics.request("", f"BREW{number}", 404, 0.0)
    series = [name for name, _ in values(metrics) if name == "raglan_requests_total"]
    assert len(series) == 1


def test_stages_are_there_before_anything_happens() -> None:
    told = values(Metrics())
    assert {dict(labels)["stage"] for name, labels in told if name == "raglan_stage_seconds_count"} == set(STAGES)


def test_several_workers_tell_one_sum(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # so that it is as it was afterwards
    (tmp_path / "counters").mkdir()
    (tmp_path / "counters" / "counter_1.db").write_bytes(b"left by an earlier run")
    prepare(tmp_path / "counters")
    assert not list((tmp_path / "counters").iterdir())
    work = """
        from raglan.serve.metrics import Metrics
        metrics = Metrics()
        metrics.request("/v1/search", "POST", 200, 0.1)
        metrics.queued("write", 2)
        print(metrics.exposed()[0].decode())
    """
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counters")}
    told = [
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(work)], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert 'raglan_requests_total{method="POST",route="/v1/search",status="200"} 2.0' in told[1]
    assert 'raglan_request_seconds_count{route="/v1/search"} 2.0' in told[1]
    assert 'raglan_queue_depth{queue="write"} 4.0' in told[1], "two processes of which nobody said that they are gone"


def test_of_the_store_nothing_is_told_to_who_may_not_see_it() -> None:
    metrics = Metrics("1.2")
    metrics.stored(20, 4)
    metrics.behind("words", 3)
    metrics.answered("abstained")
    told, _ = metrics.exposed(store=False)
    names = {family.name for family in text_string_to_metric_families(told.decode())}
    assert "raglan_answers" in names
    assert not any(name.startswith(("raglan_store", "raglan_index")) for name in names)
    assert b"raglan_store" not in told
    assert b"raglan_index" not in told


def test_keys_decide_over_a_server(service) -> None:
    from fastapi.testclient import TestClient

    from raglan.serve.app import app

    with TestClient(app(service), base_url="http://localhost") as client:
        service.measure()
        assert "raglan_store_documents" in client.get("/metrics").text, (
            "without any key there is nobody to keep it from"
        )
        _, limited = service.keys.add("ann", ["read"], ["hr"])
        _, all_seeing = service.keys.add("prometheus", ["read"], ["*"])
        for secret, told in ((None, False), (limited, False), (all_seeing, True)):
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            reply = client.get("/metrics", headers=headers)
            assert reply.status_code == 200
            assert "raglan_workers_up" in reply.text
            assert ("raglan_store_documents" in reply.text) is told
