"""The server object that `codeindex mcp` serves on stdio, over streamable HTTP, which the conformance suite asks.

    python -m tests.conformance.serve HOME ROOT

Prints the URL once it listens, and serves until its input closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from pathlib import Path

import uvicorn

from bridge.assistant.handlers import Handlers
from bridge.assistant.server import build_server
from bridge.session import Session


async def serve(home: Path, root: Path) -> None:
    """Listen on a free port of the loopback interface."""
    session = Session(home, [root])
    session.start()
    handlers = Handlers(session)
    app = build_server(lambda: handlers).streamable_http_app()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        serving = asyncio.create_task(server.serve([listening]))
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    await handlers.close()


if __name__ == "__main__":
    asyncio.run(serve(*map(Path, sys.argv[1:3])))
