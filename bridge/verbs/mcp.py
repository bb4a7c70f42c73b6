"""`codeindex mcp`: serve an assistant on stdio.

The client waits for its first answer, and may begin without us if that takes too long. So the daemon is reached
for (or started) before the MCP SDK is imported, which takes about as long; and all that only later requests need
is imported after the first answer.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.config import default_roots
from bridge.daemon.endpoint import find_or_start
from bridge.errors import BridgeError, InvalidRequest
from bridge.verbs import FOUND

# The first answer is written by then; a request that comes earlier does not wait for it.
WRITTEN_WITHIN_S = 0.01

if TYPE_CHECKING:
    from bridge.assistant.handlers import Handlers


def run(args: argparse.Namespace, home: Path) -> int:
    """Serve until stdin closes."""
    missing = [str(root) for root in args.workspace if not root.is_dir()]
    if missing:
        raise InvalidRequest(f"{missing[0]} is not a directory")
    roots = args.workspace or default_roots(os.environ)
    if not args.server:
        threading.Thread(target=_reach, args=(home, roots), daemon=True).start()
    import asyncio

    from bridge.requests import start_log, start_tracing

    start_log(os.environ)
    start_tracing(os.environ)
    asyncio.run(_serve(home, roots, args.server))
    return FOUND


def _reach(home: Path, roots: Iterable[Path]) -> None:
    """Have a daemon there. Whoever asks it first tries again, and says what is wrong."""
    with contextlib.suppress(BridgeError):
        find_or_start(home, [root.expanduser().resolve() for root in roots])


async def _serve(home: Path, roots: list[Path], server: str) -> None:
    from bridge.assistant.server import build_server, serve_stdio

    handlers = functools.cache(lambda: _handlers(home, roots, server))
    try:
        await serve_stdio(build_server(handlers), _later(handlers))
    finally:
        if handlers.cache_info().currsize:
            await handlers().close()


def _handlers(home: Path, roots: list[Path], server: str) -> Handlers:
    """What answers: a session whose index is being brought up to date from now on."""
    from bridge.assistant.handlers import Handlers
    from bridge.session import Session

    try:
        session = Session(home, roots, server=server)
    except InvalidRequest as error:
        # The model can tell its user what is wrong; a server that ends cannot.
        session = Session(home, [], why_none=str(error), server=server)
    session.start()
    return Handlers(session)


def _later(handlers: Callable[[], Handlers]) -> Callable[[], None]:
    """Make the handlers once the loop has nothing better to do: the first answer is still to be written."""
    import asyncio

    def soon() -> None:
        asyncio.get_running_loop().call_later(WRITTEN_WITHIN_S, handlers)

    return soon
