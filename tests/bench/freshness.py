"""Save to answer: `python -m tests.bench.freshness DIR [--edits N] [--at-once N]`.

Works on a copy of DIR. One process writes; a second MCP client, on a bridge of its own, asks until
the answer is right. Prints p50, p95 and the worst for saves, deletes and renames, in milliseconds. With --at-once, then
N times: a file is written and asked for at once, by the client that watches and by one that does not in turn;
prints how many of the first answers were stale, and their times.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.processes import machine
from tests.conftest import stop_daemon
from tests.e2e.mcp_client import ask, connected


async def until_ms(client: Any, query: str, right: Callable[[list[str]], bool]) -> float:
    """Milliseconds until a search for `query` gives paths that are right."""
    begun = time.perf_counter()
    while True:
        answer = await ask(client, "search_symbols", query=query, limit=5)
        if right([one["path"] for one in answer["symbols"] if one["match"] == "exact"]):
            return (time.perf_counter() - begun) * 1000
        if time.perf_counter() - begun > 30:
            raise SystemExit(f"{query} not right after 30 s: {answer}")


async def measure(home: Path, root: Path, edits: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"save": [], "rename": [], "delete": []}
    async with connected(home, root) as reader:
        await ask(reader, "index_status", wait_ms=30_000)
        for number in range(edits):
            name = f"fresh_symbol_{number}"
            file, moved = root / f"fresh_{number}.py", root / f"moved_{number}.py"
            file.write_text(f"def {name}():\n    pass\n")
            taken["save"].append(await until_ms(reader, name, lambda paths, at=file.name: paths == [at]))
            file.rename(moved)
            taken["rename"].append(await until_ms(reader, name, lambda paths, at=moved.name: paths == [at]))
            moved.unlink()
            taken["delete"].append(await until_ms(reader, name, lambda paths: not paths))
    return taken


async def at_once(home: Path, root: Path, trials: int) -> None:
    """Write, ask once, compare; rewrite, ask once, compare."""
    stale, taken = 0, []
    async with connected(home, root) as leader, connected(home, root) as follower:
        for client in (leader, follower):
            await ask(client, "index_status", wait_ms=30_000)
        file = root / "at_once.py"
        for number in range(trials):
            file.write_text(f"def zzq_written_{number}():\n    pass\n")
            begun = time.perf_counter()
            answer = await ask((leader, follower)[number % 2], "search_symbols", query="zzq_written_", limit=5)
            taken.append((time.perf_counter() - begun) * 1000)
            stale += [one["name"] for one in answer["symbols"]] != [f"zzq_written_{number}"]
    taken.sort()
    print(f"at once n={trials} stale={stale} p50={taken[trials // 2]:.0f} ms p95={taken[int(trials * 0.95)]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--edits", type=int, default=50)
    parser.add_argument("--at-once", type=int, default=0, metavar="N")
    args = parser.parse_args()
    print(machine())
    home = Path(tempfile.mkdtemp(prefix="ci-bench-"))
    copy = Path(tempfile.mkdtemp(prefix="ci-copy-")) / args.root.name
    shutil.copytree(args.root, copy, symlinks=True)
    try:
        for kind, values in asyncio.run(measure(home, copy, args.edits)).items():
            ordered = sorted(values)
            p95 = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
            print(
                f"{kind:7} n={len(ordered)} p50={ordered[len(ordered) // 2]:.0f} ms p95={p95:.0f} ms"
                f" max={ordered[-1]:.0f} ms"
            )
        if args.at_once:
            asyncio.run(at_once(home, copy, args.at_once))
    finally:
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(copy.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
