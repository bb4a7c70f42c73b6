"""What a request of ours is called: an id that stands in the daemon's log, too, and a span where traces are kept.

Traces are kept if OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) says where, and the extra `tracing` is installed.
What OpenTelemetry reads from the environment holds; the MCP SDK makes its own spans, which enclose ours.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Final

log = logging.getLogger(__name__)

REQUEST_KEY: Final = "codeindex-request"
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
TEXT: Final = "codeindex: [%(request)s] %(message)s"

Metadata = tuple[tuple[str, str], ...]

_current: ContextVar[str] = ContextVar("request", default="-")
_traced = False


def start_log(environ: Mapping[str, str]) -> None:
    """Log to stderr, as stdout belongs to the protocol. CODEINDEX_LOG_LEVEL=INFO tells of every call."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(TEXT))
    handler.addFilter(_with_request)
    level = environ.get("CODEINDEX_LOG_LEVEL", "WARNING").upper()
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("bridge").setLevel(level)


def start_tracing(environ: Mapping[str, str]) -> None:
    """Keep traces, if the environment says where to."""
    global _traced  # noqa: PLW0603 - a process keeps traces, or it does not
    if not any(environ.get(name) for name in ENDPOINTS):
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        log.warning("no traces: `pip install 'codeindex-sidecar[tracing]'` (%s)", error)
        return
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "codeindex-bridge"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _traced = True


@contextlib.contextmanager
def one_request() -> Iterator[None]:
    """All calls inside are made for one request of a client's, and carry its id."""
    before = _current.set(secrets.token_hex(8))
    try:
        yield
    finally:
        _current.reset(before)


@contextlib.contextmanager
def calling(method: str) -> Iterator[Metadata]:
    """One call of the daemon: gives the metadata that tell it which request it is for."""
    identifier = _current.get()
    if identifier == "-":
        identifier = secrets.token_hex(8)
    began = time.perf_counter()
    try:
        with _span(method) as carrier:
            yield ((REQUEST_KEY, identifier), *carrier.items())
    finally:
        took_ms = (time.perf_counter() - began) * 1000
        log.info("%s took %.1f ms", method, took_ms, extra={"request": identifier})


@contextlib.contextmanager
def _span(method: str) -> Iterator[dict[str, str]]:
    carrier: dict[str, str] = {}
    if not _traced:
        yield carrier
        return
    from opentelemetry import propagate, trace

    tracer = trace.get_tracer("codeindex")
    with tracer.start_as_current_span(f"codeindex.CodeIndexService/{method}", kind=trace.SpanKind.CLIENT):
        propagate.inject(carrier)
        yield carrier


def _with_request(record: logging.LogRecord) -> bool:
    if not hasattr(record, "request"):
        record.request = _current.get()
    return True
