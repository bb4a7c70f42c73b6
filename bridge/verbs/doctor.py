"""`codeindex doctor`: what is wrong here, and how to mend it. Starts nothing, changes nothing."""

from __future__ import annotations

import argparse
import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from bridge import __version__
from bridge.daemon.endpoint import find, read_endpoint
from bridge.errors import BridgeError
from bridge.verbs import FAILURE, FOUND
from bridge.verbs.one_workspace import print_json, root_of
from bridge.verbs.status import fetch
from bridge.workspace.filter import WorkspaceFilter, refuse_root
from bridge.workspace.manifest import scan
from bridge.workspace.watch_limits import foreign_file_system, watch_budget
from protos import code_index_pb2 as pb

WATCH_LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")
FEW_WATCHES = 65_536


class Check(Struct, frozen=True):
    """One thing looked at. `mend` says what to do where it is not as it should be."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def run(args: argparse.Namespace, home: Path) -> int:
    """Print all checks; exit 3 if one fails."""
    checks = [_home(home), _daemon(home), _watches(), *_workspace(args.workspace, home)]
    ok = all(check.ok for check in checks)
    if args.json:
        print_json({"ok": ok, "version": __version__, "checks": [_document(check) for check in checks]})
    else:
        for check in checks:
            print(f"{'ok' if check.ok else 'WRONG':5} {check.name}: {check.found}")
            if not check.ok:
                print(f"      {check.mend}")
    return FOUND if ok else FAILURE


def _document(check: Check) -> dict[str, object]:
    return {**asdict(check), "mend": "" if check.ok else check.mend}


def _home(home: Path) -> Check:
    if not home.exists():
        return Check("home", True, f"{home} will be made when it is needed")
    status = home.stat()
    if status.st_uid != os.getuid() or not os.access(home, os.W_OK):
        return Check("home", False, f"{home} is not yours to write", "choose another with --home or CODEINDEX_HOME")
    if stat.S_IMODE(status.st_mode) & 0o077:
        return Check("home", False, f"{home} is open to other users", f"chmod 700 {home}")
    return Check("home", True, str(home))


def _daemon(home: Path) -> Check:
    endpoint = find(home)
    if endpoint is None and read_endpoint(home) is not None:
        return Check("daemon", True, f"the last one is gone; the next question starts another (log: {home}/daemon.log)")
    if endpoint is None:
        return Check("daemon", True, "none runs; the first question starts one")
    if endpoint.daemon_version != __version__:
        found = f"version {endpoint.daemon_version} runs, this is {__version__}"
        return Check("daemon", False, found, "codeindex stop")
    return Check("daemon", True, f"version {endpoint.daemon_version}, pid {endpoint.pid}, {endpoint.address}")


def _watches() -> Check:
    """Whether the system can watch a large tree."""
    if sys.platform != "linux" or not WATCH_LIMIT.exists():
        return Check("watching", True, "by the system's own notifications")
    limit = int(WATCH_LIMIT.read_text())
    mend = f"sudo sysctl fs.inotify.max_user_watches={FEW_WATCHES * 8}, or files of large trees are polled"
    return Check("watching", limit >= FEW_WATCHES, f"at most {limit} folders", mend)


def _workspace(workspace: Path | None, home: Path) -> Iterator[Check]:
    """The workspace's root, and what the running daemon says of it."""
    root = root_of(workspace).resolve()
    reason = refuse_root(root) if root.is_dir() else "name a folder: --workspace DIR"
    yield Check("workspace", reason is None, str(root), reason or "")
    if reason is not None:
        return
    yield _watched(root)
    try:
        status = asyncio.run(fetch(workspace, home))
    except BridgeError as error:
        yield Check("index", False, str(error), "codeindex stop, then ask again")
        return
    if status is not None:
        yield _index(status)


def _watched(root: Path) -> Check:
    """Whether all of the workspace can be watched, by the folders that are not ignored."""
    if kind := foreign_file_system(root):
        found = f"{root} is on {kind}, which does not tell of every change: it is looked at in intervals"
        return Check("watching here", False, found, "keep the workspace on a file system of this machine")
    folders: list[str] = []
    try:
        scan(WorkspaceFilter(root), 0, folders.append)
    except OSError as error:
        return Check("watching here", False, f"{root} cannot be read: {error.strerror}", "look at its permissions")
    budget = watch_budget() if sys.platform == "linux" else len(folders)
    found = f"{len(folders)} folders, of at most {budget} for one workspace"
    mend = (
        f"sudo sysctl fs.inotify.max_user_watches={max(FEW_WATCHES * 8, 4 * len(folders))}, or list what is not source"
        " in .codeindexignore; until then the workspace is looked at in intervals"
    )
    return Check("watching here", len(folders) <= budget, found, mend)


def _index(status: pb.GetStatusReply) -> Check:
    fresh = status.freshness
    if not fresh.total_files and not fresh.generation:
        return Check("index", True, "nothing is indexed yet; the first question does it, or `codeindex index`")
    left_out = f", {status.skipped_files} left out: see `codeindex status`" if status.skipped_files else ""
    found = f"{fresh.indexed_files} of {fresh.total_files} files{left_out}"
    failed = [problem.path for problem in status.problems if problem.reason in ("crashed", "timeout")]
    mend = f"report these files, please: {', '.join(failed[:5])}"
    return Check("index", not fresh.failed_files, found, mend)
