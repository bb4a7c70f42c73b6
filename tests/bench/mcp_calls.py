"""Warm tool calls as a client sees them: from the bytes written to `codeindex mcp` to the line that comes back.

    python -m tests.bench.mcp_calls DIR [--calls N]

DIR is indexed first, meaning included. Names are drawn from the index itself, so that no two calls in a row are
alike. One call at a time, as an assistant makes them. Prints p50 and p99 in milliseconds of each tool, and of all
calls together.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.processes import is_busy
from tests.bench.start import INITIALIZE
from tests.conftest import stop_daemon

SEED = 6
WARM_UP = 40


class Server:
    """A `codeindex mcp` process, spoken to in bare JSON lines."""

    def __init__(self, home: Path, root: Path) -> None:
        command = [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(root)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._number = 0
        self.ask("initialize", INITIALIZE)
        self._send({"method": "notifications/initialized"})

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """A tool's structure. Fails if the answer is an error."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert not result.get("isError"), result
        return result["structuredContent"]

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The result of a request."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        while True:
            answer = json.loads(self._process.stdout.readline())
            if answer.get("id") == self._number:
                return answer["result"]

    def close(self) -> None:
        """End it as a client does: close its input, and wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--calls", type=int, default=100, help="of each tool")
    parser.add_argument("--home", type=Path, help="keep the index here")
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="ci-home-"))
    server = Server(home, options.dir.resolve())
    try:
        while is_busy(server.call("index_status", wait_ms=30_000)):
            time.sleep(0.2)
        _measure(server, options.calls)
    finally:
        server.close()
        stop_daemon(home)
        if not options.home:
            shutil.rmtree(home)


def _measure(server: Server, calls: int) -> None:
    drawn = random.Random(SEED)
    symbols = [
        one for prefix in "abcdefgst" for one in server.call("search_symbols", query=prefix, limit=100)["symbols"]
    ]
    kinds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "search_symbols": lambda one: {"query": one["name"]},
        "find_definition": lambda one: {"symbol": one["symbol"]},
        "find_references": lambda one: {"symbol": one["name"]},
        "outline": lambda one: {"path": one["path"]},
        "read_symbol": lambda one: {"symbols": [one["symbol"]]},
        "overview": lambda _: {},
        "index_status": lambda _: {},
    }
    times: dict[str, list[float]] = {tool: [] for tool in kinds}
    for number in range(calls + WARM_UP):
        for tool, arguments in kinds.items():
            asked = arguments(drawn.choice(symbols))
            begun = time.perf_counter()
            server.call(tool, **asked)
            if number >= WARM_UP:
                times[tool].append(1000 * (time.perf_counter() - begun))
    times["all"] = [one for of_tool in times.values() for one in of_tool]
    for tool, some in times.items():
        print(f"{tool:16} p50 {_at(some, 0.5):5.1f}  p99 {_at(some, 0.99):6.1f}  ({len(some)} calls)")


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


if __name__ == "__main__":
    main()
