"""Storms: `python -m tests.bench.storms [STORM…] [--scale S] [--dir DIR]`.

Each storm falls on a generated repository of 10,000 files (times S), or on a copy of DIR, with one MCP client that
watches it. Printed for each: the peak resident memory of the bridge and of the daemon with its workers, and what
each was before; the time from the storm's end until a complete answer; and how long questions took that were asked
meanwhile. A peak that grows with --scale although the repository's size is set by --files is a leak.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.processes import machine, memory_bytes, tree_of
from tests.conftest import stop_daemon
from tests.e2e.mcp_client import ask, connected

GIT = ["git", "-c", "user.email=a@b", "-c", "user.name=a", "-c", "gc.auto=0"]
REWRITES_S = 10.0
REWRITES_PER_S = 100


def source(file: int, version: int) -> str:
    return (
        f"class Storm_{file}:\n    def calls_{file}_{version}(self):\n        return Storm_{(file * 7) % 1000}()\n" * 3
    )


def generate(root: Path, files: int) -> None:
    """Two branches in which every file differs."""
    subprocess.run([*GIT, "init", "-q", "-b", "main", str(root)], check=True)
    (root / ".gitignore").write_text("node_modules/\n")
    for version, branch in enumerate(("main", "other")):
        if version:
            subprocess.run([*GIT, "-C", str(root), "checkout", "-qb", branch], check=True)
        for number in range(files):
            file = root / f"part_{number // 100}" / f"file_{number}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(source(number, version))
        subprocess.run([*GIT, "-C", str(root), "add", "-A"], check=True)
        subprocess.run([*GIT, "-C", str(root), "commit", "-qm", branch], check=True)
    subprocess.run([*GIT, "-C", str(root), "checkout", "-q", "main"], check=True)


def checkout(root: Path, _scale: float) -> None:
    subprocess.run([*GIT, "-C", str(root), "checkout", "-qf", "other"], check=True)


def ignored(root: Path, scale: float) -> None:
    for number in range(int(50_000 * scale)):
        folder = root / "node_modules" / f"package_{number // 50}"
        if number % 50 == 0:
            folder.mkdir(parents=True)
        (folder / f"file_{number}.js").write_text("module.exports = function () {}\n")


def rewritten(root: Path, scale: float) -> None:
    file = root / "generated.py"
    begun = time.monotonic()
    for number in range(int(REWRITES_S * REWRITES_PER_S * scale)):
        file.write_text(f"def generated_{number}():\n    pass\n")
        time.sleep(max(0.0, begun + (number + 1) / REWRITES_PER_S - time.monotonic()))


def renamed(root: Path, _scale: float) -> None:
    (root / "all").mkdir()
    for folder in sorted(root.glob("part_*")):
        folder.rename(root / "all" / folder.name)
    (root / "all").rename(root / "moved")


def vanished(root: Path, _scale: float) -> None:
    away = root.with_name(root.name + ".away")
    root.rename(away)
    time.sleep(2.0)
    away.rename(root)


STORMS: dict[str, Callable[[Path, float], None]] = {
    "checkout": checkout,
    "ignored": ignored,
    "rewritten": rewritten,
    "renamed": renamed,
    "vanished": vanished,
}


class Watch:
    """Samples the peaks of the bridge and of the daemon with its workers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # Found before the storm, which may start processes too.
        self._bridge = tree_of(home, os.getpid()) - tree_of(home) - {os.getpid()}
        self.bridge = self.daemon = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._done.set()
        self._thread.join()

    def now(self) -> tuple[int, int]:
        return memory_bytes(self._bridge)[0], memory_bytes(tree_of(self.home))[0]

    def _sample(self) -> None:
        while not self._done.wait(0.1):
            bridge, daemon = self.now()
            self.bridge, self.daemon = max(self.bridge, bridge), max(self.daemon, daemon)


async def fall(home: Path, root: Path, name: str, scale: float) -> None:
    async with connected(home, root) as client:
        while not (await ask(client, "search_symbols", query="Storm_1", wait_ms=30_000))["freshness"]["complete"]:
            pass
        watch = Watch(home)
        before = watch.now()
        storm = asyncio.create_task(asyncio.to_thread(STORMS[name], root, scale))
        asked, incomplete = [], 0
        while not storm.done():
            took, complete = await timed(client)
            asked.append(took)
            incomplete += not complete
            await asyncio.sleep(0.05)
        await storm
        ended = time.monotonic()
        complete = False
        while not complete:
            took, complete = await timed(client)
            asked.append(took)
        until_s = time.monotonic() - ended
        watch.close()
    asked.sort()
    mb = 1e6
    print(
        f"{name:10} bridge {before[0] / mb:.0f} → {watch.bridge / mb:.0f} MB, daemon {before[1] / mb:.0f} →"
        f" {watch.daemon / mb:.0f} MB; complete {until_s:.2f} s after; {len(asked)} questions meanwhile"
        f" p50 {asked[len(asked) // 2] * 1000:.0f} ms p95 {asked[int(len(asked) * 0.95)] * 1000:.0f} ms"
        f" max {asked[-1] * 1000:.0f} ms, {incomplete} said they lack something"
    )


async def timed(client: Any) -> tuple[float, bool]:
    """Seconds that a question took, and whether its answer is complete."""
    begun = time.monotonic()
    result = await client.call_tool("search_symbols", {"query": "Storm_77", "limit": 5})
    complete = not result.is_error and result.structured_content["freshness"]["complete"]
    return time.monotonic() - begun, complete


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("storms", nargs="*", default=list(STORMS))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--dir", type=Path, help="a git repository with a branch `other`, instead of a generated one")
    args = parser.parse_args()
    print(machine())
    place = Path(tempfile.mkdtemp(prefix="ci-storm-"))
    home = Path(tempfile.mkdtemp(prefix="ci-bench-"))
    try:
        template = args.dir or place / "template"
        if args.dir is None:
            generate(template, args.files)
        for name in args.storms:
            root = place / name
            shutil.copytree(template, root, symlinks=True)
            asyncio.run(fall(home, root, name, args.scale))
            stop_daemon(home)
            shutil.rmtree(root)
    finally:
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
