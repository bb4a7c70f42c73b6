"""One file in an index of any size: `python -m tests.bench.search.update [--sizes 1000 100000 2000000]`.

Fills the embedded engine with made-up files of 50 symbols, then adds, changes and removes files of 100 symbols, one
at a time, and asks for a name before and after each. Prints milliseconds for each size, the median and the most of 15:
those of a change should not grow with it. (The most may have the log folded into the database, which a commit does now
and then.)
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from grpc_backend import packing
from grpc_backend.model import ContentKey, Extraction, FileState, Symbol
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from tests.bench.processes import machine

WORDS = [
    "get",
    "set",
    "user",
    "name",
    "index",
    "config",
    "parse",
    "open",
    "read",
    "write",
    "file",
    "path",
    "token",
    "cache",
]
ASKED = NamePattern("user_get", Tier.PREFIX)
ONE_USE = packing.encode({"": [8]})
FILE_SYMBOLS, ONE_SYMBOLS, ROUNDS = 50, 100, 15
# Filled in large steps: each goes through all of the tables' pages, which do not fit into the writer's cache.
STEP_FILES = 4_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 100_000, 2_000_000])
    print(machine())
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder:
            engine = SqliteEngine(Path(folder) / "index.sqlite3", 1)
            _fill(engine, size)
            _measure(engine, size)
            engine.close()


def _fill(engine: SqliteEngine, size: int) -> None:
    rng = random.Random(size)
    for start in range(0, size // FILE_SYMBOLS, STEP_FILES):
        numbers = range(start, min(start + STEP_FILES, size // FILE_SYMBOLS))
        contents = [(_key(f"{size}-{number}"), _extraction(rng, FILE_SYMBOLS)) for number in numbers]
        files = [
            _file(f"src/m{number // 100}/f{number}.py", key) for number, (key, _) in zip(numbers, contents, strict=True)
        ]
        engine.commit(Commit("w", contents, files))
    engine.names.save()  # as it is after a quiet while


def _measure(engine: SqliteEngine, size: int) -> None:
    rng = random.Random(0)
    contents = [(_key(f"one-{number}"), _extraction(rng, ONE_SYMBOLS)) for number in range(2 * ROUNDS)]
    added, changed = contents[:ROUNDS], contents[ROUNDS:]
    paths = [f"src/one{number}.py" for number in range(ROUNDS)]
    steps = {
        "added": [Commit("w", [one], [_file(path, one[0])]) for path, one in zip(paths, added, strict=True)],
        "changed": [Commit("w", [one], [_file(path, one[0])]) for path, one in zip(paths, changed, strict=True)],
        "removed": [Commit("w", removed=[path]) for path in paths],
    }
    print(f"{size:>9} symbols, {engine.size_bytes() / 1e6:.0f} MB")
    for title, commits in steps.items():
        stored, asked = zip(*(_times_ms(engine, one) for one in commits), strict=True)
        print(f"  {title:<8} {_told(stored)}; then a question takes {_told(asked)}")


def _told(times_ms: Sequence[tuple[float, float]]) -> str:
    wall, cpu = zip(*times_ms, strict=True)
    medians = f"{statistics.median(wall):.1f} ms, {statistics.median(cpu):.1f} of CPU"
    return f"{medians}, at most {max(wall):.1f} and {max(cpu):.1f}"


def _times_ms(engine: SqliteEngine, step: Commit) -> tuple[tuple[float, float], tuple[float, float]]:
    """Milliseconds of wall time and of this thread's CPU time, until a change is stored, and of a question after it.

    While questions come, a commit lays out what it changes for searching: the question has nothing left to do of that.
    """
    engine.find("w", ASKED, Filters(), 20)
    begun = time.perf_counter(), time.thread_time()
    engine.commit(step)
    stored = time.perf_counter(), time.thread_time()
    engine.find("w", ASKED, Filters(), 20)
    found = time.perf_counter(), time.thread_time()
    return _ms(begun, stored), _ms(stored, found)


def _ms(begun: tuple[float, float], ended: tuple[float, float]) -> tuple[float, float]:
    return (ended[0] - begun[0]) * 1000, (ended[1] - begun[1]) * 1000


def _extraction(rng: random.Random, symbols: int) -> Extraction:
    names = ["_".join(rng.choices(WORDS, k=3)) + str(rng.randrange(100_000)) for _ in range(symbols)]
    return Extraction(
        "python",
        tuple(
            Symbol(name, name, "function", line, 4, line, 0, line + 1, 0, f"def {name}()")
            for line, name in enumerate(names, 1)
        ),
        dict.fromkeys(rng.choices(names, k=symbols), ONE_USE),
    )


def _key(text: str) -> ContentKey:
    return ContentKey(hashlib.sha256(text.encode()).digest(), "python")


def _file(path: str, key: ContentKey) -> FileState:
    return FileState(path, 100, 1, 1, key.digest, "python")


if __name__ == "__main__":
    main()
