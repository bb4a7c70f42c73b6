"""`codeindex mcp`: serve an assistant on stdio.

Reaching for the daemon begins before the MCP SDK is imported: both take about as long.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from bridge.config import default_roots
from bridge.session import Session
from bridge.verbs import FOUND


def run(args: argparse.Namespace, home: Path) -> int:
    """Serve until stdin closes."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="codeindex: %(message)s")
    asyncio.run(_serve(home, args.workspace or default_roots(os.environ)))
    return FOUND


async def _serve(home: Path, roots: list[Path]) -> None:
    session = Session(home, roots)
    session.start()
    await asyncio.sleep(0)  # let the launch begin before the import holds the loop
    from bridge.assistant.server import serve_stdio

    try:
        await serve_stdio(session)
    finally:
        await session.close()
