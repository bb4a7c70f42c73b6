"""Prometheus metrics: of every call, whatever its kind, and of the index. Needs the extra `server`.

Calls are counted when they end, with the status that the caller sees; a stream is under way until then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from grpc_backend import __version__
from grpc_backend.errors import InvalidRequest
from grpc_backend.index.figures import CLASSES_S, Figures, Load, Waits
from grpc_backend.index.service import IndexService
from grpc_backend.rpc.surroundings import Call, name_of

log = logging.getLogger(__name__)

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600)
BYTES: Final = tuple(4**power for power in range(3, 14))  # 64 B to 64 MiB
# A scrape waits so long for the event loop. Prometheus gives up after ten seconds.
LOOP_WITHIN_S: Final = 5.0


class CallMetrics:
    """What calls cost. Labels: the method's name, and the status's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter("codeindex_calls", "Calls that have ended", ["method", "code"], registry=registry)
        self._seconds = Histogram(
            "codeindex_call_seconds",
            "From a call's start to its last answer",
            ["method"],
            registry=registry,
            buckets=SECONDS,
        )
        self._open = Gauge("codeindex_open_calls", "Calls under way, streams included", ["method"], registry=registry)
        self._bytes = Histogram(
            "codeindex_message_bytes", "Messages by size", ["method", "direction"], registry=registry, buckets=BYTES
        )

    @contextlib.asynccontextmanager
    async def measured(self, call: Call) -> AsyncIterator[None]:
        """Outside of what gives the call its status."""
        began = time.perf_counter()
        try:
            with self._open.labels(call.name).track_inprogress():
                yield
        finally:
            self._seconds.labels(call.name).observe(time.perf_counter() - began)
            self._ended.labels(call.name, call.outcome).inc()

    def weigh(self, method: str, direction: str, size: int) -> None:
        """A message of so many bytes was received, or is sent."""
        self._bytes.labels(name_of(method), direction).observe(size)


class IndexMetrics(Collector):
    """What the index has done and what lies before it; read on the event loop, where it lives, at every scrape."""

    def __init__(self, service: IndexService, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop

    def describe(self) -> list[Metric]:
        """Nothing: names are taken from the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All of it, as of now."""
        load, stored = asyncio.run_coroutine_threadsafe(self._read(), self._loop).result(LOOP_WITHIN_S)
        yield from _gauges(load, stored)
        yield from _counters(self._service.ingest.figures, load)

    async def _read(self) -> tuple[Load, int]:
        return self._service.load(), await self._service.in_reader(self._service.engine.size_bytes)


def serve_metrics(address: str, registry: CollectorRegistry) -> contextlib.ExitStack:
    """Answer scrapes at HOST:PORT from a thread; close the stack to stop. Errors: InvalidRequest."""
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise InvalidRequest(f"--metrics {address}: {error.strerror}") from None
    log.info("metrics at http://%s:%d/metrics", host, server.server_port)
    stack = contextlib.ExitStack()
    stack.callback(thread.join)
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return stack


def registry_of(service: IndexService) -> CollectorRegistry:
    """What is scraped: the index and this process. Calls add themselves."""
    registry = CollectorRegistry()
    registry.register(IndexMetrics(service, asyncio.get_running_loop()))
    ProcessCollector(registry=registry)
    Gauge("codeindex_info", "Which version runs", ["version"], registry=registry).labels(__version__).set(1)
    return registry


def _gauges(load: Load, stored_bytes: int) -> Iterator[Metric]:
    queue = GaugeMetricFamily("codeindex_queue_depth", "What waits, by what it waits for", labels=["queue"])
    queue.add_metric(["interactive"], load.interactive_jobs)
    queue.add_metric(["bulk"], load.bulk_jobs)
    queue.add_metric(["commit"], load.uncommitted_files)
    yield queue
    workers = GaugeMetricFamily("codeindex_workers", "Worker processes", labels=["state"])
    workers.add_metric(["busy"], load.busy_workers)
    workers.add_metric(["idle"], load.workers - load.busy_workers)
    yield workers
    for name, text, value in (
        ("codeindex_pending_files", "Files that were told and are not in the answers yet", load.pending_files),
        ("codeindex_index_lag_seconds", "For how long the oldest change has waited", load.oldest_change_s),
        ("codeindex_workspaces", "Workspaces that are open", load.workspaces),
        ("codeindex_sync_streams", "Clients that keep a workspace in step", load.streams),
        ("codeindex_store_bytes", "What the store takes", stored_bytes),
    ):
        yield GaugeMetricFamily(name, text, value=value)


def _counters(figures: Figures, load: Load) -> Iterator[Metric]:
    contents = CounterMetricFamily(
        "codeindex_contents", "Contents told by digest: was their extraction there?", labels=["cache"]
    )
    contents.add_metric(["hit"], figures.known)
    contents.add_metric(["miss"], figures.lacking)
    yield contents
    extractions = CounterMetricFamily("codeindex_extractions", "Contents extracted", labels=["outcome"])
    extractions.add_metric(["ok"], figures.extracted - figures.failed)
    extractions.add_metric(["failed"], figures.failed)
    yield extractions
    yield CounterMetricFamily("codeindex_commits", "Steps committed", value=load.commits)
    yield _waits("codeindex_change_seconds", "From a change's arrival until it is in the answers", figures.changes)


def _waits(name: str, text: str, waits: Waits) -> HistogramMetricFamily:
    total = 0
    buckets = []
    for bound, count in zip((*map(str, CLASSES_S), "+Inf"), waits.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=waits.sum_s)
