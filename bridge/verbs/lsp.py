"""`codeindex lsp`: serve an editor on stdio.

Reaching for the daemon begins before pygls is imported: both take about as long.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from pathlib import Path

from bridge.requests import start_log, start_tracing
from bridge.session import Session
from bridge.verbs import FOUND


def run(_args: argparse.Namespace, home: Path) -> int:
    """Serve until the editor ends it."""
    start_log(os.environ)
    start_tracing(os.environ)
    # It warns of every request that was answered before its cancellation came.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    asyncio.run(_serve(home))
    return FOUND


async def _serve(home: Path) -> None:
    session = Session(home, [])
    session.start()
    await asyncio.sleep(0)  # let the launch begin before the import holds the loop
    from bridge.editor.server import serve_stdio

    try:
        await serve_stdio(session)
    finally:
        await session.close()
