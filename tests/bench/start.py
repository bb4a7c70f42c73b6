"""How long a client waits for its first answer: `codeindex mcp` beside a bare SDK server, and beside no SDK at all.

    python -m tests.bench.start [--trials N]

Each trial spawns each server once, in turn, sends `initialize` (and in a second process `server/discover`), and
takes the time from the spawn to the answer; then from the spawn to the answer of `tools/list`. The daemon runs
already, as it does for every client but the first of a day; the last lines are of a start that has to start it too.
The server without the SDK answers from text that was made before, which is what no server can undercut.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.conftest import stop_daemon

BARE = """
import asyncio
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

async def list_tools(context, params):
    return types.ListToolsResult(tools=[types.Tool(name="one", input_schema={"type": "object"})])

async def main():
    server = Server("bare", version="1", on_list_tools=list_tools)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())

asyncio.run(main())
"""
WITHOUT = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {"tools": []}}), flush=True)
"""
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
CLIENT = {"name": "bench", "version": "1"}
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT}


def main() -> None:
    """Print medians in milliseconds, and ours as a multiple of the bare server's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=11)
    trials = parser.parse_args().trials
    home, project = Path(tempfile.mkdtemp(prefix="ci-home-")), Path(tempfile.mkdtemp(prefix="ci-start-"))
    (project / "a.py").write_text("def f():\n    pass\n")
    try:
        _compare(home, project, trials)
    finally:
        stop_daemon(home)
        shutil.rmtree(home)
        shutil.rmtree(project)


def _compare(home: Path, project: Path, trials: int) -> None:
    ours = [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(project)]
    servers = {"codeindex": ours, "bare SDK": [sys.executable, "-c", BARE], "no SDK": [sys.executable, "-c", WITHOUT]}
    for modern in (False, True):
        for one in servers.values():
            _opened(one, modern)  # what is on disk is in the cache, and the daemon runs
        times = {name: [] for name in servers}
        for _ in range(trials):
            for name, command in servers.items():
                times[name].append(_opened(command, modern))
        _report("server/discover" if modern else "initialize", times)
    cold = []
    for _ in range(trials // 2):
        stop_daemon(home)
        cold.append(_opened(ours, modern=False))
    _report("initialize, and no daemon runs yet", {"codeindex": cold})


def _report(what: str, times: dict[str, list[tuple[float, float]]]) -> None:
    print(what)
    medians = {
        name: [1000 * statistics.median(part) for part in zip(*some, strict=True)] for name, some in times.items()
    }
    for name, (first, listed) in medians.items():
        spread = " ".join(f"{1000 * one:.0f}" for one, _ in sorted(times[name]))
        share = f"  x {first / medians['bare SDK'][0]:.2f}" if "bare SDK" in medians else ""
        print(f"  {name:10} {first:5.0f} ms{share}   tools/list answered at {listed:5.0f} ms   [{spread}]")


def _opened(command: list[str], modern: bool) -> tuple[float, float]:
    """Seconds from the spawn to the first answer, and to that of `tools/list`."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    ) as server:
        first = (
            _asked(server, 1, "server/discover", {"_meta": META})
            if modern
            else _asked(server, 1, "initialize", INITIALIZE)
        )
        if not modern:
            _send(server, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        listed = _asked(server, 2, "tools/list", {"_meta": META} if modern else {})
        assert server.stdin is not None
        server.stdin.close()
    return first - begun, listed - begun


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _asked(server: subprocess.Popen[bytes], number: int, method: str, params: dict[str, Any]) -> float:
    """When a request was answered. Fails on an error."""
    _send(server, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    assert server.stdout is not None
    while True:
        answer = json.loads(server.stdout.readline())
        if answer.get("id") == number:
            assert "result" in answer, answer
            return time.perf_counter()


def _send(server: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    assert server.stdin is not None
    server.stdin.write(json.dumps(message).encode() + b"\n")
    server.stdin.flush()


if __name__ == "__main__":
    main()
