"""One request seen from end to end: its id in both logs, its spans from the MCP call down to the engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as collected
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as collector

from tests.conftest import codeindex, stop_daemon, wait_for
from tests.e2e.mcp_client import OPENING, ask, connected


class Collector(collector.TraceServiceServicer):
    """Takes spans as an OpenTelemetry collector does. `spans` holds (service, span)."""

    def __init__(self) -> None:
        self.spans = []

    def Export(self, request, _context):  # noqa: N802
        for of_resource in request.resource_spans:
            names = {one.key: one.value.string_value for one in of_resource.resource.attributes}
            for scope in of_resource.scope_spans:
                self.spans += [(names["service.name"], span) for span in scope.spans]
        return collected.ExportTraceServiceResponse()


@pytest.fixture
def collecting():
    """A collector, and the environment that leads to it."""
    server = grpc.server(ThreadPoolExecutor(2))
    taking = Collector()
    collector.add_TraceServiceServicer_to_server(taking, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield taking, {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    server.stop(0).wait()


def chain_of(service, span, spans):
    """A span's ancestors and itself, outermost first."""
    above = spans.get(span.parent_span_id)
    return [*(chain_of(*above, spans) if above else ()), (service, span.name)]


async def test_a_tool_call_is_one_trace_from_mcp_to_the_engine(home, project, collecting):
    taking, environ = collecting
    async with connected(home, project, environ=environ) as client:
        await ask(client, "search_symbols", query="HttpResponse", wait_ms=10_000)
    stop_daemon(home)  # both processes send what they have when they end
    spans = {span.span_id: (service, span) for service, span in taking.spans}
    chains = [chain_of(*one, spans) for one in spans.values()]
    method = "codeindex.CodeIndexService/Search"
    wanted = [
        ("codeindex-bridge", "tools/call search_symbols"),
        ("codeindex-bridge", method),
        ("codeindex-daemon", f"{method}Symbols"),
    ]
    found = [chain for chain in chains if chain[:3] == wanted and len(chain) > 3]
    assert found, chains
    assert all(service == "codeindex-daemon" and name.startswith("engine ") for service, name in found[0][3:])


def test_nothing_is_sent_where_nothing_asks_for_it(home, project, collecting):
    assert codeindex(home, "search", "HttpResponse", cwd=project).returncode == 0
    stop_daemon(home)
    assert collecting[0].spans == []


def test_the_id_of_a_tool_call_stands_in_both_logs(home, project):
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CODEINDEX_LOG_LEVEL": "DEBUG"},
    )
    call = {"name": "search_symbols", "arguments": {"query": "HttpResponse"}}
    said = [{"method": "notifications/initialized"}, {"id": 2, "method": "tools/call", "params": call}]
    try:
        bridge.stdin.write(OPENING + b"".join(json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n" for one in said))
        bridge.stdin.flush()
        answer = next(one for line in bridge.stdout if (one := json.loads(line)).get("id") == 2)
        assert not answer["result"].get("isError")
    finally:
        _, stderr = bridge.communicate(timeout=20)
    (identifier,) = re.findall(r"\[(\w{16})\] tool search_symbols", stderr.decode())
    assert re.search(rf"\[{identifier}\] Search took", stderr.decode())
    wait_for(lambda: re.search(rf"\[{identifier}\]: SearchSymbols OK", (home / "daemon.log").read_text()))
