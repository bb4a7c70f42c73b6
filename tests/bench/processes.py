"""What a set of processes takes: memory at its peak, CPU time. Linux only."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


def tree_of(home: Path, *more: int) -> set[int]:
    """Pids of the daemon of a home, of its workers, and of `more` with their children."""
    found = set(more)
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(process.name)] = int(fields[1])
        if os.fsencode(home) in words and b"grpc_backend" in words:
            found.add(int(process.name))
    while more_found := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more_found
    return found


def memory_bytes(pids: set[int]) -> tuple[int, int]:
    """Resident bytes, each process by itself (shared pages counted in each), and with shared pages split (PSS)."""
    resident = proportional = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        values = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:] if ":" in line}
        resident += int(values.get("Rss", 0)) * 1024
        proportional += int(values.get("Pss", 0)) * 1024
    return resident, proportional


def cpu_seconds(pids: set[int]) -> float:
    """User and system time of processes that still run."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


class PeakMemory:
    """Samples the memory of a home's processes in a thread for as long as the block runs."""

    def __init__(self, home: Path, *more: int) -> None:
        self.resident = self.proportional = 0
        self._home, self._more = home, more
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(0.1):
            resident, proportional = memory_bytes(tree_of(self._home, *self._more))
            self.resident = max(self.resident, resident)
            self.proportional = max(self.proportional, proportional)


def machine() -> str:
    """The machine in a line, for beside a figure."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "unknown processor",
    )
    return f"{os.cpu_count()} cores of {model}, load {os.getloadavg()[0]:.1f}"


def is_busy(status: dict[str, Any]) -> bool:
    """Whether a daemon has work of its own: what `index_status` says is not indexed, or not searchable by meaning."""
    return not status["freshness"]["complete"] or any(one["meaning_pending_files"] for one in status["workspaces"])
