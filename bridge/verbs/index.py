"""`codeindex index`: bring the index of a workspace up to date and say what it holds."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from bridge.verbs import FOUND
from bridge.verbs.one_workspace import freshness_json, opened, print_json
from bridge.verbs.progress import wait_until_complete
from protos import code_index_pb2 as pb


def run(args: argparse.Namespace, home: Path) -> int:
    """Print files, symbols and seconds."""
    begun = time.monotonic()
    status = asyncio.run(_index(args, home))
    seconds = round(time.monotonic() - begun, 3)
    freshness = status.freshness
    if args.json:
        print_json(
            {
                "files": freshness.indexed_files,
                "symbols": status.symbols,
                "seconds": seconds,
                "skipped_files": status.skipped_files,
                "freshness": freshness_json(freshness),
            }
        )
    else:
        print(f"{freshness.indexed_files} files, {status.symbols} symbols, {seconds:.2f} s")
        if status.skipped_files:
            print(f"{status.skipped_files} files left out: see `codeindex status`")
    return FOUND


async def _index(args: argparse.Namespace, home: Path) -> pb.GetStatusReply:
    async with opened(home, args.workspace) as workspace:
        await wait_until_complete(workspace.syncer)
        return await workspace.client.status(pb.GetStatusRequest(workspace=True, require=await workspace.requirement()))
