"""One file in an index of any size: `python -m tests.bench.search.update [--sizes 1000 100000 2000000]`.

Fills the embedded engine with made-up files of 50 symbols. Then files of 100 symbols are added (all names new), changed
(again all new), edited (all names but one are in the index already, each in some other file) and removed, one at a
time, and a name is asked for before and after each. Prints for each size the median and the most of 45:

- what such a step waits for until it is stored and can be found: milliseconds, of wall time and of CPU, and the pages
  of the database that it reads, as they are not in the writer's cache, and changes: a row of a table or of an index is
  in one page, so that they end at some pages a symbol, however large the index is;
- the question after it, whose matches grow with the index;
- what other threads do of it later, while nobody waits: CPU a step for joining segments of names and folding the log.
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
from typing import NamedTuple

import apsw

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
FILE_SYMBOLS, ONE_SYMBOLS, ROUNDS = 50, 100, 45
# Filled in large steps: each goes through all of the tables' pages, which do not fit into the writer's cache.
STEP_FILES = 4_000


class Times(NamedTuple):
    """What something took, in milliseconds."""

    wall: float
    cpu: float


class Taken(NamedTuple):
    """What one step took: until it is stored, the question after it, other threads; pages of the database."""

    stored: Times
    asked: Times
    beside: float
    read: int
    changed: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 100_000, 2_000_000])
    print(machine())
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder:
            engine = SqliteEngine(Path(folder) / "index.sqlite3", 1)
            names = _fill(engine, size)
            print(f"{size:>9} symbols, {engine.size_bytes() / 1e6:.0f} MB")
            for title, steps in _steps(names).items():
                _tell(title, [_taken(engine, one) for one in steps])
            engine.close()


def _fill(engine: SqliteEngine, size: int) -> list[str]:
    """Returns a name of each file."""
    rng = random.Random(size)
    names = []
    for start in range(0, size // FILE_SYMBOLS, STEP_FILES):
        numbers = range(start, min(start + STEP_FILES, size // FILE_SYMBOLS))
        contents = [(_key(f"{size}-{number}"), _extraction(_names(rng, FILE_SYMBOLS))) for number in numbers]
        files = [
            _file(f"src/m{number // 100}/f{number}.py", key) for number, (key, _) in zip(numbers, contents, strict=True)
        ]
        engine.commit(Commit("w", contents, files))
        names += [one.symbols[0].name for _, one in contents]
    engine.names.save()  # as it is after a quiet while
    return names


def _steps(known: list[str]) -> dict[str, list[Commit]]:
    rng = random.Random(0)
    paths = [f"src/one{number}.py" for number in range(ROUNDS)]
    bodies = {
        "added": [_names(rng, ONE_SYMBOLS) for _ in paths],
        "changed": [_names(rng, ONE_SYMBOLS) for _ in paths],
        "edited": [[*rng.choices(known, k=ONE_SYMBOLS - 1), *_names(rng, 1)] for _ in paths],
    }
    steps = {
        title: [_put(path, _key(f"{title}-{path}"), names) for path, names in zip(paths, of, strict=True)]
        for title, of in bodies.items()
    }
    return {**steps, "removed": [Commit("w", removed=[path]) for path in paths]}


def _put(path: str, key: ContentKey, names: Sequence[str]) -> Commit:
    return Commit("w", [(key, _extraction(names))], [_file(path, key)])


def _tell(title: str, taken: Sequence[Taken]) -> None:
    read, changed = (statistics.median(pages) for pages in zip(*(one[3:] for one in taken), strict=True))
    print(
        f"  {title:<8} {_told([one.stored for one in taken])}, {read:.0f} pages read, {changed:.0f} changed;"
        f" then a question takes {_told([one.asked for one in taken])};"
        f" other threads {statistics.mean(one.beside for one in taken):.1f} of CPU"
    )


def _told(times: Sequence[Times]) -> str:
    wall, cpu = zip(*times, strict=True)
    medians = f"{statistics.median(wall):.1f} ms, {statistics.median(cpu):.1f} of CPU"
    return f"{medians} (at most {max(wall):.1f} and {max(cpu):.1f})"


def _taken(engine: SqliteEngine, step: Commit) -> Taken:
    """While questions come, a commit lays out what it changes for searching: the question has nothing left to do of
    that.
    """
    engine.find("w", ASKED, Filters(), 20)
    begun, pages, of_all = _now(), _pages(engine), time.process_time()
    engine.commit(step)
    stored, pages_then = _now(), _pages(engine)
    engine.find("w", ASKED, Filters(), 20)
    found = _now()
    beside = (time.process_time() - of_all) * 1000 - (found.cpu - begun.cpu)
    read, changed = (after - before for before, after in zip(pages, pages_then, strict=True))
    return Taken(_between(begun, stored), _between(stored, found), beside, read, changed)


def _now() -> Times:
    return Times(time.perf_counter() * 1000, time.thread_time() * 1000)


def _between(begun: Times, ended: Times) -> Times:
    return Times(ended.wall - begun.wall, ended.cpu - begun.cpu)


def _pages(engine: SqliteEngine) -> tuple[int, ...]:
    """How many pages the writer has read into its cache, and written, so far."""
    told = (apsw.SQLITE_DBSTATUS_CACHE_MISS, apsw.SQLITE_DBSTATUS_CACHE_WRITE)
    return tuple(engine._writer.status(one)[0] for one in told)


def _names(rng: random.Random, count: int) -> list[str]:
    return ["_".join(rng.choices(WORDS, k=3)) + str(rng.randrange(100_000)) for _ in range(count)]


def _extraction(names: Sequence[str]) -> Extraction:
    """A function of each name; each is used, too."""
    return Extraction(
        "python",
        tuple(
            Symbol(name, name, "function", line, 4, line, 0, line + 1, 0, f"def {name}()")
            for line, name in enumerate(names, 1)
        ),
        dict.fromkeys(names, ONE_USE),
    )


def _key(text: str) -> ContentKey:
    return ContentKey(hashlib.sha256(text.encode()).digest(), "python")


def _file(path: str, key: ContentKey) -> FileState:
    return FileState(path, 100, 1, 1, key.digest, "python")


if __name__ == "__main__":
    main()
