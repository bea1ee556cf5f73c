"""Traces: nothing without a collector, spans by stage with one, and no text in them."""

import subprocess
import sys

import pytest

from raglan.errors import MissingExtra
from raglan.serve.logs import REQUEST
from raglan.serve.observing import Observer
from raglan.serve.traces import ENDPOINT, nothing, tracer, traces_to


def test_without_a_collector_there_is_nothing() -> None:
    assert tracer({}) is nothing
    assert tracer({ENDPOINT: ""}) is nothing
    with nothing("search", {"request": "a"}), nothing("write", {}):
        pass


def test_without_a_collector_nothing_is_imported() -> None:
    code = "import sys; from raglan.serve.traces import tracer; tracer({}); print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_the_extra_it_is_said_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(MissingExtra, match=r"raglan\[trace\]"):
        tracer({ENDPOINT: "http://127.0.0.1:4318"})


def test_spans_of_stages_within_the_request() -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra trace is not installed")
    pytest.importorskip("prometheus_client", reason="the extra serve is not installed")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from raglan.serve.metrics import Metrics

    kept = InMemorySpanExporter()
    span = traces_to(SimpleSpanProcessor(kept))
    observer = Observer(Metrics(), span)
    token = REQUEST.set("r1")
    with span("request", {"request": "r1"}):
        with observer.stage("search"):
            pass
        with pytest.raises(ValueError, match="secret"), observer.stage("write"):
            raise ValueError("a secret")
    REQUEST.reset(token)
    search, write, request = kept.get_finished_spans()
    assert [one.name for one in (search, write, request)] == ["search", "write", "request"]
    assert search.parent is not None
    assert search.parent.span_id == request.context.span_id
    assert dict(search.attributes or {}) == {"request": "r1"}
    assert "secret" not in write.to_json()
