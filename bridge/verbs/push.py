"""`codeindex push`: bring a team's server to what this checkout is; `--from-list`, to what many are."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from pathlib import Path
from typing import Any

from bridge.daemon.credentials import upstream_of
from bridge.daemon.server_link import ServerLink
from bridge.errors import BridgeError, InvalidRequest
from bridge.verbs import FAILURE, FOUND
from bridge.verbs.one_workspace import opened, print_json, root_of
from bridge.verbs.progress import wait_until_complete
from bridge.workspace.naming import commit_of
from bridge.workspace.pushing import Pushed, Side, push


def run(args: argparse.Namespace, home: Path) -> int:
    """Print what was sent, a line or a document a checkout; exit 3 if any of them failed."""
    server = server_of(args, home)
    failed = 0
    done: list[dict[str, Any]] = []
    for root in _roots(args):
        begun = time.monotonic()
        try:
            pushed = asyncio.run(push_root(root, home, server, args.commit))
        except BridgeError as error:
            failed += 1
            done.append({"root": str(root), "error": str(error), "code": error.code})
        else:
            seconds = round(time.monotonic() - begun, 3)
            done.append({"root": str(root), "seconds": seconds, "commit": args.commit, **pushed._asdict()})
    if args.json:
        print_json({"pushed": done})
    else:
        print(*map(_line, done), sep="\n")
    return FAILURE if failed else FOUND


def server_of(args: argparse.Namespace, home: Path) -> str:
    """The team's server that is meant. Errors: InvalidRequest."""
    server: str = args.server or upstream_of(home, os.environ)
    if not server:
        raise InvalidRequest(f"which server? `codeindex --server HOST:PORT {args.verb}`, or CODEINDEX_UPSTREAM")
    return server


def _roots(args: argparse.Namespace) -> list[Path]:
    """The checkouts to push. Errors: InvalidRequest."""
    if args.from_list is None:
        return [root_of(args.workspace).resolve()]
    try:
        lines = args.from_list.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidRequest(f"cannot read {args.from_list}: {error.strerror}") from None
    return [args.from_list.parent.joinpath(line.strip()).resolve() for line in lines if line.strip()]


async def push_root(root: Path, home: Path, server: str, commit: str) -> Pushed:
    """Index a checkout here, and bring the server's snapshot to what it is. Errors: BridgeError."""
    async with opened(home, root, "") as workspace:
        await wait_until_complete(workspace.syncer)
        link = ServerLink(server, home)
        try:
            return await push(Side(workspace.link, str(root)), Side(link, commit_of(root, commit)), root)
        finally:
            await link.close()


def _line(one: dict[str, Any]) -> str:
    if "error" in one:
        return f"{one['root']}: {one['error']}"
    return (
        f"{one['root']}: {one['changed']} files changed, {one['removed']} removed, {one['contents']} contents sent,"
        f" {one['bytes_sent'] + one['bytes_received']:,} bytes, {one['seconds']:.2f} s: {one['commit']}"
        f" at generation {one['generation']}"
    )
