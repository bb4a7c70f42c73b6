"""Many clients at once: `python -m tests.bench.search.load DIR [OTHER] [--clients 8] [--seconds 20]`.

Indexes DIR with a real daemon; then so many clients, each on a channel of its own, ask it a mix of all classes of
questions (typed.py) without a pause, and go on while OTHER is indexed from nothing by the same daemon. Without OTHER a
copy of DIR is asked, and goes on to be while all of its own files are rewritten and indexed again. Prints searches
a second and p50, p99 in milliseconds, before and during that, and what a search takes of CPU: in the daemon (with what
indexing takes of it), and in the clients, which share one process that has nothing else to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from bridge.daemon.client import WORKSPACE_KEY
from bridge.daemon.connector import DaemonLink
from bridge.session import Session
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceStub
from tests.bench.processes import cpu_seconds, machine
from tests.bench.search.targets import targets_of
from tests.bench.search.typed import Question, questions
from tests.conftest import stop_daemon

if TYPE_CHECKING:  # only the stub file knows the asyncio flavour
    from protos.code_index_pb2_grpc import CodeIndexServiceAsyncStub

LIMIT = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("other", type=Path, nargs="?", help="what is indexed meanwhile")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--home", type=Path, help="keep the index here, and use it if it is there")
    arguments = parser.parse_args()
    print(machine())
    scratch = Path(tempfile.mkdtemp(prefix="ci-bench-"))
    home = arguments.home or scratch / "home"
    if arguments.other is None:
        arguments.root = shutil.copytree(arguments.root, scratch / "copy", symlinks=True)
    try:
        asyncio.run(_run(arguments, home))
    finally:
        stop_daemon(home)
        shutil.rmtree(scratch, ignore_errors=True)


async def _run(arguments: argparse.Namespace, home: Path) -> None:
    root = await _indexed(home, arguments.root)
    asked = questions(targets_of(home)[0], 100)
    links = [DaemonLink(home) for _ in range(arguments.clients)]
    clients = [Client(await link.channel(), root, asked, seed) for seed, link in enumerate(links)]
    await _load("warming up", home, clients, arguments.seconds / 4)
    await _load("alone", home, clients, arguments.seconds)
    before, tree = await clients[0].parsed(), arguments.other or _rewritten(arguments.root)
    indexing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", "--home", str(home), "index", "--json", "--workspace", str(tree)
    )
    what = "another tree is indexed" if arguments.other else "all of its files are indexed again"
    await _load(f"while {what}", home, clients, arguments.seconds)
    print(await clients[0].parsed() - before, "files are parsed by then")
    await indexing.wait()
    for link in links:
        await link.close()


def _rewritten(root: Path) -> Path:
    """The same tree, each file of which has another content."""
    for file in root.rglob("*"):
        if file.is_file() and not file.is_symlink():
            with file.open("ab") as stream:
                stream.write(b"\n")
    return root


async def _indexed(home: Path, root: Path) -> str:
    """Bring the index up to date; the workspace's name."""
    session = Session(home, [root])
    session.start()
    try:
        (workspace,) = await session.workspaces()
        async for _ in workspace.syncer.until_complete():
            pass
        return str(workspace.root)
    finally:
        await session.close()


class Client:
    """Asks one question after the other on its channel."""

    def __init__(self, channel: grpc.aio.Channel, root: str, asked: Sequence[Question], seed: int) -> None:
        self._stub: CodeIndexServiceAsyncStub = CodeIndexServiceStub(channel)
        self._metadata = ((WORKSPACE_KEY, root),)
        self._asked = asked
        self._rng = random.Random(seed)

    async def parsed(self) -> int:
        """How many contents the daemon has parsed so far."""
        return (await self._stub.GetStatus(pb.GetStatusRequest())).extracted

    async def ask_until(self, end: float) -> list[float]:
        """Milliseconds of each answer."""
        taken = []
        while time.monotonic() < end:
            request = pb.SearchRequest(query=self._rng.choice(self._asked).text, limit=LIMIT, paged=True)
            begun = time.perf_counter()
            async for _ in self._stub.SearchSymbols(request, metadata=self._metadata):
                pass
            taken.append((time.perf_counter() - begun) * 1000)
        return taken


async def _load(title: str, home: Path, clients: Sequence[Client], seconds: float) -> None:
    daemon = {json.loads((home / "daemon.json").read_text())["pid"]}
    begun, daemon_s, own_s = time.monotonic(), cpu_seconds(daemon), time.process_time()
    answers = await asyncio.gather(*(client.ask_until(begun + seconds) for client in clients))
    taken = sorted(ms for some in answers for ms in some)
    each = 1000 / len(taken)
    print(
        f"{title}: {len(taken) / (time.monotonic() - begun):.0f} searches/s,"
        f" p50 {taken[len(taken) // 2]:.1f} ms, p99 {taken[len(taken) * 99 // 100]:.1f} ms; of CPU a search"
        f" {(cpu_seconds(daemon) - daemon_s) * each:.2f} ms in the daemon,"
        f" {(time.process_time() - own_s) * each:.2f} ms in the clients"
    )


if __name__ == "__main__":
    main()
