"""Cold and warm start on a real repository: `python -m tests.bench.cold_index DIR NAME [--runs N]`.

Prints, for each run, the wall time of a cold `codeindex index`, the peak memory of all its
processes, the CPU time; then the time of the first answer of a second start (daemon stopped
before) and of a third (daemon running); beside them what parsing alone takes in one process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grpc_backend.extract import detect
from grpc_backend.extract.grammar import load
from tests.bench.processes import PeakMemory, cpu_seconds, machine, tree_of
from tests.conftest import stop_daemon


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "bridge", "--home", str(home), *words]


def cold(home: Path, root: Path) -> dict[str, float]:
    begun = time.monotonic()
    process = subprocess.Popen(command(home, "index", "--json", "--workspace", str(root)), stdout=subprocess.PIPE)
    with PeakMemory(home, process.pid) as peak:
        out, _ = process.communicate()
    wall_s = time.monotonic() - begun
    document = json.loads(out)
    return {
        "files": document["files"],
        "symbols": document["symbols"],
        "wall_s": round(wall_s, 2),
        "daemon_and_workers_cpu_s": round(cpu_seconds(tree_of(home)), 2),
        "peak_rss_mb": round(peak.resident / 1e6, 1),
        "peak_pss_mb": round(peak.proportional / 1e6, 1),
        "disk_mb": round(sum(file.stat().st_size for file in home.glob("index.sqlite3*")) / 1e6, 1),
    }


def first_answer_s(home: Path, root: Path, name: str) -> float:
    begun = time.monotonic()
    subprocess.run(command(home, "search", name, "--workspace", str(root)), stdout=subprocess.DEVNULL, check=True)
    return round(time.monotonic() - begun, 2)


def parse_only(root: Path) -> tuple[int, int, float]:
    """Files, bytes and CPU seconds of parsing every supported file in one process."""
    count = size = 0
    spent = 0.0
    for file in root.rglob("*"):
        dialect = detect.dialect_of(str(file))
        if not dialect or file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        language = detect.language_of(dialect, content)
        if not language:
            continue
        parser = getattr(load(language), "parser", None)
        if parser is None:
            continue
        begun = time.process_time()
        parser.parse(content)
        spent += time.process_time() - begun
        count += 1
        size += len(content)
    return count, size, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("name", help="a symbol that the repository defines")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print(machine())
    walls = []
    for _ in range(args.runs):
        home = Path(tempfile.mkdtemp(prefix="ci-bench-"))
        try:
            figures = cold(home, args.root)
            stop_daemon(home)
            figures["second_start_s"] = first_answer_s(home, args.root, args.name)
            figures["daemon_running_s"] = first_answer_s(home, args.root, args.name)
            walls.append(figures["wall_s"])
            print(json.dumps(figures))
        finally:
            stop_daemon(home)
            shutil.rmtree(home, ignore_errors=True)
    count, size, spent = parse_only(args.root)
    print(f"median cold wall {statistics.median(walls):.2f} s")
    print(
        f"parse only, one process: {count} files, {size / 1e6:.1f} MB, {spent:.2f} CPU s"
        f" ({size / 1e6 / spent:.1f} MB/s)"
    )


if __name__ == "__main__":
    main()
