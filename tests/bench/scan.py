"""How fast a tree is walked and filtered: `python -m tests.bench.scan DIR`. Beside it, a bare os.walk with lstat."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import Manifest, scan

LIMIT_BYTES = 5 * 1024 * 1024
ROUNDS = 3


def bare_walk(root: Path) -> int:
    """Visit and lstat every file; return their number."""
    count = 0
    for folder, _, names in os.walk(root):
        for name in names:
            os.lstat(f"{folder}/{name}")
        count += len(names)
    return count


def cpu_s(work: Callable[[], object]) -> float:
    """The least processor time of a few rounds, after one that warms the file system's cache."""
    work()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def main(root: Path) -> None:
    """Print the figures."""
    filter_ = WorkspaceFilter(root)

    def ours() -> Manifest:
        return scan(filter_, LIMIT_BYTES)

    manifest = ours()
    scan_s, bare_s = cpu_s(ours), cpu_s(lambda: bare_walk(root))
    print(f"files {len(manifest.files)} of {bare_walk(root)}, left out and told {len(manifest.skipped)}")
    print(f"scan {scan_s:.3f} CPU s, os.walk + lstat {bare_s:.3f} CPU s, ratio {scan_s / bare_s:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
