"""What a server costs its callers, and its callers the server: plain loopback beside mTLS and a token.

    python -m tests.bench.server [STREAMS [CALLS]]

Prints, for each way to listen: seconds of the daemon's CPU for a new connection (handshake included), p50 and p99 of a
small question and the daemon's CPU for it, and the memory that an open sync stream on a connection of its own takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from protos import code_index_pb2 as pb
from tests.bench.processes import TICKS, memory_bytes
from tests.e2e.authority import Authority
from tests.e2e.serving import OWNER, OWNER_TOKEN, Server, serving

HELLO = pb.SyncRequest(hello=pb.Hello(client_id="bench", protocol_min=1, protocol_max=1))
QUESTION = pb.FindDefinitionRequest(symbol="nothing_of_this_name")


def cpu_s(pid: int) -> float:
    """Processor time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def measure(name: str, server: Server, shown, streams: int, calls: int) -> None:
    """One way to listen."""
    async with server.reached(shown) as stub:
        pid = (await stub.GetStatus(pb.GetStatusRequest())).pid
        await stub.FindDefinition(QUESTION)
        before, took_ms = cpu_s(pid), []
        for _ in range(calls):
            began = time.perf_counter()
            await stub.FindDefinition(QUESTION)
            took_ms.append((time.perf_counter() - began) * 1000)
        each_us = (cpu_s(pid) - before) / calls * 1e6
        cuts = statistics.quantiles(took_ms, n=100)
        print(f"{name}: a question p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms, {each_us:.0f} µs of the daemon's CPU")
    async with contextlib.AsyncExitStack() as stack:
        before, resident = cpu_s(pid), memory_bytes({pid})[0]
        for number in range(streams):
            stub = await stack.enter_async_context(server.reached(shown))
            stream = stub.SyncIndex(metadata=(("codeindex-workspace", f"bench/{number}"),))
            await stream.write(HELLO)
            await stream.read()
        each_kib = (memory_bytes({pid})[0] - resident) / streams / 1024
        each_ms = (cpu_s(pid) - before) / streams * 1000
        print(f"{name}: {streams} streams, each {each_kib:.0f} KiB and {each_ms:.1f} ms of the daemon's CPU to open")


def main() -> None:
    """Print the load, then both ways."""
    streams, calls = (int(word) for word in [*sys.argv[1:], "200", "1000"][:2])
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder) / "authority")
        ways = {
            "plain loopback": ((), OWNER),
            "mTLS": (authority.serving(), authority.shown(OWNER_TOKEN, *authority.issue("bench"))),
        }
        for name, (flags, shown) in ways.items():
            home = Path(tempfile.mkdtemp(dir=folder))
            with serving(home, *flags, CODEINDEX_LOG_LEVEL="WARNING") as server:
                asyncio.run(measure(name, server, shown, streams, calls))


if __name__ == "__main__":
    main()
