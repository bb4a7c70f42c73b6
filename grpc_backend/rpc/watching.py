"""Whoever watches: metrics and traces, where the configuration asks for them; what is not asked for costs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import ExitStack
from types import ModuleType

from grpc_backend.config import DaemonConfig
from grpc_backend.errors import InvalidRequest
from grpc_backend.index.service import IndexService
from grpc_backend.rpc.journal import journaled
from grpc_backend.rpc.surroundings import Surrounding, Surroundings


def watched(
    inside: Sequence[Surrounding], config: DaemonConfig, service: IndexService, until: ExitStack
) -> Surroundings:
    """The surroundings of every call, those of whoever watches outside of `inside`; served until the stack is closed.

    Errors: InvalidRequest if an extra is not installed, or a port cannot be had.
    """
    chain = [journaled, *inside]
    if config.traces:
        tracing = _extra("tracing", "OTEL_EXPORTER_OTLP_ENDPOINT", "tracing").Tracing()
        until.callback(tracing.close)
        service.question = tracing.question
        chain = [tracing.traced, *chain]
    if not config.metrics:
        return Surroundings(chain)
    metrics = _extra("metrics", "--metrics", "server")
    registry = metrics.registry_of(service)
    calls = metrics.CallMetrics(registry)
    until.enter_context(metrics.serve_metrics(config.metrics, registry))
    return Surroundings([calls.measured, *chain], calls.weigh)


def _extra(module: str, asked_by: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(f"grpc_backend.rpc.{module}")
    except ImportError as error:
        raise InvalidRequest(f"{asked_by} needs `pip install 'codeindex-sidecar[{extra}]'` ({error})") from None
