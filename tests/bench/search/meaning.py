"""Meaning at any size: `python -m tests.bench.search.meaning DIR [--sizes 100000 1000000]`.

Reads the sources below DIR by the extractors, derives them once and puts that into a store of segments as often as it
takes to make each size, each time with other keys, merged as the daemon merges. Prints symbols a second (CPU, one
process: words, lexical and dense together, without extraction) and the seconds of merging; the milliseconds of a
question (p50, p95: made of the documentation below DIR), of one changed file of 100 symbols until it can be asked for;
and what a fresh process holds once it has answered, and once it has rested (as the daemon does when nobody asks).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from grpc_backend.extract.detect import dialect_of
from grpc_backend.extract.extractor import extract
from grpc_backend.index.members import Members
from grpc_backend.model import ContentKey, Extraction, FileState
from grpc_backend.search.semantic import segment
from grpc_backend.search.semantic.block import Block
from grpc_backend.search.semantic.encoder import Encoder
from grpc_backend.search.semantic.model import shipped
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import rank
from grpc_backend.search.semantic.store import SegmentStore
from grpc_backend.search.semantic.texts import texts
from grpc_backend.storage.engine import Filters
from tests.bench.processes import machine

BATCH_SYMBOLS = 10_000
QUESTIONS = 200
CHANGES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--ask", type=Path, help="only ask the store in this folder (what the fresh process is told)")
    arguments = parser.parse_args()
    if arguments.ask:
        _ask(arguments.ask)
        return
    print(machine())
    sources = list(_sources(arguments.root))
    counts = [sum(1 for _ in texts(one)) for _, one in sources]
    print(f"{sum(counts)} symbols that say something in {len(sources)} files below {arguments.root.name}")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            _fill(Path(folder), sources, counts, size)
            _write_questions(Path(folder), sources)
            command = [sys.executable, "-m", "tests.bench.search.meaning", str(arguments.root), "--ask", folder]
            subprocess.run(command, check=True)


def _sources(root: Path) -> Iterator[tuple[str, Extraction]]:
    for path in sorted(root.rglob("*")):
        dialect = dialect_of(path.name)
        if dialect and path.is_file() and path.stat().st_size < 1_000_000:
            yield str(path.relative_to(root)), extract(dialect, path.read_bytes())


def _fill(folder: Path, sources: list[tuple[str, Extraction]], counts: list[int], size: int) -> None:
    """Put copies of what is derived into a store until there are so many symbols; merge meanwhile."""
    store = SegmentStore(folder / "store")
    begun = time.process_time()
    blocks = list(_derived(sources, counts))
    rate = sum(counts) / (time.process_time() - begun)
    paths: list[str] = []
    done = copies = 0
    begun = time.process_time()
    while done < size:
        for block, of_block in blocks:
            copied = [f"{copies}/{path}" for path in of_block]
            _put(store, block._replace(keys=list(map(_key, copied))))
            paths += copied
            done += len(block.contents)
            if done >= size:
                break
        copies += 1
        while sources_ := store.to_merge():
            path = store.path()
            segment.merge(
                [one.block for one in sources_], [np.ones(len(one.block.keys), bool) for one in sources_], path
            )
            store.take_in(path, sources_)
    (folder / "paths.txt").write_text("\n".join(paths), "utf-8")
    print(f"\n{done} symbols: {rate:.0f} a second; {time.process_time() - begun:.1f} s to write and merge;", end=" ")
    print(f"{sum(file.stat().st_size for file in (folder / 'store').iterdir()) / 1e6:.0f} MB on disk")


def _derived(sources: list[tuple[str, Extraction]], counts: list[int]) -> Iterator[tuple[Block, list[str]]]:
    """Blocks of about so many symbols as the daemon derives at once, with their paths."""
    encoder = Encoder(shipped())
    paths: list[str] = []
    batch: list[tuple[ContentKey, Extraction]] = []
    taken = 0
    for (path, one), count in zip(sources, counts, strict=True):
        paths.append(path)
        batch.append((_key(path), one))
        taken += count
        if taken >= BATCH_SYMBOLS:
            yield encoder.encode(batch), paths
            paths, batch, taken = [], [], 0
    if batch:
        yield encoder.encode(batch), paths


def _put(store: SegmentStore, block: Block) -> None:
    path = store.path()
    segment.write(block, path)
    store.take_in(path)


def _write_questions(folder: Path, sources: list[tuple[str, Extraction]]) -> None:
    docs = [symbol.doc for _, one in sources for symbol in one.symbols if symbol.doc.count(" ") >= 3]
    chosen = random.Random(0).sample(docs, min(QUESTIONS, len(docs)))
    (folder / "questions.txt").write_text("\n".join(" ".join(one.split()) for one in chosen), "utf-8")


def _ask(folder: Path) -> None:
    """Open the store as a daemon does, ask, change a file."""
    model = shipped()
    before = _resident()
    store = SegmentStore(folder / "store")
    files = {
        path: FileState("", digest=_key(path).digest, dialect="python")
        for path in (folder / "paths.txt").read_text("utf-8").splitlines()
    }
    opened = _resident()
    members = Members(store)
    members.derived()
    members.update(files, list(files))
    held = _resident()
    questions = (folder / "questions.txt").read_text("utf-8").splitlines()
    for question in questions[:20]:
        rank(members.parts(Filters()), asked(question, model), model, 20)
    times = [
        _timed(lambda question=question: rank(members.parts(Filters()), asked(question, model), model, 20))
        for question in questions
    ]
    asked_ = _resident()
    times.sort()
    print(
        f"a question: p50 {times[len(times) // 2]:.1f} ms, p95 {times[len(times) * 95 // 100]:.1f} ms,",
        f"{len(store.segments)} segments;",
        end=" ",
    )
    own = [
        round((after - first) / 1e6)
        for after, first in ((opened[0], before[0]), (held[0], opened[0]), (asked_[0], held[0]))
    ]
    print(
        f"memory of its own: {own[0]} MB to open, {own[1]} for the workspace's files, {own[2]} after questions;",
        end=" ",
    )
    store.rest()
    rested = _resident()
    begun = time.perf_counter()
    rank(members.parts(Filters()), asked(questions[0], model), model, 20)
    again_ms = (time.perf_counter() - begun) * 1000
    print(f"mapped files in memory: {round(asked_[1] / 1e6)} MB,", end=" ")
    print(f"{round(rested[1] / 1e6)} after a rest, after which a question takes {again_ms:.1f} ms", end="; ")
    _change(store, members, files)


def _change(store: SegmentStore, members: Members, files: dict[str, FileState]) -> None:
    encoder = Encoder(shipped())
    source = "\n".join(
        f"def handle_request_{number}(request, option_{number}):\n    return parse(request.body, {number})\n"
        for number in range(100)
    )
    taken = []
    for number in range(CHANGES):
        extraction = extract("python", f"{source}\n# {number}".encode())
        key = _key(f"changed {number}")

        def change(key: ContentKey = key, extraction: Extraction = extraction) -> None:
            files["src/changed.py"] = FileState("", digest=key.digest, dialect=key.dialect)
            members.update(files, ["src/changed.py"])
            store.add(encoder.encode([(key, extraction)]))
            members.derived()
            rank(members.parts(Filters()), asked("handle a request", shipped()), shipped(), 5)

        taken.append(_timed(change))
    print(f"a changed file of 100 symbols until it was asked for: p50 {statistics.median(taken):.1f} ms")


def _timed(work) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _resident() -> tuple[int, int]:
    """Bytes of this process's own, and of mapped files."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{os.getpid()}/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) * 1024, int(status["RssFile"].split()[0]) * 1024


def _key(text: str) -> ContentKey:
    return ContentKey(hashlib.sha256(text.encode()).digest(), "python")


if __name__ == "__main__":
    main()
