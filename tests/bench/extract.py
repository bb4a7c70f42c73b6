"""What extraction costs beside parsing alone: `python -m tests.bench.extract LANGUAGE DIRECTORY`.

Prints files, megabytes, CPU seconds of the parse alone and of the whole extraction (parse, queries,
records; no storage), in one process, and their ratio, or MB/s for a language that is read by hand;
with --linearity also the time of made-up files of growing size and of nasty shapes.
"""

from __future__ import annotations

import argparse
import gc
import time
from pathlib import Path

from grpc_backend.extract import detect
from grpc_backend.extract.extractor import extract
from grpc_backend.extract.grammar import TreeSitter, load
from tests.bench.shapes import SHAPES


def main() -> None:
    arguments = _arguments()
    if arguments.directory:
        contents = _read(arguments.directory, arguments.language, arguments.megabytes * 1_000_000)
        _compare(arguments.language, contents, arguments.rounds)
    if arguments.linearity:
        _linearity(arguments.language)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=detect.languages())
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--linearity", action="store_true")
    return parser.parse_args()


def _read(directory: Path, language: str, limit: float) -> list[bytes]:
    contents: list[bytes] = []
    total = 0
    for path in sorted(directory.rglob("*")):
        dialect = detect.dialect_of(path.name)
        if total >= limit or not dialect or not path.is_file():
            continue
        content = path.read_bytes()
        if detect.language_of(dialect, content) == language:
            contents.append(content)
            total += len(content)
    return contents


def _compare(language: str, contents: list[bytes], rounds: int) -> None:
    grammar = load(language)
    extractions = [extract(language, content) for content in contents]  # warms what is worked out once
    used = [content for content, found in zip(contents, extractions, strict=True) if not found.problem]
    symbols = sum(len(found.symbols) for found in extractions)
    names = sum(len(found.occurrences) for found in extractions)
    del extractions
    parse, whole = [], []
    for _ in range(rounds):
        gc.collect()
        if isinstance(grammar, TreeSitter):
            parse.append(_cpu_s(grammar.parser.parse, used))
        whole.append(_cpu_s(lambda content: extract(language, content), used))
    size = sum(map(len, used)) / 1e6
    print(f"{language}: {len(used)} files, {size:.2f} MB, {symbols} symbols, {names} names used")
    if parse:
        print(f"parse alone {min(parse):.3f} s, extraction {min(whole):.3f} s, ratio {min(whole) / min(parse):.3f}")
    else:
        print(f"read by hand: extraction {min(whole):.3f} s, {size / min(whole):.1f} MB/s")


def _cpu_s(work, contents: list[bytes]) -> float:
    start = time.process_time()
    for content in contents:
        work(content)
    return time.process_time() - start


def _linearity(language: str) -> None:
    grammar = load(language)
    print(f"{'shape':<22}{'n':>8}{'MB':>8}{'parse s':>9}{'whole s':>9}{'us/byte':>9}")
    for name, make in SHAPES.get(language, {}).items():
        for count in (1_000, 10_000, 100_000):
            content = make(count)
            if len(content) > 12_000_000:
                continue
            parse = _cpu_s(grammar.parser.parse, [content]) if isinstance(grammar, TreeSitter) else 0.0
            whole = _cpu_s(lambda c: extract(language, c), [content])
            print(
                f"{name:<22}{count:>8}{len(content) / 1e6:>8.2f}{parse:>9.3f}{whole:>9.3f}"
                f"{whole / len(content) * 1e6:>9.3f}"
            )


if __name__ == "__main__":
    main()
