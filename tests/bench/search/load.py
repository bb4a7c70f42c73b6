"""Many clients at once: `python -m tests.bench.search.load DIR OTHER [--clients 8] [--seconds 20]`.

Indexes DIR with a real daemon; then so many clients, each on a channel of its own, ask it a mix of all classes of
questions (typed.py) without a pause, and go on while OTHER is indexed from nothing by the same daemon. Prints searches
a second and p50, p99 in milliseconds, before and during that. The clients share one process, whose time counts too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bridge.daemon.client import DaemonClient
from bridge.daemon.connector import DaemonLink
from bridge.session import Session
from protos import code_index_pb2 as pb
from tests.bench.processes import machine
from tests.bench.search.targets import targets_of
from tests.bench.search.typed import Question, questions
from tests.conftest import stop_daemon


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("other", type=Path, help="what is indexed meanwhile")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--home", type=Path, help="keep the index here, and use it if it is there")
    arguments = parser.parse_args()
    print(machine())
    home = arguments.home or Path(tempfile.mkdtemp(prefix="ci-bench-"))
    try:
        asyncio.run(_run(arguments, home))
    finally:
        stop_daemon(home)
        if not arguments.home:
            shutil.rmtree(home, ignore_errors=True)


async def _run(arguments: argparse.Namespace, home: Path) -> None:
    session = Session(home, [arguments.root])
    session.start()
    try:
        (workspace,) = await session.workspaces()
        async for _ in workspace.syncer.until_complete():
            pass
        asked = questions(targets_of(home)[0], 100)
        links = [DaemonLink(home) for _ in range(arguments.clients)]
        clients = [DaemonClient(link, str(workspace.root)) for link in links]
        _print("alone", *await _load(clients, asked, arguments.seconds))
        indexing = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bridge", "--home", str(home), "index", "--json", "--workspace", str(arguments.other)
        )
        _print("while another tree is indexed", *await _load(clients, asked, arguments.seconds))
        print("the other tree is", "still being indexed" if indexing.returncode is None else "indexed")
        await indexing.wait()
        for link in links:
            await link.close()
    finally:
        await session.close()


async def _load(
    clients: Sequence[DaemonClient], asked: Sequence[Question], seconds: float
) -> tuple[list[float], float]:
    """Milliseconds of each answer, and the seconds that all took."""
    begun = time.monotonic()
    taken: list[float] = []

    async def ask(client: DaemonClient, rng: random.Random) -> None:
        while time.monotonic() < begun + seconds:
            one = rng.choice(asked)
            start = time.perf_counter()
            await client.search(pb.SearchRequest(query=one.text, limit=10))
            taken.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(ask(client, random.Random(seed)) for seed, client in enumerate(clients)))
    return taken, time.monotonic() - begun


def _print(title: str, taken: list[float], seconds: float) -> None:
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(f"{title}: {len(taken) / seconds:.0f} searches/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms")


if __name__ == "__main__":
    main()
