"""The team engine at size: `python -m tests.bench.team.scale DIR [--symbols 1000000] [--repositories 125]`.

The sources below DIR are extracted once; each repository then holds a part of them, a share of whose names bears the
repository's own ending, so that dictionaries grow as they do when more is indexed. Loading commits files as a daemon
does, with all indexes on and fsync, by several writers at a time, each in repositories of its own, as daemons are. A
row is a symbol or a name that a file uses; what names, contents and files take besides is not counted. Prints rows a
second and the CPU of a row (writers with the making of what they write, and the server where it is ours), bytes, and
what queries take in one repository and over all (p50 and p99, for the first time and again, with what they read in
memory), with the machine's load before and after.

A server that is there already is taken with `--store`, else PyPI's is started; both are used as they are set. With
`--first N` the repositories are numbered from N on, so that a store can be filled in several runs.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import psycopg
from msgspec.structs import replace

from grpc_backend.extract.detect import dialect_of
from grpc_backend.extract.extractor import extract
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.model import ContentKey, Extraction, FileState, Symbol
from grpc_backend.storage.engine import Commit, Filters, Finder
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.postgres.engine import PostgresEngine
from tests.team.server import Server, packaged, running

SEED = 20_261_126
OWN_NAMES = 0.35
STEP_FILES = 50
QUERIES = 300
# A quarter of the memory, as PostgreSQL's manual has it for a server of its own.
BUFFERS_MB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 >> 20
SETTINGS = {
    "shared_buffers": f"{BUFFERS_MB}MB",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "256MB",
    "fsync": "on",
}
Source = tuple[str, ContentKey, Extraction]

# The first three are asked of all repositories, too.
KINDS: tuple[tuple[str, Tier, Callable[[str], str]], ...] = (
    ("exact", Tier.EXACT, lambda name: name),
    ("prefix", Tier.PREFIX, lambda name: name[: max(4, len(name) // 2)]),
    ("typo", Tier.TYPO, lambda name: name[:3] + name[4:]),
    ("part", Tier.SUBSTRING, lambda name: name[2:]),
    ("humps", Tier.HUMP, lambda name: "".join(word[:1] for word in name.split("_"))),
)

_sources: list[Source] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--symbols", type=int, default=1_000_000)
    parser.add_argument("--repositories", type=int, default=125)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--store", default="")
    args = parser.parse_args()
    logging.getLogger("grpc_backend").setLevel(logging.ERROR)  # that the role is a superuser is known
    print("load before:", *os.getloadavg())
    with nullcontext() if args.store else running(packaged(), **SETTINGS) as server:
        store = args.store or server.database()
        load(args, store, server)
        ask(store, args.first + args.repositories)
    print("load after:", *os.getloadavg())


def load(args: argparse.Namespace, store: str, server: Server | None) -> None:
    """Fill the store and print how fast that was."""
    _sources.extend(sources(args.root))
    PostgresEngine(store, EXTRACTOR_VERSION).close()  # before writers are forked
    each = args.symbols // args.repositories
    cpu_s, begun = cpu_s_so_far(server), time.monotonic()
    with ProcessPoolExecutor(args.writers) as pool:
        parts = [(store, number, each) for number in range(args.first, args.first + args.repositories)]
        symbols, uses = map(sum, zip(*pool.map(fill, parts), strict=True))
    seconds, cpu_s = time.monotonic() - begun, cpu_s_so_far(server) - cpu_s
    engine = PostgresEngine(store, EXTRACTOR_VERSION)
    print(
        f"{symbols:,} symbols and {uses:,} uses in {seconds:.0f} s: {symbols / seconds:,.0f} symbols,"
        f" {(symbols + uses) / seconds:,.0f} rows a second, {1e6 * cpu_s / (symbols + uses):.0f} us of CPU a row;"
        f" {engine.size_bytes() / 1e9:.2f} GB"
    )
    engine.close()


def cpu_s_so_far(server: Server | None) -> float:
    """What processes have taken that are gone by now: writers, and the sessions of our server."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + (sessions_cpu_s(server.process_id()) if server else 0.0)


def sessions_cpu_s(postmaster: int) -> float:
    """The third and fourth of a process's times are those of its children that have ended."""
    fields = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


def sources(root: Path) -> list[Source]:
    """What the files below a folder say."""
    found = []
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        key = ContentKey(hashlib.sha256(content).digest(), dialect_of(path.name))
        found.append((str(path.relative_to(root)), key, extract(key.dialect, content)))
    return [one for one in found if one[2].symbols]


def fill(part: tuple[str, int, int]) -> tuple[int, int]:
    """Commit one repository's files; how many symbols and names in use they have."""
    store, number, wanted = part
    engine = PostgresEngine(store, EXTRACTOR_VERSION)
    rng = random.Random(SEED + number)
    symbols = uses = 0
    step: list[Source] = []
    for path, key, extraction in shuffled(rng):
        if symbols >= wanted:
            break
        own = bent(extraction, number)
        digest = hashlib.sha256(key.digest + number.to_bytes(4)).digest()
        step.append((path, ContentKey(digest, key.dialect), own))
        symbols += len(own.symbols)
        uses += len(own.occurrences)
        if len(step) >= STEP_FILES:
            commit(engine, number, step)
    commit(engine, number, step)
    engine.close()
    return symbols, uses


def shuffled(rng: random.Random) -> Iterator[Source]:
    """The sources in another order, again and again under other folders."""
    for turn in range(1_000):
        for path, key, extraction in rng.sample(_sources, len(_sources)):
            renamed = ContentKey(hashlib.sha256(key.digest + bytes([turn % 256])).digest(), key.dialect)
            yield f"part{turn}/{path}", renamed, extraction


def bent(extraction: Extraction, number: int) -> Extraction:
    """An extraction, some of whose names are the repository's own."""

    def own(name: str) -> str:
        return f"{name}_{number}" if int.from_bytes(name.encode()[-2:]) % 100 < OWN_NAMES * 100 else name

    def bend(symbol: Symbol) -> Symbol:
        return replace(symbol, name=own(symbol.name))

    occurrences = {own(name): packed for name, packed in extraction.occurrences.items()}
    return replace(extraction, symbols=tuple(map(bend, extraction.symbols)), occurrences=occurrences)


def commit(engine: PostgresEngine, number: int, step: list[Source]) -> None:
    """Commit what has gathered."""
    if step:
        files = [FileState(path, 1, 1, 1, key.digest, key.dialect) for path, key, _ in step]
        engine.commit(Commit(workspace_of(number), [(key, one) for _, key, one in step], files))
        step.clear()


def workspace_of(number: int) -> str:
    return f"example.org/team/repository{number}@main"


def ask(store: str, repositories: int) -> None:
    """Time queries of names that are there, in repositories drawn at random and over all of them."""
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")  # what autovacuum does within minutes, and would do meanwhile
    engine = PostgresEngine(store, EXTRACTOR_VERSION)
    names = drawn_names(engine, repositories)
    every = engine.across([workspace_of(number) for number in range(repositories)])
    for what, tier, text_of in KINDS:
        print(f"one repository, {what:<8} {timed(engine, names, tier, text_of)}")
    for what, tier, text_of in KINDS[:3]:
        print(f"all of them,    {what:<8} {timed(every, names, tier, text_of)}")
    engine.close()


def drawn_names(engine: PostgresEngine, repositories: int) -> dict[int, list[str]]:
    """Names of twenty repositories."""
    everything = NamePattern("", Tier.PREFIX)
    names = {}
    for number in random.Random(SEED).sample(range(repositories), min(repositories, 20)):
        found = engine.find(workspace_of(number), everything, Filters(), 5_000)
        names[number] = [one.symbol.name for one in found if len(one.symbol.name) >= 6]
    return names


def timed(view: Finder, names: dict[int, list[str]], tier: Tier, text_of: Callable[[str], str]) -> str:
    """What a kind of query takes, and what the same ones take again."""
    return "   ".join(f"{when} {once(view, names, tier, text_of)}" for when in ("first", "again"))


def once(view: Finder, names: dict[int, list[str]], tier: Tier, text_of: Callable[[str], str]) -> str:
    """Ask some queries of a kind, the same ones each time."""
    rng = random.Random(SEED)
    taken = []
    for _ in range(QUERIES):
        number = rng.choice(list(names))
        pattern = NamePattern(text_of(rng.choice(names[number])), tier)
        begun = time.perf_counter()
        view.find(workspace_of(number), pattern, Filters(), 100)
        taken.append(1000 * (time.perf_counter() - begun))
    taken.sort()
    return f"p50 {taken[len(taken) // 2]:6.1f} ms   p99 {taken[len(taken) * 99 // 100]:6.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
