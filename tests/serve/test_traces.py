"""Traces: nothing without a collector, spans by stage with one, and no text in them."""

import subprocess
import sys

import pytest

from raglan.errors import MissingExtra
from raglan.serve.logs import REQUEST
from raglan.serve.observing import Observer
from raglan.serve.traces import ENDPOINT, Nothing, Traces, tracer


def test_without_a_collector_there_is_nothing() -> None:
    assert isinstance(tracer({}), Nothing)
    made = tracer({ENDPOINT: ""})
    assert isinstance(made, Nothing)
    with made.span("search", {"request": "a"}):
        made.past("write", {}, seconds=1.0)


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
    made = Traces(SimpleSpanProcessor(kept))
    observer = Observer(Metrics(), made)
    token = REQUEST.set("r1")

    def failing() -> None:
        with made.span("request", {"request": "r1"}):
            observer.stages({"search": 2.0, "write": 3.0})
            raise ValueError("a secret")

    with pytest.raises(ValueError, match="secret"):
        failing()
    REQUEST.reset(token)
    search, write, request = kept.get_finished_spans()
    assert [one.name for one in (search, write, request)] == ["search", "write", "request"]
    assert {one.parent and one.parent.span_id for one in (search, write)} == {request.context.span_id}
    assert dict(search.attributes or {}) == {"request": "r1"}
    lengths = [((one.end_time or 0) - (one.start_time or 0)) / 1e9 for one in (search, write)]
    assert lengths == pytest.approx([2.0, 3.0], abs=1e-6)
    assert abs((search.end_time or 0) - (write.start_time or 0)) < 1e8, "one begins where the other ends"
    assert "secret" not in request.to_json()
