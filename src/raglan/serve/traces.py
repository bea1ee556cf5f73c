"""Traces: which stage of which request took how long, for an OpenTelemetry collector that the operator names.

Needs the extra ``trace``. Without a collector (``OTEL_EXPORTER_OTLP_ENDPOINT``) nothing is imported, nothing is measured
and nothing leaves the machine. A span holds a stage's name, the request's id, a route's template and numbers; never a text.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from raglan.extras import need

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

__all__ = ["ENDPOINT", "Nothing", "Tracer", "Traces", "tracer"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

Value = str | int | float | bool
_NOTHING: AbstractContextManager[object] = nullcontext()


class Tracer(Protocol):
    """Keeps spans."""

    def span(self, name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[object]:
        """A span as long as the block."""

    def past(self, name: str, attributes: Mapping[str, Value], *, seconds: float, ago: float = 0.0) -> None:
        """A span of ``seconds`` that ended ``ago`` seconds before now."""


class Nothing:
    """Keeps no span."""

    def span(self, name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[object]:  # noqa: ARG002
        """A block like any other."""
        return _NOTHING

    def past(self, name: str, attributes: Mapping[str, Value], *, seconds: float, ago: float = 0.0) -> None:
        """Forget it."""


class Traces:
    """Keeps spans and hands them, once over, to ``processor``; a span within another's block is a part of it."""

    def __init__(self, processor: SpanProcessor) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        provider = TracerProvider(resource=Resource.create({"service.name": "raglan"}))
        provider.add_span_processor(processor)
        self._made = provider.get_tracer("raglan.serve")

    def span(self, name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[object]:
        """A span as long as the block."""
        # The message of an error may quote a document: that it failed, the status of the request tells.
        return self._made.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        )

    def past(self, name: str, attributes: Mapping[str, Value], *, seconds: float, ago: float = 0.0) -> None:
        """A span of ``seconds`` that ended ``ago`` seconds before now."""
        end = time.time_ns() - int(ago * 1e9)
        self._made.start_span(name, attributes=dict(attributes), start_time=end - int(seconds * 1e9)).end(end)


def tracer(environment: Mapping[str, str] | None = None) -> Tracer:
    """What keeps spans: for a collector where one is named, else :class:`Nothing`.

    Raises :class:`raglan.errors.MissingExtra` where one is named and the extra is not installed.
    """
    if not (os.environ if environment is None else environment).get(ENDPOINT):
        return Nothing()
    need("opentelemetry.sdk", "trace")
    exporter = need("opentelemetry.exporter.otlp.proto.http.trace_exporter", "trace")
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return Traces(BatchSpanProcessor(exporter.OTLPSpanExporter()))
