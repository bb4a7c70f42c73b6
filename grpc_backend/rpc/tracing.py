"""OpenTelemetry spans: one for each call, below the caller's, and one for each question to the engine below that.

Needs the extra `tracing`. The status goes by OpenTelemetry's conventions for gRPC servers: only what is the server's
fault is an error.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from grpc_backend.rpc.surroundings import Call

OURS: Final = frozenset(("UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"))


class Tracing:
    """A process's spans on their way out."""

    def __init__(self) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "codeindex-daemon"}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("codeindex")

    @contextlib.asynccontextmanager
    async def traced(self, call: Call) -> AsyncIterator[None]:
        """A call's span."""
        with self._tracer.start_as_current_span(
            call.method.removeprefix("/"),
            context=propagate.extract(call.metadata),
            kind=trace.SpanKind.SERVER,
            attributes={"rpc.system.name": "grpc", "rpc.method": call.name},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            finally:
                span.set_attribute("rpc.response.status_code", call.outcome)
                if call.outcome in OURS:
                    span.set_status(trace.StatusCode.ERROR, call.outcome)

    def question(self, name: str) -> AbstractContextManager[object]:
        """The span of a question to the engine."""
        return self._tracer.start_as_current_span(f"engine {name}")

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()
