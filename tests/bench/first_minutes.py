"""The first answers of a start: `python -m tests.bench.first_minutes DIR [--names N] [--seed S] [--index HOME]`.

Cold, N times: nothing is indexed, an assistant's client starts, and asks at once where a random symbol of DIR is
defined, until the answer has it. With --index, a HOME that holds the index of DIR: the same N times
with no daemon running, and then until the index is complete. Seconds from before the client's process is
started. The symbols are drawn from random files, so each exists; reading them leaves a hundredth of DIR in the cache.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import scan
from grpc_backend.extract import detect
from grpc_backend.extract.extractor import extract
from tests.bench.processes import machine
from tests.conftest import stop_daemon
from tests.e2e.mcp_client import ask, connected

LIMIT_BYTES = 5 * 1024 * 1024
LIMIT = 100
GIVE_UP_S = 60.0


class Drawn(NamedTuple):
    """A symbol that exists."""

    name: str
    path: str


class Start(NamedTuple):
    """Seconds to an answer with the symbol, the answers until then, and seconds to the complete index (or nothing)."""

    right_s: float
    asked: int
    complete_s: float


def drawn(root: Path, count: int, seed: int) -> list[Drawn]:
    """Random symbols of random files that have any."""
    choice = random.Random(seed)
    files = sorted(file.path for file in scan(WorkspaceFilter(root), LIMIT_BYTES).files)
    found: list[Drawn] = []
    while len(found) < count:
        path = choice.choice(files)
        dialect = detect.dialect_of(path)
        symbols = extract(dialect, (root / path).read_bytes()).symbols if dialect else ()
        names = [one.name for one in symbols if one.name.isidentifier()]
        if names:
            found.append(Drawn(choice.choice(names), path))
    return found


async def start(home: Path, root: Path, wanted: Drawn, *, to_completion: bool) -> Start:
    begun = time.perf_counter()
    async with connected(home, root) as client:
        asked = 0
        while True:
            asked += 1
            answer = await ask(client, "find_definition", symbol=wanted.name, limit=LIMIT)
            paths = [one["path"] for one in answer["symbols"]]
            right_s = time.perf_counter() - begun
            if wanted.path in paths or len(paths) == LIMIT or right_s > GIVE_UP_S:
                break
        while to_completion and not answer["freshness"]["complete"]:
            answer = await ask(client, "index_status", wait_ms=1000)
        return Start(right_s, asked, time.perf_counter() - begun)


def measured(root: Path, wanted: Drawn, index: Path | None) -> Start:
    """One start from nothing, or with an index; no daemon is left."""
    home = index or Path(tempfile.mkdtemp(prefix="ci-bench-"))
    try:
        return asyncio.run(start(home, root, wanted, to_completion=index is not None))
    finally:
        stop_daemon(home)
        if index is None:
            shutil.rmtree(home, ignore_errors=True)


def told(kind: str, values: list[float]) -> str:
    ordered = sorted(values)
    p90 = ordered[min(int(len(ordered) * 0.9), len(ordered) - 1)]
    return f"{kind}: n={len(ordered)} p50={ordered[len(ordered) // 2]:.2f} s p90={p90:.2f} s max={ordered[-1]:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--names", type=int, default=11)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--index", type=Path, help="a home that holds the index of DIR, and no daemon")
    args = parser.parse_args()
    print(machine())
    starts = []
    for wanted in drawn(args.root.resolve(), args.names, args.seed):
        one = measured(args.root.resolve(), wanted, args.index)
        starts.append(one)
        print(f"  {wanted.name} ({wanted.path}): {one.right_s:.2f} s, {one.asked} asked; load {os.getloadavg()[0]:.1f}")
    print(told("first right answer", [one.right_s for one in starts]))
    if args.index is not None:
        print(told("complete", [one.complete_s for one in starts]))


if __name__ == "__main__":
    main()
