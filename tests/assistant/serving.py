"""The MCP server in this process, over a real daemon: what the tests of tools ask."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from mcp import Client

from bridge.assistant.server import build_server
from bridge.session import Session

WAIT_MS = 20_000


@contextlib.asynccontextmanager
async def served(home: Path, *roots: Path) -> AsyncIterator[Client]:
    """A client of a server for these roots, whose index is complete."""
    session = Session(home, roots)
    session.start()
    try:
        async with Client(build_server(session)) as client:
            state = await client.call_tool("index_status", {"wait_ms": WAIT_MS})
            assert state.structured_content["freshness"]["complete"] is True
            yield client
    finally:
        await session.close()


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """The text and the structure of an answer that must be none of an error."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.content[0].text, result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The text of an answer that must be an error."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, (tool, arguments, result.content)
    return result.content[0].text
