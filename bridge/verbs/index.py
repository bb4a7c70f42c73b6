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
    status, remark = asyncio.run(_index(args, home))
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
                **({"remark": remark} if remark else {}),
            }
        )
    else:
        print(f"{freshness.indexed_files} files, {status.symbols} symbols, {seconds:.2f} s")
        if status.skipped_files:
            print(f"{status.skipped_files} files left out: see `codeindex status`")
        if remark:
            print(remark)
    return FOUND


async def _index(args: argparse.Namespace, home: Path) -> tuple[pb.GetStatusReply, str]:
    """What is held when all is in, and why there is nothing, if so."""
    async with opened(home, args.workspace, args.server) as workspace:
        await wait_until_complete(workspace.syncer)
        require = await workspace.requirement()
        status = await workspace.client.status(pb.GetStatusRequest(workspace=True, require=require))
        return status, workspace.syncer.emptiness
