"""What extraction costs beside parsing alone: `python -m tests.bench.extract LANGUAGE DIRECTORY`.

Prints for the compiled form of extraction, as wheels have it, and then for the plain one files, megabytes, CPU
seconds of the parse alone and of the whole extraction (parse, queries, records; no storage), in one process, and
their ratio, or MB/s for a language that is read by hand. Each is the sum of every file's best of some rounds, in
which they take turns: what runs beside it is left out. In a checkout the compiled form is built for it, which takes a
minute (see tests/compiled.py); --plain does without. Where what is installed is compiled, there is only that.
With --stages also what each stage takes, as a share of the parse alone; with --linearity
the time of made-up files of growing size and of nasty shapes.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from grpc_backend.extract import detect, extractor
from grpc_backend.extract import grammar as grammars
from grpc_backend.extract.extractor import extract
from grpc_backend.extract.form import extraction_form
from grpc_backend.extract.grammar import Grammar, TreeSitter, load
from tests.bench.shapes import SHAPES

# A parse alone that took so long is not tried with a larger content.
SLOW_S = 2.0


def main() -> None:
    arguments = _arguments()
    if extraction_form() == "plain" and not arguments.plain:
        _run_compiled(arguments)
    if arguments.directory:
        contents = _read(arguments.directory, arguments.language, arguments.megabytes * 1_000_000)
        used = _compare(arguments.language, contents, arguments.rounds)
        if arguments.stages:
            _print_stages(arguments.language, used, arguments.rounds)
    if arguments.linearity:
        _linearity(arguments.language)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=detect.languages())
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--linearity", action="store_true")
    parser.add_argument("--plain", action="store_true", help="the plain form only")
    arguments = parser.parse_args()
    if arguments.directory:
        arguments.directory = arguments.directory.resolve()
    return arguments


def _run_compiled(arguments: argparse.Namespace) -> None:
    """The same in the compiled form, which is built first."""
    command = [sys.executable, "-m", "tests.bench.extract", arguments.language]
    command += [str(arguments.directory)] if arguments.directory else []
    command += ["--megabytes", str(arguments.megabytes), "--rounds", str(arguments.rounds)]
    command += [f"--{name}" for name in ("stages", "linearity") if getattr(arguments, name)]
    if subprocess.run([sys.executable, "-m", "tests.compiled", *command], check=False).returncode:
        print("the compiled form could not be measured")


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


def _compare(language: str, contents: list[bytes], rounds: int) -> list[bytes]:
    """Print how parsing compares with extracting; return the contents that are extracted at all."""
    grammar = load(language)
    extractions = [extract(language, content) for content in contents]  # warms what is worked out once
    used = [content for content, found in zip(contents, extractions, strict=True) if not found.problem]
    symbols = sum(len(found.symbols) for found in extractions)
    names = sum(len(found.occurrences) for found in extractions)
    del extractions
    gc.collect()
    parse = grammar.parser.parse if isinstance(grammar, TreeSitter) else bool
    best = [
        [min(one) for one in zip(*(_turns(parse, language, content) for _ in range(rounds)), strict=True)]
        for content in used
    ]
    parse_s, whole_s = (sum(one) / 1e9 for one in zip(*best, strict=True))
    size = sum(map(len, used)) / 1e6
    print(f"{language} ({extraction_form()}): {len(used)} files, {size:.2f} MB, {symbols} symbols, {names} names used")
    if isinstance(grammar, TreeSitter):
        print(f"parse alone {parse_s:.3f} s, extraction {whole_s:.3f} s, ratio {whole_s / parse_s:.3f}")
    else:
        print(f"read by hand: extraction {whole_s:.3f} s, {size / whole_s:.1f} MB/s")
    return used


def _turns(parse: Callable[[bytes], object], language: str, content: bytes) -> tuple[int, int]:
    """CPU nanoseconds of a parse, and of an extraction."""
    start = time.process_time_ns()
    parse(content)
    between = time.process_time_ns()
    extract(language, content)
    return between - start, time.process_time_ns() - between


def _print_stages(language: str, contents: list[bytes], rounds: int) -> None:
    """What each stage takes; stages of one name count together, what lies between them not at all."""
    grammar = load(language)
    spent: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for content in contents:
        best: dict[str, int] = {}
        for _ in range(rounds):
            spent.clear()
            if isinstance(grammar, TreeSitter):
                _timed("parse alone", grammar.parser.parse, spent)(content)
            with _watched(language, grammar, spent):
                extract(language, content)
            best = {stage: min(cost, best.get(stage, cost)) for stage, cost in spent.items()}
        total.update(best)
    whole = total["parse alone"] or sum(total.values())
    for stage, cost in total.most_common():
        print(f"{stage:<16}{cost / whole:>7.3f}")


@contextmanager
def _watched(language: str, grammar: Grammar, spent: Counter[str]) -> Iterator[None]:
    """While this is entered, the stages of an extraction add to `spent`."""
    rules = grammar.rules
    stages: list[tuple[str, Any, str]] = [
        ("text and lines", extractor, "Unit"),
        ("hints", rules, "hinted"),
        ("prepare, skim", rules, "prepare"),
        ("prepare, skim", rules, "skim"),
        ("query, drafts", grammars, "find_definitions"),
        ("records", extractor, "build_symbols"),
        ("layout", extractor, "layout"),
    ]
    with ExitStack() as stack:
        for stage, owner, name in stages:
            stack.enter_context(patch.object(owner, name, _timed(stage, getattr(owner, name), spent)))
        if isinstance(grammar, TreeSitter):
            stack.enter_context(patch.object(grammar, "_parsed", _timed("parse of the rest", grammar._parsed, spent)))
        finder = SimpleNamespace(find=_timed("uses", extractor._finder(language).find, spent))
        stack.enter_context(patch.object(extractor, "_finder", lambda _: finder))
        yield


def _timed(stage: str, work: Callable[..., Any], spent: Counter[str]) -> Callable[..., Any]:
    def run(*arguments: object, **named: object) -> object:
        start = time.process_time_ns()
        found = work(*arguments, **named)
        spent[stage] += time.process_time_ns() - start
        return found

    return run


def _cpu_s(work, contents: list[bytes]) -> float:
    start = time.process_time()
    for content in contents:
        work(content)
    return time.process_time() - start


def _linearity(language: str) -> None:
    grammar = load(language)
    print(f"{'shape':<22}{'n':>8}{'MB':>8}{'parse s':>9}{'whole s':>9}{'us/byte':>9}")
    for name, make in SHAPES.get(language, {}).items():
        parse = 0.0
        for count in (1_000, 10_000, 100_000):
            content = make(count)
            if len(content) > 12_000_000:
                continue
            if isinstance(grammar, TreeSitter) and parse < SLOW_S:  # else ten times as much might take a hundred times
                parse = _cpu_s(grammar.parser.parse, [content])
                shown = f"{parse:.3f}"
            else:
                shown = "-"
            whole = _cpu_s(lambda c: extract(language, c), [content])
            size = len(content) / 1e6
            print(f"{name:<22}{count:>8}{size:>8.2f}{shown:>9}{whole:>9.3f}{whole / size:>9.3f}")


if __name__ == "__main__":
    main()
