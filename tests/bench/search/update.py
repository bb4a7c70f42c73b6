"""One file in an index of any size: `python -m tests.bench.search.update [--sizes 1000 100000 2000000]`.

Fills the embedded engine with made-up files of 50 symbols, then adds, changes and removes one file of 100
symbols. Prints milliseconds for each size: they should not grow with it.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from grpc_backend import packing
from grpc_backend.model import ContentKey, Extraction, FileState, Symbol
from grpc_backend.storage.engine import Commit
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
ONE_USE = packing.encode({"": [8]})
FILE_SYMBOLS, ONE_SYMBOLS, STEP_FILES, ROUNDS = 50, 100, 500, 15


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


def _measure(engine: SqliteEngine, size: int) -> None:
    rng = random.Random(0)
    contents = [(_key(f"one-{number}"), _extraction(rng, ONE_SYMBOLS)) for number in range(2 * ROUNDS)]
    pairs = list(zip(contents[::2], contents[1::2], strict=True))
    added = _median_ms(lambda pair: Commit("w", [pair[0]], [_file("src/one.py", pair[0][0])]), engine, pairs[:1])
    changes = [step for pair in pairs for step in pair][1:]
    changed = _median_ms(lambda one: Commit("w", [one], [_file("src/one.py", one[0])]), engine, changes)
    removed = _median_ms(lambda _: Commit("w", removed=["src/one.py"]), engine, [None])
    print(f"{size:>9} symbols: added {added:.1f} ms, changed {changed:.1f} ms (median of {len(changes)}), ", end="")
    print(f"removed {removed:.1f} ms; {engine.size_bytes() / 1e6:.0f} MB")


def _median_ms(step: Callable[[Any], Commit], engine: SqliteEngine, over: list[Any]) -> float:
    return statistics.median(_times_ms(step, engine, over))


def _times_ms(step: Callable[[Any], Commit], engine: SqliteEngine, over: list[Any]) -> Iterator[float]:
    for one in over:
        commit = step(one)
        begun = time.perf_counter()
        engine.commit(commit)
        yield (time.perf_counter() - begun) * 1000


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
