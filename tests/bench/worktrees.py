"""Trees that share: `python -m tests.bench.worktrees [--files N | --one DIR --other DIR]`.

A repository whose two branches differ in N files (10,000), or whose branches are copies of two directories, is
indexed, switched to the other branch and back; then, once meaning is derived too, a second worktree of it is
indexed. Printed for each: seconds until the answer is complete, contents parsed (extractions that the store got),
the store's growth, and that of all that the daemon keeps on disk, its logs excepted.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import apsw

from bridge.session import Session, WorkspaceSession
from protos import code_index_pb2 as pb
from tests.bench.processes import machine
from tests.bench.storms import GIT, generate
from tests.conftest import stop_daemon

MEANING_EVERY_S = 1.0


def imported(root: Path, one: Path, other: Path) -> None:
    """Two branches out of two directories."""
    subprocess.run([*GIT, "init", "-q", "-b", "main", str(root)], check=True)
    for branch, tree in (("main", one), ("other", other)):
        if branch != "main":
            switch(root, "-b", branch)
            subprocess.run([*GIT, "-C", str(root), "rm", "-rqf", "."], check=True)
        shutil.copytree(tree, root, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
        subprocess.run([*GIT, "-C", str(root), "add", "-A"], check=True)
        subprocess.run([*GIT, "-C", str(root), "commit", "-q", "--allow-empty", "-m", branch], check=True)
    switch(root, "main")


def switch(root: Path, *words: str) -> None:
    subprocess.run([*GIT, "-C", str(root), "checkout", "-qf", *words], check=True)


def add_worktree(root: Path, place: Path) -> None:
    subprocess.run([*GIT, "-C", str(root), "worktree", "add", "-q", str(place), "main"], check=True)


class Store(NamedTuple):
    """How many extractions a store has got so far, those that were collected since included; and what it takes.

    `disk_bytes`: with the index of names and what is derived for questions in plain words.
    """

    contents: int
    size_bytes: int
    disk_bytes: int


def store(home: Path) -> Store:
    """The store as it is now. Logs do not count: the database's stays as large as it ever was."""
    connection = apsw.Connection(str(home / "index.sqlite3"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        contents = connection.execute("SELECT coalesce(max(id), 0) FROM content").get
        pages = connection.pragma("page_count") - connection.pragma("freelist_count")
        size = pages * connection.pragma("page_size")
    finally:
        connection.close()
    beside = sum(file.stat().st_size for part in ("index.names", "meaning") for file in _files(home / part))
    return Store(int(contents or 0), size, size + beside)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def complete(workspace: WorkspaceSession) -> pb.GetStatusReply:
    """The status, once the index is complete."""
    while True:
        require = await workspace.requirement(60_000)
        reply = await workspace.client.status(pb.GetStatusRequest(workspace=True, require=require))
        if reply.freshness.complete:
            return reply


async def derived(workspace: WorkspaceSession) -> None:
    """Wait until questions in plain words cover all; nothing tells of that."""
    while (await complete(workspace)).meaning_pending_files:  # noqa: ASYNC110
        await asyncio.sleep(MEANING_EVERY_S)


async def step(home: Path, workspace: WorkspaceSession, title: str, act: Callable[[], None]) -> None:
    before = store(home)
    begun = time.monotonic()
    await asyncio.to_thread(act)
    acted = time.monotonic()
    status = await complete(workspace)
    done = time.monotonic()
    after = store(home)
    print(
        f"{title:16} {status.freshness.indexed_files} files; git {acted - begun:.2f} s, complete {done - acted:.2f} s"
        f" after it; parsed {after.contents - before.contents}; store {after.size_bytes / 1e6:.1f} MB"
        f" ({after.size_bytes / before.size_bytes - 1:+.1%}), disk {after.disk_bytes / 1e6:.1f} MB"
        f" ({after.disk_bytes / before.disk_bytes - 1:+.1%})"
    )


async def measure(home: Path, root: Path) -> None:
    session = Session(home, [root])
    session.start()
    try:
        (workspace,) = await session.workspaces()
        await step(home, workspace, "cold", lambda: None)
        await step(home, workspace, "other branch", lambda: switch(root, "other"))
        await step(home, workspace, "and back", lambda: switch(root, "main"))
        await step(home, workspace, "there again", lambda: switch(root, "other"))
        await derived(workspace)
        second = root.with_name("second")
        await asyncio.to_thread(add_worktree, root, second)
        added = await session.add_root(second)
        await step(home, added, "second worktree", lambda: None)
    finally:
        await session.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--one", type=Path)
    parser.add_argument("--other", type=Path)
    args = parser.parse_args()
    print(machine())
    place = Path(tempfile.mkdtemp(prefix="ci-trees-"))
    home = Path(tempfile.mkdtemp(prefix="ci-bench-"))
    try:
        if args.one:
            imported(place / "first", args.one, args.other or args.one)
        else:
            generate(place / "first", args.files)
        asyncio.run(measure(home, place / "first"))
    finally:
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
