"""The `mcp` package's own client on a real `codeindex mcp` process."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

# What a client says first: a server begins its work with that.
OPENING = (
    b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", '
    b'"capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}\n'
)


@contextlib.asynccontextmanager
async def connected(home: Path, *workspaces: Path, mode: str = "auto", **options: Any) -> AsyncIterator[Client]:
    """A client whose server was started for these workspaces."""
    named = [word for workspace in workspaces for word in ("--workspace", str(workspace))]
    cwd, environ = options.pop("cwd", None), options.pop("environ", {})
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "bridge", "--home", str(home), "mcp", *named],
        env={**{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}, **environ},
        cwd=cwd,
    )
    async with Client(server, mode=mode, **options) as client:
        yield client


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that must succeed; return its structured content."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def until(client: Client, tool: str, condition: Any, **arguments: Any) -> dict[str, Any]:
    """Ask until `condition(answer)` holds, at most 200 times."""
    for _ in range(200):
        answer = await ask(client, tool, **arguments)
        if condition(answer):
            return answer
    raise AssertionError(f"{tool} {arguments} still answers {answer}")
