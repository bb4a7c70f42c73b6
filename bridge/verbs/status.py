"""`codeindex status`: what runs and what it holds. Starts nothing."""

from __future__ import annotations

import argparse
import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.assistant.clean import line
from bridge.daemon.client import DaemonClient
from bridge.daemon.connector import DaemonLink
from bridge.daemon.endpoint import find
from bridge.verbs import FOUND, NOTHING_FOUND
from bridge.verbs.one_workspace import counted, freshness_json, print_json, root_of
from bridge.workspace.filter import refuse_root
from protos import code_index_pb2 as pb


def run(args: argparse.Namespace, home: Path) -> int:
    """Print the daemon and the workspace; exit 1 if no daemon runs."""
    if args.server:
        from bridge.verbs import server_status

        return server_status.run(args, home)
    status = asyncio.run(fetch(args.workspace, home))
    if args.json:
        print_json(document(status))
    elif status is None:
        print(f"no daemon runs for {home}")
    else:
        describe(status, root_of(args.workspace).resolve())
    return FOUND if status is not None else NOTHING_FOUND


async def fetch(workspace: Path | None, home: Path) -> pb.GetStatusReply | None:
    """The status of the running daemon, or None if none runs. Errors: BridgeError."""
    if await asyncio.to_thread(find, home) is None:
        return None
    root = root_of(workspace).resolve()
    link = DaemonLink(home)
    try:
        return await DaemonClient(link, str(root)).status(pb.GetStatusRequest(workspace=refuse_root(root) is None))
    finally:
        await link.close()


def document(status: pb.GetStatusReply | None) -> dict[str, Any]:
    """What `--json` prints."""
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
        "meaning_pending_files": status.meaning_pending_files,
        "extracted": status.extracted,
        "fetched": status.fetched,
        "extraction": status.extraction,
        "freshness": freshness_json(status.freshness),
    }


def describe(status: pb.GetStatusReply, root: Path) -> None:
    """Print a daemon, and what it knows of the workspace."""
    fresh = status.freshness
    up = timedelta(seconds=status.uptime_s)
    clients = counted(status.streams, "client")
    print(f"daemon {status.daemon_version}, pid {status.pid}, up {up}, {clients} connected")
    print(
        f"{status.storage}, {status.storage_bytes / 1e6:.1f} MB, {counted(len(status.workspaces), 'workspace')} open, "
        f"extraction {status.extraction or 'plain'}"
    )
    for workspace in status.workspaces:
        print(f"    {line(workspace)}")
    if fresh.total_files or fresh.generation:
        symbols = counted(status.symbols, "symbol")
        print(f"here: {fresh.indexed_files} of {fresh.total_files} files, {symbols}; {_state(fresh)}")
    else:
        print(
            f"here: {refuse_root(root) or 'nothing is indexed yet; the first question does it, or `codeindex index`'}"
        )
    if status.meaning_pending_files:
        files = status.meaning_pending_files
        print("meaning: " + (f"{files} files to come" if files > 0 else "off, see the daemon's log"))
    for problem in status.problems:
        print(f"left out: {line(problem.path)}: {problem.reason.replace('_', ' ')} {line(problem.detail)}".rstrip())


def _state(fresh: pb.Freshness) -> str:
    """How far the index is, in words."""
    if fresh.complete:
        return "complete"
    if fresh.pending_files:
        return f"{fresh.pending_files} pending"
    return "as of the last look at the disk; the next question looks again"
