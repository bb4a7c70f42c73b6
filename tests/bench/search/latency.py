"""What a search takes in the daemon, without gRPC: `python -m tests.bench.search.latency HOME [--each N]`.

HOME has the index of one workspace, and no daemon runs there. Questions of all classes (typed.py) are asked twice in
one process, as the daemon's readers ask them; the second time counts. Prints p50 and p99 in milliseconds a class,
of wall time and of the thread's CPU time, which tells more on a machine that does other work.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import time
from collections import defaultdict
from pathlib import Path

from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.search.query import parse
from grpc_backend.search.searcher import search
from grpc_backend.storage.sqlite import SqliteEngine
from tests.bench.processes import machine
from tests.bench.search.targets import targets_of
from tests.bench.search.typed import DRAWINGS, Question, questions

LIMIT = 10
Times = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--each", type=int, default=300, help="questions a class")
    parser.add_argument("--drawing", choices=DRAWINGS, default="used")
    arguments = parser.parse_args()
    print(machine())
    targets, symbols = targets_of(arguments.home)
    print(f"{symbols} symbols, {len(targets)} names")
    engine = SqliteEngine(arguments.home / "index.sqlite3", EXTRACTOR_VERSION)
    try:
        asked = questions(targets, arguments.each, arguments.drawing)
        gc.freeze()  # a daemon's collector has no lists of millions of names to go through
        _measure(engine, asked)
    finally:
        engine.close()


def _measure(engine: SqliteEngine, asked: list[Question]) -> None:
    (workspace,) = engine.workspaces()
    for one in asked:
        _asked(engine, workspace, one)
    rows: dict[str, list[tuple[Times, str]]] = defaultdict(list)
    for one in asked:
        rows[one.kind].append((_asked(engine, workspace, one), one.text))
    print(f"{'':<14}{'asked':>7}{'p50 ms':>9}{'p99 ms':>9}{'p50 CPU':>9}{'p99 CPU':>9}  the longest")
    for kind, row in rows.items():
        _print_row(kind, row)
    _print_row("all", list(itertools.chain(*rows.values())))


def _asked(engine: SqliteEngine, workspace: str, one: Question) -> Times:
    """Milliseconds, of wall time and of this thread's CPU time."""
    begun, begun_cpu = time.perf_counter(), time.thread_time()
    search(engine, workspace, parse(one.text, limit=LIMIT))
    return (time.perf_counter() - begun) * 1000, (time.thread_time() - begun_cpu) * 1000


def _print_row(kind: str, row: list[tuple[Times, str]]) -> None:
    wall, cpu = (sorted(times[of] for times, _ in row) for of in (0, 1))
    places = (len(row) // 2, min(len(row) - 1, len(row) * 99 // 100))
    figures = "".join(f"{times[place]:>9.1f}" for times in (wall, cpu) for place in places)
    longest = max(row, key=lambda one: one[0][1])[1]
    print(f"{kind:<14}{len(row):>7}{figures}  {longest}")


if __name__ == "__main__":
    main()
