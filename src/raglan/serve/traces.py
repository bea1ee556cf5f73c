"""Traces: which stage of which request took how long, for an OpenTelemetry collector that the operator names.

Needs the extra ``trace``. Without a collector (``OTEL_EXPORTER_OTLP_ENDPOINT``) nothing is imported, nothing is measured
and nothing leaves the machine. A span holds a stage's name, the request's id, a route's template and numbers; never a text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from raglan.extras import need

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

__all__ = ["ENDPOINT", "Span", "nothing", "tracer", "traces_to"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

Value = str | int | float | bool
Span = Callable[[str, Mapping[str, Value]], AbstractContextManager[object]]
_NOTHING: AbstractContextManager[object] = nullcontext()


def nothing(name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[object]:  # noqa: ARG001 (a Span's form)
    """A span that is not kept."""
    return _NOTHING


def tracer(environment: Mapping[str, str] | None = None) -> Span:
    """What makes spans: kept ones where a collector is named, else :func:`nothing`.

    Raises :class:`raglan.errors.MissingExtra` where one is named and the extra is not installed.
    """
    if not (os.environ if environment is None else environment).get(ENDPOINT):
        return nothing
    need("opentelemetry.sdk", "trace")
    exporter = need("opentelemetry.exporter.otlp.proto.http.trace_exporter", "trace")
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return traces_to(BatchSpanProcessor(exporter.OTLPSpanExporter()))


def traces_to(processor: SpanProcessor) -> Span:
    """What makes spans and hands them, once over, to ``processor``."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource.create({"service.name": "raglan"}))
    provider.add_span_processor(processor)
    made = provider.get_tracer("raglan.serve")

    def span(name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[object]:
        # The message of an error may quote a document: its type alone is kept, by the status of the request.
        return made.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        )

    return span
