"""The MCP server in this process, over a real daemon: what the tests of tools ask."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from mcp import Client

from bridge.assistant.handlers import Handlers
from bridge.assistant.server import build_server
from bridge.session import Session

WAIT_MS = 20_000


@contextlib.asynccontextmanager
async def connected(home: Path, *roots: Path, **options: Any) -> AsyncIterator[Client]:
    """A client of a server for these roots. `options` are the client's, such as `mode`."""
    session = Session(home, roots)
    session.start()
    handlers = Handlers(session)
    try:
        async with Client(build_server(lambda: handlers), **options) as client:
            yield client
    finally:
        await handlers.close()


@contextlib.asynccontextmanager
async def served(home: Path, *roots: Path, **options: Any) -> AsyncIterator[Client]:
    """A client of a server for these roots, whose index is complete."""
    async with connected(home, *roots, **options) as client:
        state = await client.call_tool("index_status", {"wait_ms": WAIT_MS})
        assert state.structured_content["freshness"]["complete"] is True
        yield client


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


def quoted(text: str) -> list[str]:
    """The lines between the fences of an answer."""
    return [line for block in re.findall(r"(?ms)^(`{3,})\n(.*?)\n\1$", text) for line in block[1].split("\n")]


def unquoted(text: str) -> str:
    """Our own words: an answer without what stands between fences."""
    return re.sub(r"(?ms)^(`{3,})\n.*?\n\1$", "", text)
