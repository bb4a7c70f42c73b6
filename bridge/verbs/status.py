"""`codeindex status`: what runs and what it holds. Starts nothing."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from bridge.config import default_roots
from bridge.daemon.client import DaemonClient
from bridge.daemon.connector import DaemonLink, find
from bridge.verbs import FOUND, NOTHING_FOUND
from bridge.verbs.one_workspace import freshness_json, print_json
from protos import code_index_pb2 as pb


def run(args: argparse.Namespace, home: Path) -> int:
    """Print the daemon and the workspace; exit 1 if no daemon runs."""
    status = asyncio.run(fetch(args.workspace, home))
    if args.json:
        print_json(_document(status))
    elif status is None:
        print(f"no daemon runs for {home}")
    else:
        _print(status)
    return FOUND if status is not None else NOTHING_FOUND


async def fetch(workspace: Path | None, home: Path) -> pb.GetStatusReply | None:
    """The status of the running daemon, or None if none runs. Errors: BridgeError."""
    if await asyncio.to_thread(find, home) is None:
        return None
    roots = [workspace.resolve()] if workspace else default_roots(os.environ)
    link = DaemonLink(home)
    try:
        client = DaemonClient(link, str(roots[0]) if roots else "")
        return await client.status(pb.GetStatusRequest(workspace=bool(roots)))
    finally:
        await link.close()


def _document(status: pb.GetStatusReply | None) -> dict[str, Any]:
    if status is None:
        return {"running": False}
    return {
        "running": True,
        "daemon_version": status.daemon_version,
        "pid": status.pid,
        "uptime_s": status.uptime_s,
        "streams": status.streams,
        "workspaces": list(status.workspaces),
        "storage": status.storage,
        "storage_bytes": status.storage_bytes,
        "symbols": status.symbols,
        "languages": dict(status.languages),
        "unsupported_files": status.unsupported_files,
        "skipped_files": status.skipped_files,
        "max_file_bytes": status.max_file_bytes,
        "problems": [{"path": one.path, "reason": one.reason, "detail": one.detail} for one in status.problems],
        "freshness": freshness_json(status.freshness),
    }


def _print(status: pb.GetStatusReply) -> None:
    fresh = status.freshness
    print(f"daemon {status.daemon_version}, pid {status.pid}, up {status.uptime_s} s, {status.streams} sync streams")
    print(f"{status.storage}, {status.storage_bytes / 1e6:.1f} MB, {len(status.workspaces)} workspaces open")
    if fresh.total_files or fresh.generation:
        state = "complete" if fresh.complete else f"{fresh.pending_files} pending or not compared with the disk now"
        print(f"here: {fresh.indexed_files} of {fresh.total_files} files, {status.symbols} symbols, {state}")
    for problem in status.problems:
        print(f"left out: {problem.path}: {problem.reason} {problem.detail}".rstrip())
