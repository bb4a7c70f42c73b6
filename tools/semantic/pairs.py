"""Pairs of a sentence and the symbol that it documents, read out of packages by the product's own extractors.

`python -m tools.semantic.pairs WORK` reads what fetch.py left in WORK/archives and writes WORK/pairs/PACKAGE.jsonl.gz,
one process a core. Goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from grpc_backend.extract.extractor import extract
from grpc_backend.search.semantic.texts import Text, texts
from tools.semantic.archives import sources
from tools.semantic.sentences import key, question

# Of one package; a generated client of a large service would have more than all others together.
MAX_PAIRS: Final = 4_000
# Of one sentence in one package: what is said of many symbols tells none of them.
MAX_ALIKE: Final = 2
MAX_FILE_S: Final = 10
# Processor time for one package: the largest would take minutes, and the more there are the less each more file tells.
MAX_PACKAGE_S: Final = 10
LANGUAGES: Final = frozenset(
    "python javascript typescript tsx go rust java c cpp csharp ruby php kotlin swift scala".split()
)
KINDS: Final = frozenset(
    "function method constructor class interface struct enum constant property module namespace".split()
)


class Pair(Struct, array_like=True):
    """A sentence and what its symbol says; `rest` is the documentation after that sentence."""

    question: str
    language: str
    path: str
    name: str
    container: str
    signature: str
    rest: str
    body: list[str]


def main() -> None:
    """Read every package that was not read before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no package after that")
    arguments = parser.parse_args()
    until = time.time() + arguments.seconds
    (arguments.work / "pairs").mkdir(exist_ok=True)
    judged = sorted((arguments.work / "archives").glob("*/judged.json"))
    folders = [one.parent for one in judged if json.loads(one.read_text())[2] == "used"]
    random.Random(0).shuffle(folders)  # what is there when it is stopped is a fair sample
    with ProcessPoolExecutor(arguments.processes) as pool:
        for folder, count in zip(folders, pool.map(partial(read_package, until=until), folders), strict=True):
            print(folder.name, count, flush=True)


def read_package(folder: Path, until: float) -> str:
    """Write a package's pairs; return how many of each language there are."""
    target = folder.parent.parent / "pairs" / f"{folder.name}.jsonl.gz"
    if target.exists() or time.time() > until:
        return "read before" if target.exists() else "left"
    archives = sorted(file for file in folder.iterdir() if file.suffix not in (".json", ".dsc", ".asc", ".sig"))
    found = list(pairs(archives, MAX_PAIRS, MAX_PACKAGE_S))
    unfinished = target.with_suffix(f".{os.getpid()}")
    with gzip.open(unfinished, "wb", 3) as file:
        file.writelines(msgspec.json.encode(one) + b"\n" for one in found)
    unfinished.replace(target)
    return str(dict(Counter(one.language for one in found)))


def pairs(archives: list[Path], limit: int, within_s: float = float("inf")) -> Iterator[Pair]:
    """The pairs in some archives; a file that takes too long, or fails, costs itself."""
    until = time.process_time() + within_s
    alike: Counter[str] = Counter()
    seen: set[tuple[str, str, str]] = set()
    signal.signal(signal.SIGALRM, give_up)
    for path, dialect, content in sources(archives):
        with suppress(TooSlow, RecursionError):
            signal.alarm(MAX_FILE_S)
            try:
                found = list(_of_file(path, dialect, content))
            finally:
                signal.alarm(0)
            for one in found:
                what = (key(one.question), one.name, one.container)
                if what in seen or alike[what[0]] >= MAX_ALIKE:
                    continue
                seen.add(what)
                alike[what[0]] += 1
                yield one
            if len(seen) >= limit or time.process_time() > until:
                return


class TooSlow(Exception):
    """A file took longer than it may."""


def give_up(*_: Any) -> None:
    """The alarm of a file that takes too long."""
    raise TooSlow


def _of_file(path: str, dialect: str, content: bytes) -> Iterator[Pair]:
    extraction = extract(dialect, content)
    if extraction.language not in LANGUAGES:
        return
    for text in texts(extraction):
        symbol = extraction.symbols[text.ord]
        asked = question(symbol.doc) if symbol.doc and symbol.kind in KINDS else ""
        if asked:
            yield _pair(asked, extraction.language, path, text, symbol.doc)


def _pair(asked: str, language: str, path: str, text: Text, doc: str) -> Pair:
    rest = text.documentation[len(doc) :] if text.documentation.startswith(doc[:40]) else ""
    return Pair(asked, language, path, text.name, text.container, text.signature, rest[:600], text.body)


if __name__ == "__main__":
    main()
