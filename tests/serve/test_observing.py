"""Around the application: ids in every reply, one line a request by its template, and no text of a request in any line."""

import io
import json
import logging

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")

from fastapi import FastAPI
from starlette.testclient import TestClient

from raglan.serve.logs import JsonLines
from raglan.serve.metrics import Metrics
from raglan.serve.observing import Observed, Observer

SECRET = "zebra-secret-斑马"


@pytest.fixture
def stream():
    """What is logged, by every logger of the process."""
    made, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(made), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield made
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def client():
    made = FastAPI()

    @made.get("/v1/documents/{name:path}")
    def document(name: str) -> dict[str, str]:
        if name == "broken":
            raise RuntimeError(SECRET)
        return {"name": name}

    @made.get("/healthz")
    def healthz() -> str:
        return "ok"

    observer = Observer(Metrics())
    found = TestClient(Observed(made, observer), raise_server_exceptions=False)
    found.metrics = observer.metrics  # type: ignore[attr-defined]
    return found


def told(stream) -> list[dict[str, object]]:
    return [line for line in map(json.loads, stream.getvalue().splitlines()) if line["event"] == "request"]


def test_every_reply_has_an_id_and_the_line_has_it_too(client, stream) -> None:
    reply = client.get("/v1/documents/a/b.txt", headers={"X-Request-Id": "mine-1"})
    assert reply.headers.get_list("x-request-id") == ["mine-1"]
    [line] = told(stream)
    assert (line["request"], line["status"], line["method"]) == ("mine-1", 200, "GET")
    assert line["route"] == "/v1/documents/{name:path}"


def test_an_id_that_is_not_sane_is_replaced(client) -> None:
    reply = client.get("/nowhere", headers={"X-Request-Id": "a b; DROP"})
    assert len(reply.headers["x-request-id"]) == 32


def test_no_text_of_a_request_reaches_a_line(client, stream) -> None:
    for path in (f"/v1/documents/{SECRET}?q={SECRET}", f"/{SECRET}", "/v1/documents/broken"):
        client.get(path, headers={"X-Request-Id": f"{SECRET}".encode(), "X-Other": SECRET.encode()})
    assert [line["status"] for line in told(stream)] == [200, 404, 500]
    assert [line["route"] for line in told(stream)] == [
        "/v1/documents/{name:path}",
        "none",
        "/v1/documents/{name:path}",
    ]
    assert "zebra" not in stream.getvalue()
    assert "斑马" not in stream.getvalue()


def test_probes_are_counted_and_not_logged(client, stream) -> None:
    client.get("/healthz")
    assert not told(stream)
    exposed = client.metrics.exposed()[0].decode()
    assert 'raglan_requests_total{method="GET",route="/healthz",status="200"} 1.0' in exposed
