"""Storms: `python -m tests.bench.storms [STORM…] [--times N M] [--files F] [--dir DIR]`.

Each storm falls N times in a row, and then M times, on a generated repository of F files (10,000), or on a copy of
DIR, each time with a new daemon that has nothing else to do, and one MCP client that watches. Printed for each: the
files that it touches, the peak resident memory of the bridge and of the daemon with its workers, and what each was
before; the time from the storm's end until a complete answer; and how long questions took that were asked meanwhile.
Then the ratio of the peaks: the repository is the same, so a peak that grows with the number of events is a leak.
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
from typing import Any, NamedTuple

from tests.bench.processes import is_busy, machine, memory_bytes, tree_of
from tests.conftest import stop_daemon
from tests.e2e.mcp_client import ask, connected

GIT = ["git", "-c", "user.email=a@b", "-c", "user.name=a", "-c", "gc.auto=0"]
IGNORED_FILES = 50_000
REWRITES = 1_000
REWRITES_PER_S = 100
REWRITTEN_LINES = 1_000
ASK_EVERY_S = 0.05
BUSY_EVERY_S = 0.5
NOTICED_WITHIN_S = 10.0


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


def checkout(root: Path, times: int, _noticed: threading.Event) -> int:
    for number in range(times):
        subprocess.run([*GIT, "-C", str(root), "checkout", "-qf", ("other", "main")[number % 2]], check=True)
    return times * len(list(root.glob("part_*/*")))


def ignored(root: Path, times: int, _noticed: threading.Event) -> int:
    count = IGNORED_FILES * times
    for number in range(count):
        folder = root / "node_modules" / f"package_{number // 50}"
        if number % 50 == 0:
            folder.mkdir(parents=True)
        (folder / f"file_{number}.js").write_text("module.exports = function () {}\n")
    return count


def rewritten(root: Path, times: int, _noticed: threading.Event) -> int:
    """A text that takes longer to parse than until it is written again."""
    count = REWRITES * times
    begun = time.monotonic()
    for number in range(count):
        (root / "generated.py").write_text(f"def generated_{number}(a, b):\n    return a + b\n" * REWRITTEN_LINES)
        # A pace is a matter of the clock: there is no event to wait for.
        time.sleep(max(0.0, begun + (number + 1) / REWRITES_PER_S - time.monotonic()))
    return count


def renamed(root: Path, times: int, _noticed: threading.Event) -> int:
    for number in range(times):
        (root / "all").mkdir()
        for folder in sorted(root.glob("**/part_*")):
            folder.rename(root / "all" / folder.name)
        (root / "all").rename(root / f"moved_{number}")
    return times * len(list(root.glob("moved_*/part_*/*")))


def vanished(root: Path, times: int, noticed: threading.Event) -> int:
    away = root.with_name(root.name + ".away")
    for _ in range(times):
        noticed.clear()
        root.rename(away)
        noticed.wait(NOTICED_WITHIN_S)
        away.rename(root)
    return times * len(list(root.glob("part_*/*")))


# Makes a storm fall so many times, and returns how many files it touched. The event is set at each incomplete answer.
STORMS: dict[str, Callable[[Path, int, threading.Event], int]] = {
    "checkout": checkout,
    "ignored": ignored,
    "rewritten": rewritten,
    "renamed": renamed,
    "vanished": vanished,
}


class Fall(NamedTuple):
    """What a storm did: bytes of the bridge and of the daemon's processes before and at their peaks, and seconds."""

    events: int
    bridge: tuple[int, int]
    daemon: tuple[int, int]
    complete_s: float
    asked_s: list[float]
    incomplete: int


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


async def fall(home: Path, root: Path, name: str, times: int) -> Fall:
    noticed = threading.Event()
    async with connected(home, root) as client:
        while not (await ask(client, "search_symbols", query="Storm_1", wait_ms=30_000))["freshness"]["complete"]:
            pass
        while is_busy(await ask(client, "index_status")):  # noqa: ASYNC110
            await asyncio.sleep(BUSY_EVERY_S)
        watch = Watch(home)
        before = watch.now()
        storm = asyncio.create_task(asyncio.to_thread(STORMS[name], root, times, noticed))
        asked, incomplete = [], 0
        while not storm.done():
            took, complete = await timed(client)
            asked.append(took)
            incomplete += not complete
            if not complete:
                noticed.set()
            await asyncio.wait([storm], timeout=ASK_EVERY_S)
        events = await storm
        ended = time.monotonic()
        while not (await ask(client, "search_symbols", query="Storm_77", wait_ms=1000))["freshness"]["complete"]:
            pass
        until_s = time.monotonic() - ended
        watch.close()
    return Fall(events, (before[0], watch.bridge), (before[1], watch.daemon), until_s, sorted(asked), incomplete)


def told(name: str, one: Fall) -> str:
    """A line of the table."""
    p50, p95 = (one.asked_s[int(len(one.asked_s) * share)] * 1000 for share in (0.5, 0.95))
    memory = (f"{before / 1e6:5.0f} →{peak / 1e6:5.0f}" for before, peak in (one.bridge, one.daemon))
    return (
        f"{name:10} {one.events:8} {' '.join(memory)}  {one.complete_s:7.2f}"
        f"  {len(one.asked_s):5} {p50:6.0f} {p95:6.0f} {one.asked_s[-1] * 1000:7.0f} {one.incomplete:6}"
    )


def ratio(name: str, few: Fall, many: Fall) -> str:
    """How the peaks grow when the events do."""
    bridge, daemon = many.bridge[1] / few.bridge[1], many.daemon[1] / few.daemon[1]
    return f"{name:10} {many.events / few.events:7.1f}x {bridge:11.2f}x {daemon:11.2f}x"


HEAD = (
    "storm        events bridge, MB    daemon, MB   complete  asked    p50    p95     max  lacked\n"
    "                    before, peak  before, peak  s after           ms     ms      ms"
)


async def timed(client: Any) -> tuple[float, bool]:
    """Seconds that a question took, and whether its answer is complete."""
    begun = time.monotonic()
    result = await client.call_tool("search_symbols", {"query": "Storm_77", "limit": 5})
    complete = not result.is_error and result.structured_content["freshness"]["complete"]
    return time.monotonic() - begun, complete


def measured(home: Path, template: Path, root: Path, times: int) -> Fall:
    """A storm on a copy of the repository, with a daemon of its own."""
    shutil.copytree(template, root, symlinks=True)
    try:
        return asyncio.run(fall(home, root, root.name, times))
    finally:
        stop_daemon(home)
        shutil.rmtree(root)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("storms", nargs="*", default=list(STORMS))
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4])
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
        print(HEAD)
        for name in args.storms:
            falls = [measured(home, template, place / name, times) for times in args.times]
            for one in falls:
                print(told(name, one), flush=True)
            print(ratio(name, falls[0], falls[-1]), flush=True)
    finally:
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
