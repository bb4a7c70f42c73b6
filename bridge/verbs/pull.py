"""`codeindex pull`: bring the index of a checkout up to date, with what a team's server knows in place of parsing."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from pathlib import Path

from bridge.daemon.credentials import upstream_of
from bridge.errors import DaemonUnreachable, InvalidRequest
from bridge.verbs import FOUND
from bridge.verbs.one_workspace import freshness_json, opened, print_json
from bridge.verbs.progress import wait_until_complete
from bridge.verbs.status import fetch
from protos import code_index_pb2 as pb


def run(args: argparse.Namespace, home: Path) -> int:
    """Print how many extractions came, and how many contents were parsed here."""
    if not upstream_of(home, os.environ):
        raise InvalidRequest(f"pull from where? Set CODEINDEX_UPSTREAM, or `upstream` in {home / 'servers.toml'}")
    begun = time.monotonic()
    before, after = asyncio.run(_pull(args, home))
    seconds = time.monotonic() - begun
    fetched, parsed = after.fetched, after.extracted
    if before is not None and before.instance_id == after.instance_id:
        fetched, parsed = fetched - before.fetched, parsed - before.extracted
    if args.json:
        freshness = freshness_json(after.freshness)
        print_json({"fetched": fetched, "parsed": parsed, "seconds": round(seconds, 3), "freshness": freshness})
    else:
        print(f"{after.freshness.indexed_files} files: {fetched} fetched, {parsed} parsed here, {seconds:.2f} s")
    return FOUND


async def _pull(args: argparse.Namespace, home: Path) -> tuple[pb.GetStatusReply | None, pb.GetStatusReply]:
    """The daemon's status before, if one ran, and after. Errors: DaemonUnreachable if the server is away."""
    before = await fetch(args.workspace, home)
    async with opened(home, args.workspace, "") as workspace:
        await wait_until_complete(workspace.syncer)
        require = await workspace.requirement()
        after = await workspace.client.status(pb.GetStatusRequest(workspace=True, require=require))
        upstream = workspace.syncer.upstream
        if upstream is not None and upstream.away:
            raise DaemonUnreachable(f"{upstream.server} is away, all was parsed here: {upstream.away}")
        return before, after
