"""A second machine with an upstream, beside one that parses: `python -m tests.bench.team.second_home DIR [--runs 3]`.

A server (a daemon over PyPI's PostgreSQL) is filled by a push of DIR. Then, in turn, a new home indexes DIR alone and a
new home does so with the server as its upstream. Prints for each: wall seconds, CPU seconds of the home's daemon with
its workers and of the bridge, and how many contents were parsed and fetched; and the ratios of the medians. The server
prepares its base of DIR while the first home indexes alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import stop_daemon
from tests.team.daemons import TOKEN, Daemon, free_ports
from tests.team.server import packaged, running

TICKS = os.sysconf("SC_CLK_TCK")
# What a daemon saves when it stops is computed at low priority.
STOPPED_WITHIN_S = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    os.environ["CODEINDEX_TOKEN"] = TOKEN
    print("load before:", *os.getloadavg())
    with tempfile.TemporaryDirectory() as folder, running(packaged()) as database:
        server = Daemon(Path(folder) / "server", free_ports(1)[0], database.database())
        server.start()
        try:
            measure(Path(folder), server.address, args)
        finally:
            server.stop()
    print("load after:", *os.getloadavg())


def measure(folder: Path, server: str, args: argparse.Namespace) -> None:
    """Fill the server and print the runs."""
    first = folder / "first"
    pushed = verb(first, server, "push", args.root)
    print("pushed:", pushed.stdout.strip() or pushed.stderr)
    stop_daemon(first, STOPPED_WITHIN_S)
    taken: dict[str, list[tuple[float, float]]] = {"alone": [], "with the upstream": []}
    for _ in range(args.runs):
        for what, upstream in (("alone", ""), ("with the upstream", server)):
            taken[what].append(run(folder / "home", args.root, upstream, what))
    (alone, alone_cpu), (behind, behind_cpu) = (
        map(statistics.median, zip(*taken[what], strict=True)) for what in taken
    )
    print(f"with the upstream, of alone: {behind / alone:.0%} of the time, {behind_cpu / alone_cpu:.0%} of the CPU")


def run(home: Path, root: Path, upstream: str, what: str) -> tuple[float, float]:
    """Index into a new home; wall and CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    done = verb(home, upstream, "index", root)
    wall_s = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + daemon_cpu_s(home)
    status = json.loads(verb(home, "", "status", root).stdout)
    print(
        f"{what:<20}{wall_s:7.2f} s wall{cpu_s:7.2f} s CPU   {status['extracted']} parsed, {status['fetched']} fetched"
    )
    stop_daemon(home, STOPPED_WITHIN_S)
    shutil.rmtree(home)
    return wall_s, cpu_s


def verb(home: Path, upstream: str, name: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end, however long that takes."""
    return subprocess.run(
        [sys.executable, "-m", "bridge", "--home", str(home), name, "--workspace", str(root), "--json"],
        env={**os.environ, "CODEINDEX_UPSTREAM": upstream},
        capture_output=True,
        text=True,
        check=False,
    )


def daemon_cpu_s(home: Path) -> float:
    """What a home's daemon and its workers have taken so far."""
    pid = json.loads((home / "daemon.json").read_text())["pid"]
    return sum(map(cpu_s_of, (pid, *children_of(pid))))


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_s_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


if __name__ == "__main__":
    main()
